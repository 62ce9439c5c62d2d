//! The same picture in pixels.

use std::sync::Arc;

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb::Database};

use super::{Plot, failed};
use crate::ReportError;

/// Pixels per pixel of the SVG: sharp at twice its size, and in print at 300 per inch.
const SCALE: f32 = 2.0;

/// The picture as a PNG file on white, at twice its size. Text is set in a font of this program's own, so that the
/// same picture has the same bytes on every machine.
///
/// # Errors
/// [`ReportError::Plot`] where the library fails.
pub fn png(plot: &Plot) -> Result<Vec<u8>, ReportError> {
    let mut fonts = Database::new();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    let name = fonts
        .faces()
        .find_map(|face| Some(face.families.first()?.0.clone()));
    fonts.set_sans_serif_family(name.unwrap_or_default());
    let options = Options {
        fontdb: Arc::new(fonts),
        ..Options::default()
    };
    let tree = Tree::from_str(&plot.svg, &options).map_err(failed)?;
    let size = tree.size().to_int_size();
    let (width, height) = (
        (SCALE * size.width() as f32) as u32,
        (SCALE * size.height() as f32) as u32,
    );
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| failed("the picture is empty"))?;
    pixels.fill(Color::WHITE);
    resvg::render(
        &tree,
        Transform::from_scale(SCALE, SCALE),
        &mut pixels.as_mut(),
    );
    pixels.encode_png().map_err(failed)
}
