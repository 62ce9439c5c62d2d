//! The three figures of a row: from its trials to the texts of its cells.

use super::text::percent;
use super::{Style, TableRow, TrialMetrics};
use fsl_metrics::{Center, Summary, summarize};

/// Stands for a spread or a figure that does not exist.
pub(super) const NONE: &str = "–";

/// F1, precision and recall over the trials of one row.
#[derive(Debug, Clone, Copy)]
pub(super) struct MetricSummary {
    /// F1.
    pub(super) f1: Summary,
    /// Precision.
    pub(super) precision: Summary,
    /// Recall.
    pub(super) recall: Summary,
}

impl MetricSummary {
    /// The figures for programs; `None` where no trial is finished.
    pub(super) fn exact(row: &TableRow, ddof: u8) -> Option<Self> {
        Self::of(row, ddof, |trial| trial.f1)
    }

    /// The figures for people, whose F1 is formed as the style says.
    pub(super) fn shown(row: &TableRow, style: &Style) -> Option<Self> {
        Self::of(row, style.ddof, |trial| trial.f1_as(style))
    }

    fn of(row: &TableRow, ddof: u8, f1: impl Fn(&TrialMetrics) -> f64) -> Option<Self> {
        let over = |figure: &dyn Fn(&TrialMetrics) -> f64| {
            summarize(&row.trials.iter().map(figure).collect::<Vec<_>>(), ddof)
        };
        let mut figures = Self {
            f1: over(&f1)?,
            precision: over(&|trial| trial.precision)?,
            recall: over(&|trial| trial.recall)?,
        };
        if let Some(ensemble) = row.ensemble {
            figures.f1.sd = Some(ensemble.f1);
            figures.precision.sd = Some(ensemble.precision);
            figures.recall.sd = Some(ensemble.recall);
        }
        Some(figures)
    }

    /// F1, precision, recall: the order of every table.
    pub(super) fn columns(&self) -> [Summary; 3] {
        [self.f1, self.precision, self.recall]
    }
}

/// One figure in percent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// Mean or median.
    pub(super) center: String,
    /// Standard deviation, or [`NONE`] for one trial.
    pub(super) spread: String,
}

impl Cell {
    pub(super) fn new(summary: &Summary, center: Center) -> Self {
        Self {
            center: percent(summary.center(center)),
            spread: summary.sd.map_or_else(|| NONE.to_owned(), percent),
        }
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
