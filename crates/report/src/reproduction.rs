//! Published cells against ours: one verdict per cell, with its reason in words.

mod reason;
mod render;

use super::{ExperimentTable, F1Source, RowState, Style, Styled, TableRow};
use fsl_metrics::{
    Confusion, Observed, Reproduction, ReproductionCheck, TestSetErrors, check_reproduction,
    f1_from_rounded,
};

pub use render::{CheckedFormat, render_checked};

/// The cells of one experiment that were judged.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedTable {
    /// The experiment's unique name.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// F1, precision and recall of every row that has published cells, in the order of the rows.
    pub cells: Vec<CheckedCell>,
}

/// One judged cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedCell {
    /// The row's identifier.
    pub row: String,
    /// The row's name for people.
    pub label: String,
    /// `F1`, `P` or `R`.
    pub figure: &'static str,
    /// The verdict and the numbers that it rests on, fractions.
    pub judgement: ReproductionCheck,
    /// Why, in words with numbers in percent.
    pub reason: String,
}

/// How many cells have each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerdictCounts {
    /// Cells that were met.
    pub reproduced: usize,
    /// Cells that were missed.
    pub outside: usize,
    /// Published cells that cannot be judged.
    pub cannot_tell: usize,
}

/// Judges the published cells of `tables`; rows and tables without any are left out. A figure that a row's source did not
/// print gets a line as well, so that every row has three.
pub fn check_published(tables: &[Styled]) -> Vec<CheckedTable> {
    tables
        .iter()
        .map(|(table, style)| checked(table, style))
        .filter(|table| !table.cells.is_empty())
        .collect()
}

impl VerdictCounts {
    /// Counts published cells; lines for figures that were not published are none.
    pub fn of(tables: &[CheckedTable]) -> Self {
        let mut counts = Self::default();
        for cell in tables.iter().flat_map(|table| &table.cells) {
            match cell.judgement.verdict {
                Reproduction::Reproduced => counts.reproduced += 1,
                Reproduction::Outside => counts.outside += 1,
                Reproduction::CannotTell if cell.judgement.published.is_some() => {
                    counts.cannot_tell += 1;
                }
                Reproduction::CannotTell => {}
            }
        }
        counts
    }
}

fn checked(table: &ExperimentTable, style: &Style) -> CheckedTable {
    CheckedTable {
        name: table.name.clone(),
        title: table.heading().to_owned(),
        cells: table
            .rows
            .iter()
            .flat_map(|row| checked_row(row, style))
            .collect(),
    }
}

fn checked_row(row: &TableRow, style: &Style) -> Vec<CheckedCell> {
    let Some(published) = row.published else {
        return Vec::new();
    };
    let counts: Vec<Confusion> = row.trials.iter().map(|trial| trial.confusion).collect();
    let errors = TestSetErrors::over(&counts);
    let errors = [errors.f1, errors.precision, errors.recall];
    let figures = ["F1", "P", "R"]
        .into_iter()
        .zip(published.cells())
        .zip(errors);
    (0..)
        .zip(figures)
        .map(|(column, ((figure, published), sampling_error))| {
            let judgement = check_reproduction(
                &Observed {
                    values: &values(row, style, column),
                    complete: row.state == RowState::Complete,
                    chance: row.chance,
                    resampled: row.ensemble.map(|ensemble| ensemble.columns()[column]),
                    sampling_error,
                },
                published.as_ref(),
            );
            CheckedCell {
                row: row.id.clone(),
                label: row.label.clone(),
                figure,
                reason: reason::words(&judgement, figure, row, &counts),
                judgement,
            }
        })
        .collect()
}

/// One figure of every trial: 0 = F1 as the style forms it, 1 = precision, 2 = recall.
fn values(row: &TableRow, style: &Style, column: usize) -> Vec<f64> {
    let figure = |trial: &super::TrialMetrics| match (column, style.f1) {
        (0, F1Source::Counts) => trial.f1,
        (0, F1Source::Rounded) => f1_from_rounded(trial.precision, trial.recall),
        (1, _) => trial.precision,
        _ => trial.recall,
    };
    row.trials.iter().map(figure).collect()
}

#[cfg(test)]
mod tests;
