//! Results for programs.

use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};

use super::json_diagnostics::{ByMetric, Intervals, JsonDiagnostics};
use super::{Against, F1Source, Published, PublishedFigure, RowState, Style, Styled, TableRow};
use fsl_metrics::{Metric, Summary};

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
    metrics: ByMetric<Statistics>,
    /// What a source printed, where it is asked for and there is something.
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<PublishedCells>,
    #[serde(flatten)]
    extras: JsonDiagnostics<'a>,
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
        }
    }
}

/// One metric over the trials; `sd` is null for one trial.
#[derive(Serialize)]
struct Statistics {
    mean: f64,
    median: f64,
    sd: Option<f64>,
    min: f64,
    max: f64,
    /// The mean of the middle half.
    iqm: f64,
    /// At 95 %.
    intervals: Intervals,
}

impl Statistics {
    fn new(row: &TableRow, metric: &Metric, ddof: u8) -> Option<Self> {
        let Summary {
            mean,
            median,
            iqm,
            sd,
            min,
            max,
            ..
        } = row.summary(metric, F1Source::Counts, ddof)?;
        Some(Self {
            mean,
            median,
            sd,
            min,
            max,
            iqm,
            intervals: Intervals::new(row, metric),
        })
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
            rows: table
                .rows
                .par_iter()
                .map(|row| Row::new(row, style, table.against.as_ref()))
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
    fn new(row: &'a TableRow, style: &Style, against: Option<&'a Against>) -> Self {
        let statistics =
            |metric: &'static Metric| (metric, Statistics::new(row, metric, style.ddof));
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
            metrics: ByMetric(Metric::in_tables().map(statistics).collect()),
            published: row.published.filter(|_| style.published).map(Into::into),
            extras: JsonDiagnostics::of(row, style, against),
        }
    }
}

#[cfg(test)]
mod tests;
