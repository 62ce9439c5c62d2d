//! Metrics over the trials of a row, as JSON has them.

use serde::{Serialize, Serializer};

use crate::statistics::{Intervals, Statistics};
use crate::{TableRow, interval};
use fsl_metrics::{Interval, Metric, Summary, summarize};

/// Metrics under their names for programs; null where one has no value.
pub(super) struct ByMetric<T>(Vec<(&'static Metric, Option<T>)>);

impl<T> ByMetric<T> {
    pub(super) fn new(
        metrics: impl Iterator<Item = &'static Metric>,
        value: impl Fn(&'static Metric) -> Option<T>,
    ) -> Self {
        Self(metrics.map(|metric| (metric, value(metric))).collect())
    }
}

impl<T: Serialize> Serialize for ByMetric<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(metric, value)| (metric.id, value)))
    }
}

/// A metric that tables show; `sd` is null for one trial.
#[derive(Serialize)]
pub(super) struct Figures {
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

impl Figures {
    pub(super) fn new(row: &TableRow, metric: &Metric, ddof: u8) -> Option<Self> {
        let Statistics { summary, intervals } = Statistics::new(row, metric, ddof)?;
        Some(Self {
            mean: summary.mean,
            median: summary.median,
            sd: summary.sd,
            min: summary.min,
            max: summary.max,
            iqm: summary.iqm,
            intervals,
        })
    }
}

/// Any other metric.
#[derive(Serialize)]
pub(super) struct Detail {
    n: usize,
    mean: f64,
    median: f64,
    iqm: f64,
    sd: Option<f64>,
    min: f64,
    max: f64,
    /// Of the mean, at 95 %.
    interval: Option<Interval>,
}

impl Detail {
    pub(super) fn new(row: &TableRow, metric: &Metric, ddof: u8) -> Option<Self> {
        let Statistics { summary, intervals } = Statistics::new(row, metric, ddof)?;
        Some(Self::from_summary(summary, intervals.mean))
    }

    /// Of the values of a metric; `None` where there are none.
    pub(super) fn over(metric: &Metric, values: &[f64], ddof: u8) -> Option<Self> {
        let summary = summarize(values, ddof)?;
        Some(Self::from_summary(
            summary,
            interval::of_mean(metric, values, None),
        ))
    }

    fn from_summary(summary: Summary, interval: Option<Interval>) -> Self {
        Self {
            n: summary.n,
            mean: summary.mean,
            median: summary.median,
            iqm: summary.iqm,
            sd: summary.sd,
            min: summary.min,
            max: summary.max,
            interval,
        }
    }
}
