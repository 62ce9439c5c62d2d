//! A figure against a size: learning curves, ensemble-size curves.

use plotters::prelude::{
    ChartBuilder, Circle, IntoFont as _, IntoLogRange as _, Polygon, SeriesLabelPosition,
};
use plotters::style::{Color as _, RGBColor};

use super::mark::{self, Chart};
use super::{Drawn, FONT, GRID, INK, Plot, TEXT, axis, color, draw, failed};
use crate::ReportError;

/// What is plotted against what.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CurvePlot {
    /// What the horizontal axis counts, such as "labelled texts".
    pub x: String,
    /// The figure, such as "F1".
    pub figure: String,
    /// The lines.
    pub series: Vec<Series>,
}

/// One line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// Its name.
    pub label: String,
    /// Its points, by size.
    pub points: Vec<Point>,
}

/// One point of a line; fractions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Point {
    /// The size.
    pub x: f64,
    /// The centre.
    pub y: f64,
    /// The band around it, where there is one.
    pub band: Option<(f64, f64)>,
    /// Single trials.
    pub trials: Vec<f64>,
}

/// Lines with bands, and every trial as a small circle. Sizes above 0 that span a factor of eight or more stand on a logarithmic axis, if
/// that has two marks and they are not equally far from each other.
///
/// # Errors
/// [`ReportError::Plot`] where the library fails.
pub fn curve(plot: &CurvePlot) -> Result<Plot, ReportError> {
    let points = || plot.series.iter().flat_map(|series| &series.points);
    let ys = points().flat_map(|point| {
        let band = point.band.map(|(low, high)| [low, high]);
        let band = band.into_iter().flatten();
        point.trials.iter().copied().chain([point.y]).chain(band)
    });
    let y = axis::padding(ys, (0.0, 1.0));
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    let (low, high) = points().fold(ends, |(low, high), point| {
        (low.min(point.x), high.max(point.x))
    });
    if low > high {
        return Err(ReportError::Plot("there are no points to plot".to_owned()));
    }
    let names: Vec<&str> = plot
        .series
        .iter()
        .map(|series| series.label.as_str())
        .collect();
    let description = format!("{} against {}: {}", plot.figure, plot.x, names.join(", "));
    draw(400, &description, |area| {
        let mut builder = ChartBuilder::on(area);
        builder
            .margin(8)
            .margin_right(20)
            .x_label_area_size(44)
            .y_label_area_size(52);
        // The two kinds of axis are two types.
        if let Some(x) = axis::logarithmic(low, high).filter(|_| !evenly_spaced(plot)) {
            let range = (x.0..x.1).log_scale();
            let chart = builder
                .build_cartesian_2d(range, y.0..y.1)
                .map_err(failed)?;
            paint(chart, plot, &|size| axis::short(*size), y)
        } else {
            let x = axis::linear(low, high);
            let chart = builder
                .build_cartesian_2d(x.0..x.1, y.0..y.1)
                .map_err(failed)?;
            paint(chart, plot, &axis::number(x), y)
        }
    })
}

/// Whether three sizes or more are equally far from each other, as numbers of models are: they were counted, not scaled.
fn evenly_spaced(plot: &CurvePlot) -> bool {
    let points = plot.series.iter().flat_map(|series| &series.points);
    let mut sizes: Vec<f64> = points.map(|point| point.x).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    let steps: Vec<f64> = sizes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let [first, _, ..] = steps.as_slice() else {
        return false;
    };
    steps.iter().all(|step| (step - first).abs() < 1e-9 * first)
}

fn paint<'a, 'b: 'a, X>(
    mut chart: Chart<'a, 'b, X>,
    plot: &CurvePlot,
    mark_x: &dyn Fn(&f64) -> String,
    y: (f64, f64),
) -> Drawn
where
    X: plotters::coord::ranged1d::Ranged<ValueType = f64>
        + plotters::coord::ranged1d::ValueFormatter<f64>,
{
    chart
        .configure_mesh()
        .light_line_style(GRID.mix(0.0))
        .bold_line_style(GRID)
        .axis_style(INK)
        .x_desc(plot.x.as_str())
        .y_desc(format!("{}, percent", plot.figure))
        .y_label_formatter(&axis::percent(y))
        .x_label_formatter(mark_x)
        .label_style((FONT, TEXT).into_font().color(&INK))
        .draw()
        .map_err(failed)?;
    for (number, series) in plot.series.iter().enumerate() {
        band(&mut chart, series, color(number))?;
    }
    for (number, series) in plot.series.iter().enumerate() {
        line(&mut chart, series, number)?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .label_font((FONT, TEXT).into_font().color(&INK))
        .border_style(GRID)
        .margin(8)
        .draw()
        .map_err(failed)
}

fn band<X>(chart: &mut Chart<X>, series: &Series, color: RGBColor) -> Drawn
where
    X: plotters::coord::ranged1d::Ranged<ValueType = f64>,
{
    let banded: Vec<(f64, (f64, f64))> = series
        .points
        .iter()
        .filter_map(|point| Some((point.x, point.band?)))
        .collect();
    let lower = banded.iter().map(|&(x, (low, _))| (x, low));
    let upper = banded.iter().rev().map(|&(x, (_, high))| (x, high));
    let outline: Vec<(f64, f64)> = lower.chain(upper).collect();
    if banded.len() < 2 {
        return Ok(());
    }
    chart
        .draw_series([Polygon::new(outline, color.mix(0.18))])
        .map_err(failed)?;
    Ok(())
}

fn line<'a, 'b: 'a, X>(chart: &mut Chart<'a, 'b, X>, series: &Series, number: usize) -> Drawn
where
    X: plotters::coord::ranged1d::Ranged<ValueType = f64>,
{
    let faint = color(number).mix(0.5).stroke_width(1);
    let trials = series.points.iter().flat_map(|point| {
        let at = point.x;
        let circle = move |&trial: &f64| Circle::new((at, trial), 2, faint);
        point.trials.iter().map(circle)
    });
    chart.draw_series(trials).map_err(failed)?;
    let path: Vec<(f64, f64)> = series
        .points
        .iter()
        .map(|point| (point.x, point.y))
        .collect();
    mark::line(chart, number, &path)?;
    mark::markers(chart, number, &path, &series.label)
}
