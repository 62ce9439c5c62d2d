//! Results for programs.

mod diagnostics;
mod metrics;

use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    ChanceLevel, ExperimentTable, Published, PublishedFigure, RowState, Style, Styled, TableRow,
};
use diagnostics::RowDiagnostics;
use metrics::{ByMetric, Detail, Figures};

#[derive(Serialize)]
struct Document<'a> {
    experiments: Vec<Experiment<'a>>,
}

#[derive(Serialize)]
struct Experiment<'a> {
    name: &'a str,
    title: &'a str,
    /// What was taken off n in every `sd`.
    ddof: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    chance: Option<Chance<'a>>,
    /// What makes the scores doubtful, in sentences.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    label: &'a str,
    /// Of an arm: the row that is swept.
    #[serde(skip_serializing_if = "Option::is_none")]
    arm_of: Option<&'a str>,
    /// Of an arm: the swept keys with their values.
    #[serde(skip_serializing_if = "Option::is_none")]
    point: Option<Map<String, Value>>,
    state: &'static str,
    /// Finished trials.
    n: usize,
    /// Of an ensemble: the members whose mean it is, by whose resampling its `sd` came about.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<usize>,
    /// Trials the spec asks for; of partial rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    wanted: Option<usize>,
    /// Trials that failed; of partial rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<usize>,
    /// Why a row is blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// What would unblock it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    #[serde(flatten)]
    metrics: ByMetric<Figures>,
    /// What a source printed, where it is asked for and there is something.
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<PublishedCells>,
    #[serde(flatten)]
    details: ByMetric<Detail>,
    #[serde(flatten)]
    diagnostics: RowDiagnostics<'a>,
}

/// What the metric that rows are ranked by comes to without a look at the texts.
#[derive(Serialize)]
struct Chance<'a> {
    metric: &'static str,
    levels: &'a [ChanceLevel],
}

/// A source's cells as fractions; a figure that it does not have is null.
#[derive(Serialize)]
struct PublishedCells {
    n: usize,
    center: &'static str,
    ddof: u8,
    f1: Option<PublishedFigure>,
    precision: Option<PublishedFigure>,
    recall: Option<PublishedFigure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy: Option<PublishedFigure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mcc: Option<PublishedFigure>,
}

impl From<Published> for PublishedCells {
    fn from(published: Published) -> Self {
        Self {
            n: published.n,
            center: published.center_name(),
            ddof: published.ddof,
            f1: published.f1,
            precision: published.precision,
            recall: published.recall,
            accuracy: published.accuracy,
            mcc: published.mcc,
        }
    }
}

/// The document that `--format json` prints; a row without finished trials has null for its figures.
pub(super) fn render(tables: &[Styled]) -> String {
    let experiments = tables
        .iter()
        .map(|(table, style)| Experiment {
            name: &table.name,
            title: &table.title,
            ddof: style.ddof,
            chance: (!table.caption.chance.is_empty()).then(|| Chance {
                metric: table.metrics.primary().id,
                levels: &table.caption.chance,
            }),
            warnings: &table.caption.warnings,
            rows: table
                .rows
                .par_iter()
                .map(|row| Row::new(row, table, style))
                .collect(),
        })
        .collect();
    #[expect(
        clippy::expect_used,
        reason = "only text and numbers under text keys: nothing that JSON lacks"
    )]
    let text = serde_json::to_string_pretty(&Document { experiments }).expect("a JSON document");
    text + "\n"
}

impl<'a> Row<'a> {
    fn new(row: &'a TableRow, table: &'a ExperimentTable, style: &Style) -> Self {
        let (wanted, failed) = match row.state {
            RowState::Partial { wanted, failed, .. } => (Some(wanted), Some(failed)),
            _ => (None, None),
        };
        let (reason, hint) = match &row.state {
            RowState::Blocked { reason, hint } => (Some(reason.as_str()), hint.as_deref()),
            _ => (None, None),
        };
        Self {
            id: &row.id,
            label: &row.label,
            arm_of: (!row.point.is_empty()).then_some(row.arm_of.as_str()),
            point: (!row.point.is_empty()).then(|| row.point.iter().cloned().collect()),
            state: row.state.name(),
            n: row.trials.len(),
            members: row.ensemble.as_ref().map(|ensemble| ensemble.members),
            wanted,
            failed,
            reason,
            hint,
            metrics: ByMetric::new(table.metrics.shown().into_iter(), |metric| {
                Figures::new(row, metric, style.ddof)
            }),
            published: row.published.filter(|_| style.published).map(Into::into),
            details: ByMetric::new(table.metrics.details().into_iter(), |metric| {
                Detail::new(row, metric, style.ddof)
            }),
            diagnostics: RowDiagnostics::new(row, style.ddof, table.against.as_ref()),
        }
    }
}

#[cfg(test)]
mod tests;
