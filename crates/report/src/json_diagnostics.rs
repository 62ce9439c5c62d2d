//! What JSON and CSV have of a row besides its three figures: fractions in [0, 1], null or empty where there is none.

use serde::{Serialize, Serializer};

use super::{Against, F1Source, Ranking, Style, TableRow, TrialMetrics, interval};
use fsl_metrics::{
    Center, Interval, Metric, SizePoint, Statistic, Summary, TestSetErrors, summarize,
};

/// Intervals at 95 %.
#[derive(Serialize)]
pub(super) struct Intervals {
    /// Of the mean over trials: Student's t. Of a mean of models: its members drawn anew.
    pub(super) mean: Option<Interval>,
    /// Of the median over trials: bootstrap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) median: Option<Interval>,
    /// Of the mean of the middle half: bootstrap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) iqm: Option<Interval>,
}

/// MetricSummary besides F1, precision and recall.
#[derive(Serialize)]
pub(super) struct JsonDiagnostics<'a> {
    pub(super) accuracy: Option<Statistics>,
    pub(super) macro_f1: Option<Statistics>,
    pub(super) roc_auc: Option<Statistics>,
    pub(super) average_precision: Option<Statistics>,
    pub(super) calibration_error: Option<Statistics>,
    /// Standard errors over test texts.
    sampling_error: Option<Sampling>,
    /// Trials, or members, that collapsed.
    collapsed: Vec<Collapsed>,
    /// F1 over the trials that did not collapse, where some did.
    #[serde(skip_serializing_if = "Option::is_none")]
    f1_without_collapsed: Option<Statistics>,
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

#[derive(Serialize)]
struct Sampling {
    f1: f64,
    precision: f64,
    recall: f64,
}

/// A figure over trials.
#[derive(Serialize)]
pub(super) struct Statistics {
    n: usize,
    pub(super) mean: f64,
    pub(super) median: f64,
    pub(super) iqm: f64,
    pub(super) sd: Option<f64>,
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) interval: Option<Interval>,
}

impl Statistics {
    fn of(values: &[f64], ddof: u8) -> Option<Self> {
        let Summary {
            n,
            mean,
            median,
            iqm,
            sd,
            min,
            max,
        } = summarize(values, ddof)?;
        Some(Self {
            n,
            mean,
            median,
            iqm,
            sd,
            min,
            max,
            interval: interval::of_mean(Metric::primary(), values, None),
        })
    }
}

impl Intervals {
    /// Of a metric of a row. Those that are drawn are of the primary metric only: they take time.
    pub(super) fn new(row: &TableRow, metric: &Metric) -> Self {
        let values = row.values(metric, F1Source::Counts).unwrap_or_default();
        let drawn = |statistic| {
            let is_primary = metric == Metric::primary();
            is_primary
                .then(|| interval::drawn(metric, &values, statistic))
                .flatten()
        };
        Self {
            mean: interval::of_mean(metric, &values, row.members(metric)),
            median: drawn(Statistic::Center(Center::Median)),
            iqm: drawn(Statistic::InterquartileMean),
        }
    }
}

/// Metrics under their names for programs; null where one has no value.
pub(super) struct ByMetric<T>(pub(super) Vec<(&'static Metric, Option<T>)>);

impl<T: Serialize> Serialize for ByMetric<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(metric, value)| (metric.id, value)))
    }
}

impl<'a> JsonDiagnostics<'a> {
    pub(super) fn of(row: &'a TableRow, style: &Style, against: Option<&'a Against>) -> Self {
        let extra = &row.diagnostics;
        let over = |figure: &dyn Fn(&TrialMetrics) -> f64| {
            let values: Vec<f64> = row.trials.iter().map(figure).collect();
            Statistics::of(&values, style.ddof)
        };
        let ranked = |figure: &dyn Fn(&Ranking) -> Option<f64>| {
            let values: Option<Vec<f64>> = extra.rankings.iter().map(figure).collect();
            Statistics::of(&values?, style.ddof)
        };
        let verdict = against.zip(extra.verdict);
        Self {
            accuracy: over(&|trial| trial.metrics.accuracy),
            macro_f1: over(&|trial| trial.metrics.macro_f1),
            roc_auc: ranked(&|one| one.roc_auc),
            average_precision: ranked(&|one| one.average_precision),
            calibration_error: ranked(&|one| Some(one.calibration_error)),
            sampling_error: sampling(row),
            collapsed: collapsed(row),
            f1_without_collapsed: without_collapsed(row, style.ddof),
            by_size: &extra.sizes,
            signature: extra.signature.as_ref().map(ToString::to_string),
            verdict: verdict.map(|(against, word)| Verdict {
                against: &against.label,
                margin: against.margin,
                word: word.name(),
            }),
        }
    }
}

fn sampling(row: &TableRow) -> Option<Sampling> {
    let counts = row.counts();
    let TestSetErrors {
        f1,
        precision,
        recall,
    } = TestSetErrors::over(&counts);
    (!counts.is_empty()).then_some(Sampling {
        f1,
        precision,
        recall,
    })
}

fn collapsed(row: &TableRow) -> Vec<Collapsed> {
    let one = |(trial, kinds): &(u64, Vec<fsl_metrics::Collapse>)| Collapsed {
        trial: *trial,
        kinds: kinds.iter().map(|kind| kind.name()).collect(),
    };
    row.diagnostics.collapsed.iter().map(one).collect()
}

fn without_collapsed(row: &TableRow, ddof: u8) -> Option<Statistics> {
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
        .map(|trial| trial.metrics.f1)
        .collect();
    Statistics::of(&values, ddof)
}
