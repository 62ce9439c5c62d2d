//! The columns of metrics: names such as `f1_mean`, and a row's fields under them.
//!
//! Published metrics have columns in two places, as far as these are older than others: [`published_names`] among a row's first columns, and
//! the rest among [`names`], where every other metric has all of its columns, in the registry's order. A new metric's columns are
//! therefore to the right of those of the metrics before it.

use super::lines::digits;
use crate::statistics::Statistics;
use crate::{Styled, TableRow};
use fsl_metrics::{Interval, Metric, Placement};

/// The first columns of a published metric.
const FIRST: [&str; 5] = ["mean", "median", "sd", "min", "max"];
/// Its other columns.
const MEAN: [&str; 3] = ["iqm", "mean_low", "mean_high"];
/// Those that only the primary metric has besides.
const DRAWN: [&str; 4] = ["median_low", "median_high", "iqm_low", "iqm_high"];

/// The names of the columns to the left.
pub(super) fn published_names() -> impl Iterator<Item = String> {
    Metric::placed(Placement::Published).flat_map(|metric| named(metric, &FIRST))
}

/// The names of the columns to the right.
pub(super) fn names(chosen: &[&'static Metric]) -> impl Iterator<Item = String> {
    let published = Metric::placed(Placement::Published).flat_map(|metric| {
        let drawn: &[&str] = if has_drawn(metric) { &DRAWN } else { &[] };
        named(metric, &[&MEAN, drawn].concat())
    });
    let others = others().chain(chosen.iter().copied());
    published.chain(others.flat_map(|metric| named(metric, &[&FIRST[..], &MEAN].concat())))
}

fn named(metric: &Metric, statistics: &[&str]) -> Vec<String> {
    let statistics = statistics.iter();
    statistics
        .map(|statistic| format!("{}_{statistic}", metric.id))
        .collect()
}

fn has_drawn(metric: &Metric) -> bool {
    metric == Metric::primary()
}

fn others() -> impl Iterator<Item = &'static Metric> {
    let all = Metric::all().iter();
    all.filter(|metric| matches!(metric.placement, Placement::Table | Placement::Details))
}

/// The metrics that some table shows and that have no columns otherwise, in the registry's order.
pub(super) fn chosen(tables: &[Styled]) -> Vec<&'static Metric> {
    let shown: Vec<&Metric> = (tables.iter())
        .flat_map(|(table, _)| table.metrics.shown())
        .collect();
    Metric::placed(Placement::Chosen)
        .filter(|metric| shown.contains(metric))
        .collect()
}

/// A row's fields, in the metrics' units; empty where there is no value.
pub(super) struct MetricFields {
    /// Under [`published_names`].
    pub(super) published: Vec<String>,
    /// Under [`names`].
    pub(super) all: Vec<String>,
}

impl MetricFields {
    pub(super) fn new(row: &TableRow, ddof: u8, chosen: &[&'static Metric]) -> Self {
        let (mut published, mut all) = (Vec::new(), Vec::new());
        for metric in Metric::placed(Placement::Published) {
            let statistics = Statistics::new(row, metric, ddof);
            published.extend(first(statistics));
            all.extend(mean(statistics));
            if has_drawn(metric) {
                all.extend(drawn(statistics));
            }
        }
        for metric in others().chain(chosen.iter().copied()) {
            let statistics = Statistics::new(row, metric, ddof);
            all.extend(first(statistics));
            all.extend(mean(statistics));
        }
        Self { published, all }
    }
}

/// The fields under [`FIRST`].
fn first(statistics: Option<Statistics>) -> [String; FIRST.len()] {
    let summary = statistics.map(|statistics| statistics.summary);
    summary.map_or_else(Default::default, |summary| {
        let sd = summary.sd.map_or_else(String::new, digits);
        let [mean, median, min, max] =
            [summary.mean, summary.median, summary.min, summary.max].map(digits);
        [mean, median, sd, min, max]
    })
}

/// The fields under [`MEAN`].
fn mean(statistics: Option<Statistics>) -> [String; MEAN.len()] {
    statistics.map_or_else(Default::default, |statistics| {
        let [low, high] = ends(statistics.intervals.mean);
        [digits(statistics.summary.iqm), low, high]
    })
}

/// The fields under [`DRAWN`].
fn drawn(statistics: Option<Statistics>) -> [String; DRAWN.len()] {
    statistics.map_or_else(Default::default, |statistics| {
        let [median_low, median_high] = ends(statistics.intervals.median);
        let [iqm_low, iqm_high] = ends(statistics.intervals.iqm);
        [median_low, median_high, iqm_low, iqm_high]
    })
}

fn ends(interval: Option<Interval>) -> [String; 2] {
    interval.map_or_else(Default::default, |Interval { low, high }| {
        [low, high].map(digits)
    })
}
