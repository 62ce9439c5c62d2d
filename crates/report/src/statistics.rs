//! The statistics of a metric over the trials of a row, for programs.

use super::{F1Source, TableRow, interval};
use fsl_metrics::{Center, Interval, Metric, Statistic, Summary};

/// A metric over the trials of a row, in the metric's unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Statistics {
    pub(super) summary: Summary,
    pub(super) intervals: Intervals,
}

/// Intervals at 95 %.
#[derive(Debug, Clone, Copy, serde::Serialize)]
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

impl Statistics {
    /// `None` where no trial is finished, or one has no such value.
    pub(super) fn new(row: &TableRow, metric: &Metric, ddof: u8) -> Option<Self> {
        let values = row.values(metric, F1Source::Counts)?;
        Some(Self {
            summary: row.summary(metric, F1Source::Counts, ddof)?,
            intervals: Intervals {
                mean: interval::of_mean(metric, &values, row.members(metric)),
                median: drawn(row, metric, &values, Statistic::Center(Center::Median)),
                iqm: drawn(row, metric, &values, Statistic::InterquartileMean),
            },
        })
    }
}

/// A bootstrap interval, which takes time: of the primary metric only.
fn drawn(
    row: &TableRow,
    metric: &Metric,
    values: &[f64],
    statistic: Statistic,
) -> Option<Interval> {
    let is_primary = *metric == *row.primary;
    is_primary
        .then(|| interval::drawn(metric, values, statistic))
        .flatten()
}
