//! The texts of a table's cells: a metric over the trials of a row.

use super::text::metric_value;
use fsl_metrics::{Center, Metric, Summary};

/// Stands for a spread or a figure that does not exist.
pub(super) const NONE: &str = "–";

/// One metric of one row: a share in percent, any other as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// Mean or median.
    pub(super) center: String,
    /// Standard deviation, or [`NONE`] for one trial.
    pub(super) spread: String,
}

impl Cell {
    pub(super) fn new(metric: &Metric, center: f64, sd: Option<f64>) -> Self {
        Self {
            center: metric_value(metric, center),
            spread: sd.map_or_else(|| NONE.to_owned(), |sd| metric_value(metric, sd)),
        }
    }

    pub(super) fn from_summary(metric: &Metric, summary: &Summary, center: Center) -> Self {
        Self::new(metric, summary.center(center), summary.sd)
    }

    /// `64.41(4.65)`, as published.
    pub(super) fn published(&self) -> String {
        format!("{}({})", self.center, self.spread)
    }

    /// `64.41 ± 4.65`
    pub(super) fn plus_minus(&self) -> String {
        format!("{} ± {}", self.center, self.spread)
    }
}

/// The cells of one column as `64.41 ±  4.65`, padded so that points and signs stand below each other where cells are
/// aligned to the right. A row without trials has [`NONE`].
pub(super) fn aligned(column: &[Option<Cell>]) -> Vec<String> {
    let width = |part: fn(&Cell) -> &String| {
        column
            .iter()
            .flatten()
            .map(|cell| part(cell).chars().count())
            .max()
            .unwrap_or(0)
    };
    let (centers, spreads) = (width(|cell| &cell.center), width(|cell| &cell.spread));
    let text = |cell: &Option<Cell>| match cell {
        Some(Cell { center, spread }) => format!("{center:>centers$} ± {spread:>spreads$}"),
        None => NONE.to_owned(),
    };
    column.iter().map(text).collect()
}
