//! Metrics besides those of the table, and how they were made.

use maud::{Markup, html};

use super::Section;
use crate::text::{self, NONE, plus_minus};
use crate::{Style, TableRow};
use fsl_metrics::{Metric, Placement};

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
                    (unit()) ", over the same trials as in the table above. The calibration error is the mean distance between predicted probabilities and the observed shares of label 1; smaller is better. `fsl-exp explain` reads a signature."
                }
                div.scroll tabindex="0" role="region" aria-label="More figures" {
                    table.sortable id={ "more-" (number) } {
                        thead { tr {
                            th scope="col" aria-sort="none" { button type="button" { "row" } }
                            @for metric in Metric::placed(Placement::Details) {
                                th scope="col" aria-sort="none" data-first="descending" { button type="button" { (metric.heading) } }
                            }
                            th scope="col" aria-sort="none" { button type="button" { "signature" } }
                        } }
                        tbody { @for row in rows() { (table_row(row, &section.style)) } }
                    }
                }
            }
        }
    }
}

/// The beginning of a sentence: in which unit the values are.
fn unit() -> String {
    let unit = text::unit(Metric::placed(Placement::Details));
    unit.replacen("in ", "In ", 1)
}

fn table_row(row: &TableRow, style: &Style) -> Markup {
    html! {
        tr {
            th scope="row" { (row.label) }
            @for metric in Metric::placed(Placement::Details) {
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
