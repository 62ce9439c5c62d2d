//! Every trial on the page.

use maud::{Markup, html};

use super::time::{duration, time};
use super::{RowTrials, Section, TrialDetail, TrialLine};
use crate::TableMetrics;
use crate::text::{NONE, counted, metric_value, thousands};
use fsl_metrics::Metric;

pub(super) fn trials(number: usize, section: &Section) -> Markup {
    let (metrics, trials) = (&section.table.metrics, &section.trials);
    let id = format!("trials-{number}");
    html! {
        h3 { "Trials" }
        @if trials.is_empty() {
            p { "No trial has run yet." }
        } @else {
            @if !section.further.is_empty() { (lists(metrics, &section.further)) }
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

/// The trials of rows, a line each, as text: a table of tens of thousands of lines would take a page of tens of megabytes.
fn lists(metrics: &TableMetrics, rows: &[RowTrials]) -> Markup {
    let all: usize = rows.iter().map(|row| row.trials.len()).sum();
    html! {
        p.small {
            "These are " (thousands(all as u64)) " trials, too many to show each record. Every trial has a line under its row; below are examples with their records, and trials that went wrong. `fsl-exp export --trials` has everything of every trial."
        }
        @for row in rows {
            details {
                summary { (row.row) ": " (counted(row.trials.len() as u64, "trial")) }
                pre tabindex="0" {
                    (header(metrics)) "\n"
                    @for trial in &row.trials { (line(trial, metrics)) "\n" }
                }
            }
        }
    }
}

fn header(metrics: &TableMetrics) -> String {
    let metrics = from_records(metrics).map(|metric| metrics.heading(metric));
    let columns: Vec<&str> = ["trial", "key"]
        .into_iter()
        .chain(metrics)
        .chain(["time", "remarks"])
        .collect();
    columns.join("\t")
}

fn line(trial: &TrialLine, metrics: &TableMetrics) -> String {
    let value = |metric: &'static Metric| {
        let value = trial.metrics.as_ref();
        let value = value.and_then(|record| metric.from_record(record));
        value.map_or_else(|| NONE.to_owned(), |value| metric_value(metric, value))
    };
    let secs = trial.secs.map_or_else(|| NONE.to_owned(), duration);
    let first = [trial.number.to_string(), trial.key.clone()];
    let columns: Vec<String> = first
        .into_iter()
        .chain(from_records(metrics).map(value))
        .chain([secs, trial.remarks.clone()])
        .collect();
    columns.join("\t")
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
