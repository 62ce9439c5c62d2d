//! The fields of a row in JSON besides its metrics.

use serde::Serialize;

use super::metrics::{ByMetric, Detail};
use crate::{Against, TableRow, TrialMetrics};
use fsl_metrics::{Metric, Placement, SizePoint};

/// What is known of a row besides its metrics.
#[derive(Serialize)]
pub(super) struct RowDiagnostics<'a> {
    /// Standard errors over test texts.
    sampling_error: Option<ByMetric<f64>>,
    /// Trials, or members, that collapsed.
    collapsed: Vec<Collapsed>,
    /// F1 over the trials that did not collapse, where some did.
    #[serde(skip_serializing_if = "Option::is_none")]
    f1_without_collapsed: Option<Detail>,
    /// F1 against the number of members.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    by_size: &'a [SizePoint],
    signature: Option<String>,
    /// Against the row that was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict<'a>>,
}

#[derive(Serialize)]
struct Verdict<'a> {
    against: &'a str,
    margin: f64,
    word: &'static str,
}

#[derive(Serialize)]
struct Collapsed {
    /// From 0.
    trial: u64,
    kinds: Vec<&'static str>,
}

impl<'a> RowDiagnostics<'a> {
    pub(super) fn new(row: &'a TableRow, ddof: u8, against: Option<&'a Against>) -> Self {
        let known = &row.diagnostics;
        let verdict = against.zip(known.verdict);
        Self {
            sampling_error: sampling(row),
            collapsed: collapsed(row),
            f1_without_collapsed: without_collapsed(row, ddof),
            by_size: &known.sizes,
            signature: known.signature.as_ref().map(ToString::to_string),
            verdict: verdict.map(|(against, word)| Verdict {
                against: &against.label,
                margin: against.margin,
                word: word.name(),
            }),
        }
    }
}

/// Of the metrics that there is a formula for.
fn sampling(row: &TableRow) -> Option<ByMetric<f64>> {
    let trials = row.matrices();
    // Of two classes with a positive one these are the metrics of that class.
    let known = |metric: &&Metric| {
        if row.primary.needs_positive {
            metric.needs_positive
        } else {
            metric.placement != Placement::Chosen || *metric == row.primary
        }
    };
    let defined = |metric: &&Metric| known(metric) && metric.sampling_error(&trials).is_some();
    let metrics = Metric::all().iter().filter(defined);
    (!trials.is_empty()).then(|| ByMetric::new(metrics, |metric| metric.sampling_error(&trials)))
}

fn collapsed(row: &TableRow) -> Vec<Collapsed> {
    let one = |(trial, kinds): &(u64, Vec<fsl_metrics::Collapse>)| Collapsed {
        trial: *trial,
        kinds: kinds.iter().map(|kind| kind.name()).collect(),
    };
    row.diagnostics.collapsed.iter().map(one).collect()
}

fn without_collapsed(row: &TableRow, ddof: u8) -> Option<Detail> {
    if row.diagnostics.collapsed.is_empty() || row.ensemble.is_some() {
        return None;
    }
    let is_collapsed = |trial: &&TrialMetrics| {
        let mut collapsed = row.diagnostics.collapsed.iter();
        !collapsed.any(|(number, _)| *number == trial.trial)
    };
    let values: Vec<f64> = row
        .trials
        .iter()
        .filter(is_collapsed)
        .filter_map(|trial| row.primary.from_record(&trial.metrics))
        .collect();
    Detail::over(row.primary, &values, ddof)
}
