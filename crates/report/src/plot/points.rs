//! Every trial as a point, row by row, with the rows' means and intervals.

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{
    ChartBuilder, Circle, IntoFont as _, PathElement, Rectangle, ShapeStyle, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, TextStyle};

use super::mark::Chart;
use super::{Drawn, FONT, GRID, INK, Plot, TEXT, axis, color, cut, draw, failed};
use crate::ReportError;

/// The left margin, for labels.
const LABELS: u32 = 190;
/// A row's height in pixels.
const ROW: u32 = 34;
/// Characters of a label that fit into its margin.
const LABEL_CHARACTERS: usize = 26;

/// One row's trials.
#[derive(Debug, Clone, PartialEq)]
pub struct RowPoints {
    /// The row's name.
    pub label: String,
    /// The figure of each trial, a fraction.
    pub values: Vec<f64>,
    /// Its centre.
    pub center: f64,
    /// The interval of the centre, where there is one.
    pub interval: Option<(f64, f64)>,
}

/// One line per row: trials as open circles, the centre as a bar, its interval as a thick line. `figure` names what is
/// shown, such as "F1".
///
/// # Errors
/// [`ReportError::Plot`] where the library fails.
pub fn points(figure: &str, rows: &[RowPoints]) -> Result<Plot, ReportError> {
    let all = rows.iter().flat_map(|row| {
        let ends = row.interval.map(|(low, high)| [low, high]);
        row.values
            .iter()
            .copied()
            .chain([row.center])
            .chain(ends.into_iter().flatten())
    });
    let range = axis::padding(all, (0.0, 1.0));
    let height = ROW * rows.len() as u32 + 60;
    let description = format!(
        "{figure} of every trial, row by row: {}",
        rows.iter()
            .map(|row| format!("{} {:.2}", row.label, 100.0 * row.center))
            .collect::<Vec<_>>()
            .join(", ")
    );
    draw(height, &description, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(16)
            .set_left_and_bottom_label_area_size(0)
            .x_label_area_size(44)
            .y_label_area_size(LABELS)
            .build_cartesian_2d(range.0..range.1, -0.5..rows.len() as f64 - 0.5)
            .map_err(failed)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .light_line_style(GRID.mix(0.0))
            .bold_line_style(GRID)
            .axis_style(INK)
            .x_labels(8)
            .x_label_formatter(&axis::percent(range))
            .x_desc(format!("{figure}, percent"))
            .label_style((FONT, TEXT).into_font().color(&INK))
            .draw()
            .map_err(failed)?;
        // The first row stands at the top, where a table has it.
        for (index, row) in rows.iter().enumerate() {
            let at = (rows.len() - 1 - index) as f64;
            one_row(&mut chart, index, at, row)?;
        }
        labels(area, rows)
    })
}

fn one_row(chart: &mut Chart<RangedCoordf64>, index: usize, at: f64, row: &RowPoints) -> Drawn {
    let color = color(index);
    if let Some((low, high)) = row.interval {
        let thick = ShapeStyle {
            color: color.mix(0.35),
            filled: false,
            stroke_width: 8,
        };
        let line = PathElement::new(vec![(low, at), (high, at)], thick);
        chart.draw_series([line]).map_err(failed)?;
    }
    let spread = row.values.iter().enumerate().map(|(trial, &value)| {
        // Equal values would hide each other; the offset means nothing.
        let offset = 0.09 * (trial % 5) as f64 - 0.18;
        Circle::new((value, at + offset), 4, color.stroke_width(1))
    });
    chart.draw_series(spread).map_err(failed)?;
    let half = 0.004 * (chart.x_range().end - chart.x_range().start);
    let bar = Rectangle::new(
        [
            (row.center - half, at - 0.36),
            (row.center + half, at + 0.36),
        ],
        color.filled(),
    );
    chart.draw_series([bar]).map_err(failed)?;
    Ok(())
}

fn labels(area: &super::Area, rows: &[RowPoints]) -> Drawn {
    let style = TextStyle::from((FONT, TEXT).into_font())
        .color(&INK)
        .pos(Pos::new(HPos::Right, VPos::Center));
    // What margins and the axis leave of the picture is divided evenly.
    let inner = f64::from(ROW * rows.len() as u32 + 60 - 44 - 16);
    for (index, row) in rows.iter().enumerate() {
        let y = 8.0 + inner * (index as f64 + 0.5) / rows.len() as f64;
        let at = ((LABELS + 2) as i32, y.round() as i32);
        let text = Text::new(cut(&row.label, LABEL_CHARACTERS), at, style.clone());
        area.draw(&text).map_err(failed)?;
    }
    Ok(())
}
