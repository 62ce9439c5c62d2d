//! The lines of a table for people: one per row, and one for what a source printed where that is asked for.

use super::figures::{Cell, Figures};
use super::{ExperimentTable, Style};
use crate::metric::Word;

/// One line of a table.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// The row's position; `None` for a line of published cells.
    pub(super) row: Option<usize>,
    /// The first column, not escaped.
    pub(super) label: String,
    /// Runs behind the cells, or members of a mean.
    pub(super) n: String,
    /// F1, precision, recall; `None` where there is no such figure.
    pub(super) cells: [Option<Cell>; 3],
    /// The verdict against the table's row; empty where there is none.
    pub(super) verdict: &'static str,
    /// How far the row is; empty for published cells.
    pub(super) state: String,
}

/// The lines in the order of the rows, published cells beneath their row.
pub(super) fn lines(table: &ExperimentTable, style: &Style) -> Vec<Line> {
    let mut lines = Vec::with_capacity(table.rows.len());
    for (index, row) in table.rows.iter().enumerate() {
        let cells = Figures::shown(row, style).map_or([None, None, None], |figures| {
            figures
                .columns()
                .map(|summary| Some(Cell::new(&summary, style.center)))
        });
        lines.push(Line {
            row: Some(index),
            label: row.label.clone(),
            n: row.count(),
            cells,
            verdict: row.extra.verdict.map_or("", Word::name),
            state: row.state.cell(),
        });
        if let Some(published) = row.published.filter(|_| style.published) {
            lines.push(Line {
                row: None,
                label: published.label(),
                n: published.n.to_string(),
                cells: published
                    .columns()
                    .map(|figure| figure.map(|figure| figure.cell())),
                verdict: "",
                state: String::new(),
            });
        }
    }
    lines
}
