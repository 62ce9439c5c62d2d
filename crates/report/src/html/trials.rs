//! Every trial on the page.

use maud::{Markup, html};

use super::TrialDetail;
use super::time::{duration, time};
use crate::TableMetrics;
use crate::text::{NONE, metric_value};
use fsl_metrics::Metric;

pub(super) fn trials(number: usize, metrics: &TableMetrics, trials: &[TrialDetail]) -> Markup {
    let id = format!("trials-{number}");
    html! {
        h3 { "Trials" }
        @if trials.is_empty() {
            p { "No trial has run yet." }
        } @else {
            div.controls {
                label { "Filter trials" input type="search" data-filters=(id) autocomplete="off"; }
                span.small id={ (id) "-shown" } role="status" {}
            }
            div.scroll tabindex="0" role="region" aria-label="Trials" {
                table.sortable id=(id) {
                    thead { tr {
                        @for title in columns(metrics) {
                            th scope="col" aria-sort="none" { button type="button" { (title) } }
                        }
                    } }
                    tbody { @for trial in trials { (table_row(trial, metrics)) } }
                }
            }
            details {
                summary { "Records and logs of " (trials.len()) " trials" }
                @for trial in trials { (detail(trial)) }
            }
        }
    }
}

fn columns(metrics: &TableMetrics) -> impl Iterator<Item = &'static str> {
    let metrics = from_records(metrics).map(|metric| metrics.heading(metric));
    let first = ["row", "trial"].into_iter();
    first.chain(metrics).chain(["time", "began", "remarks"])
}

/// The columns of metrics that records tell.
fn from_records(metrics: &TableMetrics) -> impl Iterator<Item = &'static Metric> {
    let shown = metrics.shown().into_iter();
    shown.filter(|metric| !metric.needs_probabilities())
}

fn table_row(trial: &TrialDetail, metrics: &TableMetrics) -> Markup {
    html! {
        tr {
            th scope="row" { (trial.row) }
            td { (trial.number) }
            @for metric in from_records(metrics) {
                @match trial.metrics.as_ref().and_then(|record| metric.from_record(record)) {
                    Some(value) => td data-value=(value) { (metric_value(metric, value)) },
                    None => td data-value="" { (NONE) },
                }
            }
            @match trial.secs {
                Some(secs) => td data-value=(secs) { (duration(secs)) },
                None => td data-value="" { (NONE) },
            }
            @match trial.started {
                Some(started) => td data-value=(started) { (time(started)) },
                None => td data-value="" { (NONE) },
            }
            td.state { (trial.remarks.join("; ")) }
        }
    }
}

fn detail(trial: &TrialDetail) -> Markup {
    html! {
        details {
            summary { (trial.row) " trial " (trial.number) }
            dl {
                dt { "key" } dd { (trial.key) }
                @if !trial.host.is_empty() { dt { "machine" } dd { (trial.host) } }
            }
            pre tabindex="0" { (trial.record) }
            @if !trial.log.is_empty() {
                p.small { "End of the log" }
                pre tabindex="0" { (trial.log) }
            }
        }
    }
}
