//! Curves in the unit square: precision against recall, observed against predicted.

use plotters::prelude::{ChartBuilder, IntoFont as _, PathElement, SeriesLabelPosition};
use plotters::style::Color as _;

use super::{FONT, GRID, INK, Plot, TEXT, axis, draw, failed, mark};
use crate::ReportError;

/// Markers per line at most: more would cover it.
const MARKERS: usize = 8;

/// A plot both of whose axes are fractions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SquarePlot {
    /// The horizontal axis, such as "recall".
    pub x: String,
    /// The vertical one, such as "precision".
    pub y: String,
    /// Whether the diagonal is drawn, on which a calibrated model lies.
    pub diagonal: bool,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    /// Its name.
    pub label: String,
    /// Its points, in order.
    pub points: Vec<(f64, f64)>,
}

/// The lines, in percent on both axes.
///
/// # Errors
/// [`ReportError::Plot`] where the library fails.
pub fn square(plot: &SquarePlot) -> Result<Plot, ReportError> {
    let names: Vec<&str> = plot.lines.iter().map(|line| line.label.as_str()).collect();
    let description = format!("{} against {}: {}", plot.y, plot.x, names.join(", "));
    let whole = axis::percent((0.0, 1.0));
    draw(460, &description, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(20)
            .x_label_area_size(44)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..1.0, 0.0..1.0)
            .map_err(failed)?;
        chart
            .configure_mesh()
            .light_line_style(GRID.mix(0.0))
            .bold_line_style(GRID)
            .axis_style(INK)
            .x_desc(format!("{}, percent", plot.x))
            .y_desc(format!("{}, percent", plot.y))
            .x_label_formatter(&whole)
            .y_label_formatter(&whole)
            .label_style((FONT, TEXT).into_font().color(&INK))
            .draw()
            .map_err(failed)?;
        if plot.diagonal {
            let diagonal = PathElement::new(vec![(0.0, 0.0), (1.0, 1.0)], INK.stroke_width(1));
            chart.draw_series([diagonal]).map_err(failed)?;
        }
        for (number, line) in plot.lines.iter().enumerate() {
            mark::line(&mut chart, number, &line.points)?;
            let every = line.points.len().div_ceil(MARKERS).max(1);
            let marked: Vec<_> = line.points.iter().step_by(every).copied().collect();
            mark::markers(&mut chart, number, &marked, &line.label)?;
        }
        let corner = if plot.diagonal {
            SeriesLabelPosition::UpperLeft
        } else {
            SeriesLabelPosition::LowerLeft
        };
        chart
            .configure_series_labels()
            .position(corner)
            .label_font((FONT, TEXT).into_font().color(&INK))
            .border_style(GRID)
            .margin(8)
            .draw()
            .map_err(failed)
    })
}
