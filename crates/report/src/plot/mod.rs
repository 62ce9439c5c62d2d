//! Plots as SVG, and the same pictures as PNG.
//!
//! The colours are those of Okabe and Ito (2008), which colour-blind eyes tell apart; every series also has a marker and a dash
//! of its own, so that a black-and-white print keeps them apart too. Ink and grid have one colour each (`INK`, `GRID`), by
//! which a page's style sheet can find and change them on a dark background.

mod axis;
mod curve;
mod mark;
mod paired;
#[cfg(feature = "png")]
mod png;
mod points;
mod square;

use std::collections::BTreeSet;
use std::fmt::Display;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea as _, RGBColor, SVGBackend};

use super::ReportError;
use super::text::{one_line, printable};
pub use curve::{CurvePlot, Point, Series, curve};
pub use paired::{PairedPlot, paired};
#[cfg(feature = "png")]
pub use png::png;
pub use points::{RowPoints, points};
pub use square::{Line, SquarePlot, square};

/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(0x33, 0x33, 0x33);
/// Lines behind the data.
pub(super) const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
/// The font family, which every viewer has some member of.
const FONT: &str = "sans-serif";
/// The size of text in pixels, of 640 that a plot is wide.
const TEXT: i32 = 14;
/// A plot's width in pixels.
const WIDTH: u32 = 640;

/// Series of one plot: blue, vermilion, green, purple, orange, sky blue, ink.
const COLORS: [RGBColor; 7] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0x33, 0x33, 0x33),
];

/// The colour of a plot's series by its number.
fn color(series: usize) -> RGBColor {
    COLORS[series % COLORS.len()]
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// The whole picture as SVG, without a background.
    pub svg: String,
    /// What it shows, in a sentence, for those who do not see it.
    pub description: String,
}

impl Plot {
    /// The picture as a file of its own, on white.
    pub fn file(&self) -> String {
        let Some(end) = self.svg.find('>') else {
            return self.svg.clone();
        };
        let (tag, rest) = self.svg.split_at(end + 1);
        format!("{tag}\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>{rest}\n")
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), ReportError>;

/// Draws a picture of [`WIDTH`] by `height` pixels.
fn draw(
    height: u32,
    description: &str,
    paint: impl FnOnce(&Area) -> Drawn,
) -> Result<Plot, ReportError> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        paint(&area)?;
        area.present().map_err(failed)?;
    }
    Ok(Plot {
        svg: tidy(&svg),
        description: one_line(description).into_owned(),
    })
}

/// A picture without shapes of no size and without characters that XML has no place for.
fn tidy(svg: &str) -> String {
    let lines = svg.split_inclusive('\n').filter(|line| !is_nothing(line));
    let kept: String = lines.collect();
    printable(&without_doubles(&kept)).into_owned()
}

/// A picture in which no text stands on itself: the library marks the end of a logarithmic axis twice, which prints bold.
fn without_doubles(svg: &str) -> String {
    let mut seen = BTreeSet::new();
    let mut parts = svg.split("<text ");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (text, rest) = part.split_at(part.find("</text>").unwrap_or(0));
        if seen.insert(text) {
            kept += &format!("<text {text}{rest}");
        } else {
            kept += rest.trim_start_matches("</text>").trim_start();
        }
    }
    kept
}

/// Whether a line of SVG is a shape that shows nothing. The library rounds to whole pixels, by which a short dash, an interval of equal
/// ends or a margin of 0 becomes a shape without a length or a side, of which renderers complain.
fn is_nothing(line: &str) -> bool {
    let value = |name: &str| {
        let rest = line.split_once(&format!(" {name}=\""))?.1;
        Some(rest.split_once('"')?.0)
    };
    if line.starts_with("<polyline ") {
        let points: BTreeSet<&str> = value("points").unwrap_or_default().split(' ').collect();
        return points.iter().filter(|point| !point.is_empty()).count() < 2;
    }
    line.starts_with("<rect ") && (value("width") == Some("0") || value("height") == Some("0"))
}

/// What a drawing library says is for its authors, but a reader may pass it on.
fn failed(error: impl Display) -> ReportError {
    ReportError::Plot(error.to_string())
}

/// `text`, cut to so many characters.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    // The end of a name often tells more than its middle.
    let end = most / 2;
    let skipped = text.chars().count() - end;
    let start = text.chars().take(most - 1 - end);
    start
        .chain(['…'])
        .chain(text.chars().skip(skipped))
        .collect()
}

#[cfg(test)]
mod tests;
