//! Lines and markers that differ by more than colour.

use plotters::chart::ChartContext;
use plotters::coord::ranged1d::Ranged;
use plotters::coord::types::RangedCoordf64;
use plotters::element::{Circle, Cross, IntoDynElement as _, TriangleMarker};
use plotters::prelude::{Cartesian2d, DashedLineSeries, LineSeries, SVGBackend};
use plotters::style::Color as _;

use super::{Drawn, color, failed};

/// Axes to draw on.
pub(super) type Chart<'a, 'b, X> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<X, RangedCoordf64>>;

/// A dash and the gap behind it in pixels, of series after the first, whose line is whole.
const DASHES: [(u32, u32); 3] = [(10, 4), (5, 4), (2, 3)];

/// The line of a series.
pub(super) fn line<'a, 'b: 'a, X>(
    chart: &mut Chart<'a, 'b, X>,
    series: usize,
    path: &[(f64, f64)],
) -> Drawn
where
    X: Ranged<ValueType = f64>,
{
    let (style, path) = (color(series).stroke_width(2), path.iter().copied());
    if series == 0 {
        let line = LineSeries::new(path, style);
        chart.draw_series(line).map_err(failed)?;
    } else {
        let (dash, gap) = DASHES[(series - 1) % DASHES.len()];
        let line = DashedLineSeries::new(path, dash, gap, style);
        chart.draw_series(line).map_err(failed)?;
    }
    Ok(())
}

/// A series' markers (circles, triangles, crosses, and again), and its entry in the legend.
pub(super) fn markers<'a, 'b: 'a, X>(
    chart: &mut Chart<'a, 'b, X>,
    series: usize,
    path: &[(f64, f64)],
    label: &str,
) -> Drawn
where
    X: Ranged<ValueType = f64>,
{
    let (color, path) = (color(series), path.iter().copied());
    let drawn = match series % 3 {
        0 => chart.draw_series(path.map(|at| Circle::new(at, 4, color.filled()))),
        1 => chart.draw_series(path.map(|at| TriangleMarker::new(at, 6, color.filled()))),
        _ => chart.draw_series(path.map(|at| Cross::new(at, 4, color.stroke_width(2)))),
    };
    drawn
        .map_err(failed)?
        .label(super::cut(label, 40))
        .legend(move |(x, y)| {
            let at = (x + 11, y);
            match series % 3 {
                0 => Circle::new(at, 4, color.filled()).into_dyn(),
                1 => TriangleMarker::new(at, 6, color.filled()).into_dyn(),
                _ => Cross::new(at, 4, color.stroke_width(2)).into_dyn(),
            }
        });
    Ok(())
}
