//! The lines of a table for people: one per row, and one for what a source printed where that is asked for.

use super::metric_summary::Cell;
use super::text::percent;
use super::{ExperimentTable, Style};
use fsl_metrics::{Metric, Verdict};

/// One line of a table.
#[derive(Debug, Clone)]
pub(super) struct DisplayRow {
    /// The row's position; `None` for a line of published cells.
    pub(super) row: Option<usize>,
    /// The first column, not escaped.
    pub(super) label: String,
    /// Runs behind the cells, or members of a mean.
    pub(super) n: String,
    /// The metrics that tables show, in their order; `None` where there is no such figure.
    pub(super) cells: Vec<(&'static Metric, Option<Cell>)>,
    /// The verdict against the table's row; empty where there is none.
    pub(super) verdict: &'static str,
    /// How far the row is; empty for published cells.
    pub(super) state: String,
}

/// The lines in the order of the rows, published cells beneath their row.
pub(super) fn lines(table: &ExperimentTable, style: &Style) -> Vec<DisplayRow> {
    let mut lines = Vec::with_capacity(table.rows.len());
    for (index, row) in table.rows.iter().enumerate() {
        let cell = |metric: &'static Metric| {
            let summary = row.summary(metric, style.f1, style.ddof)?;
            Some(Cell::from_summary(metric, &summary, style.center))
        };
        lines.push(DisplayRow {
            row: Some(index),
            label: row.label.clone(),
            n: row.count(),
            cells: cells(cell),
            verdict: row.diagnostics.verdict.map_or("", Verdict::name),
            state: row.state.cell(),
        });
        if let Some(published) = row.published.filter(|_| style.published) {
            lines.push(DisplayRow {
                row: None,
                label: published.label(),
                n: published.n.to_string(),
                cells: cells(|metric| published.cell(metric)),
                verdict: "",
                state: String::new(),
            });
        }
    }
    lines
}

fn cells(cell: impl Fn(&'static Metric) -> Option<Cell>) -> Vec<(&'static Metric, Option<Cell>)> {
    let metrics = Metric::in_tables();
    metrics.map(|metric| (metric, cell(metric))).collect()
}

/// The rows of the highest F1, where there are several to choose from.
pub(super) fn best_f1(table: &ExperimentTable, style: &Style) -> Vec<usize> {
    let f1: Vec<_> = (0..)
        .zip(&table.rows)
        .filter_map(|(index, row)| Some((index, row.center(style)?)))
        .collect();
    if f1.len() < 2 {
        return vec![];
    }
    // Compared as shown: what reads equal is equally good.
    let best = percent(
        f1.iter()
            .map(|(_, f1)| *f1)
            .fold(f64::NEG_INFINITY, f64::max),
    );
    f1.into_iter()
        .filter(|(_, f1)| percent(*f1) == best)
        .map(|(index, _)| index)
        .collect()
}
