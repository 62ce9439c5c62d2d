//! Differences between two rows, pair by pair.

use plotters::prelude::{ChartBuilder, Circle, IntoFont as _, PathElement, Rectangle};
use plotters::style::Color as _;

use super::{FONT, GRID, INK, Plot, TEXT, axis, color, draw, failed};
use crate::ReportError;

/// Two rows' paired differences.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PairedPlot {
    /// The axis, such as "F1 of FSL_mean minus F1 of FSL".
    pub title: String,
    /// The difference of each pair, a fraction.
    pub differences: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// Its interval.
    pub interval: Option<(f64, f64)>,
    /// Differences smaller than this do not matter.
    pub margin: f64,
}

/// Every pair as a circle, the mean as a bar with its interval, and the margin within which differences do not matter in grey.
///
/// # Errors
/// [`ReportError::Plot`] where the library fails.
pub fn paired(plot: &PairedPlot) -> Result<Plot, ReportError> {
    let ends = plot.interval.map(|(low, high)| [low, high]);
    let all = plot
        .differences
        .iter()
        .copied()
        .chain([plot.mean, 0.0, plot.margin, -plot.margin])
        .chain(ends.into_iter().flatten());
    let range = axis::padding(all, (-1.0, 1.0));
    let description = format!(
        "{}: mean {:+.2} points over {} pairs",
        plot.title,
        100.0 * plot.mean,
        plot.differences.len()
    );
    draw(150, &description, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .x_label_area_size(44)
            .build_cartesian_2d(range.0..range.1, -1.0..1.0)
            .map_err(failed)?;
        let corners = [(-plot.margin, -1.0), (plot.margin, 1.0)];
        let alike = Rectangle::new(corners, INK.mix(0.12).filled());
        chart.draw_series([alike]).map_err(failed)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .light_line_style(GRID.mix(0.0))
            .bold_line_style(GRID)
            .axis_style(INK)
            .x_desc(format!("{}, points", plot.title))
            .x_label_formatter(&axis::percent(range))
            .label_style((FONT, TEXT).into_font().color(&INK))
            .draw()
            .map_err(failed)?;
        let zero = PathElement::new(vec![(0.0, -1.0), (0.0, 1.0)], INK.stroke_width(1));
        chart.draw_series([zero]).map_err(failed)?;
        if let Some((low, high)) = plot.interval {
            let style = color(0).mix(0.35).stroke_width(8);
            let line = PathElement::new(vec![(low, 0.0), (high, 0.0)], style);
            chart.draw_series([line]).map_err(failed)?;
        }
        let pairs = plot.differences.iter().enumerate().map(|(pair, &value)| {
            // Equal values would hide each other; the offset means nothing.
            let offset = 0.18 * (pair % 5) as f64 - 0.36;
            Circle::new((value, offset), 4, color(0).stroke_width(1))
        });
        chart.draw_series(pairs).map_err(failed)?;
        let style = color(0).stroke_width(3);
        let mean = PathElement::new(vec![(plot.mean, -0.6), (plot.mean, 0.6)], style);
        chart.draw_series([mean]).map_err(failed)?;
        Ok(())
    })
}
