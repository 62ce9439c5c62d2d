//! The verdicts on the published cells of experiments.

use super::reason;
use crate::published::Published;
use crate::style::Style;
use crate::table::{ExperimentTable, RowState, TableMetrics, TableRow};
use fsl_metrics::{
    Metric, Observed, Placement, Reproduction, ReproductionCheck, check_reproduction,
};

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
pub fn check_published(tables: &[(&ExperimentTable, Style)]) -> Vec<CheckedTable> {
    tables
        .iter()
        .map(|(table, style)| checked(table, style))
        .filter(|table| !table.cells.is_empty())
        .collect()
}

impl VerdictCounts {
    /// Counts published cells; lines for figures that were not published are none.
    pub fn over(tables: &[CheckedTable]) -> Self {
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
            .flat_map(|row| checked_row(table, row, style))
            .collect(),
    }
}

/// F1, precision and recall, and whatever else was published of the row.
fn checked_metrics(metrics: &TableMetrics, published: &Published) -> Vec<&'static Metric> {
    let always = TableMetrics {
        chosen: Vec::new(),
        ..metrics.clone()
    }
    .published();
    let others = Metric::all().iter().filter(|metric| {
        !always.contains(metric)
            && metric.placement != Placement::Chosen
            && metric.suits(&metrics.classes)
            && !metric.id.starts_with("macro_")
            && published.figure(metric).is_some()
    });
    always.iter().copied().chain(others).collect()
}

fn checked_row(table: &ExperimentTable, row: &TableRow, style: &Style) -> Vec<CheckedCell> {
    let Some(published) = row.published else {
        return Vec::new();
    };
    let trials = row.matrices();
    checked_metrics(&table.metrics, &published)
        .into_iter()
        .map(|metric| {
            let figure = table.metrics.heading(metric);
            let judgement = check_reproduction(
                &Observed {
                    values: &row.values(metric, style.f1).unwrap_or_default(),
                    complete: row.state == RowState::Complete,
                    chance: row.chance,
                    resampled: row.members(metric),
                    sampling_error: metric.sampling_error(&trials).unwrap_or_default(),
                },
                published.published_cell(metric).as_ref(),
            );
            CheckedCell {
                row: row.id.clone(),
                label: row.label.clone(),
                figure,
                reason: reason::words(&judgement, figure, row, &trials),
                judgement,
            }
        })
        .collect()
}
