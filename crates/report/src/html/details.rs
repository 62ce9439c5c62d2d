//! Metrics besides those of the table, and how they were made.

use maud::{Markup, html};

use super::Section;
use crate::text::{self, NONE, plus_minus, second_class};
use crate::{TableMetrics, TableRow};
use fsl_common::classes::Classes;

/// A table that is closed at first; nothing where no row has a result.
pub(super) fn details(number: usize, section: &Section) -> Markup {
    let rows = || {
        section
            .table
            .rows
            .iter()
            .filter(|row| !row.trials.is_empty())
    };
    html! {
        @if rows().next().is_some() {
            details.more {
                summary { "More metrics, and how each row's numbers were computed" }
                p.small {
                    (unit(&section.table.metrics)) ", over the same trials as in the table above. The calibration error is the mean distance between " (calibrated(&section.table.metrics.classes)) "; smaller is better. `fsl-exp explain` reads a signature."
                }
                div.scroll tabindex="0" role="region" aria-label="More figures" {
                    table.sortable id={ "more-" (number) } {
                        thead { tr {
                            th scope="col" aria-sort="none" { button type="button" { "row" } }
                            @for metric in section.table.metrics.details() {
                                th scope="col" aria-sort="none" data-first="descending" { button type="button" { (section.table.metrics.heading(metric)) } }
                            }
                            th scope="col" aria-sort="none" { button type="button" { "signature" } }
                        } }
                        tbody { @for row in rows() { (table_row(row, section)) } }
                    }
                }
            }
        }
    }
}

/// What the calibration error lies between.
fn calibrated(classes: &Classes) -> String {
    if classes.count() > 2 {
        return "the probability of the predicted class and the share of correct predictions"
            .to_owned();
    }
    let second = second_class(classes);
    format!("predicted probabilities and the observed shares of {second}")
}

/// The beginning of a sentence: in which unit the values are.
fn unit(metrics: &TableMetrics) -> String {
    let unit = text::unit(&metrics.details(), |metric| metrics.heading(metric));
    unit.replacen("in ", "In ", 1)
}

fn table_row(row: &TableRow, section: &Section) -> Markup {
    let style = &section.style;
    html! {
        tr {
            th scope="row" { (row.label) }
            @for metric in section.table.metrics.details() {
                @match row.summary(metric, style.f1, style.ddof) {
                    Some(summary) => td data-value=(summary.center(style.center)) {
                        (plus_minus(metric, summary.center(style.center), summary.sd))
                    },
                    None => td data-value="" { (NONE) },
                }
            }
            td.evidence { @if let Some(signature) = &row.diagnostics.signature { (signature.to_string()) } }
        }
    }
}
