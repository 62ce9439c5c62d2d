//! Metrics besides the three of the table, and how they were made.

use maud::{Markup, html};

use super::Section;
use crate::text::NONE;
use crate::text::percent;
use crate::{Ranking, Style, TableRow};
use fsl_metrics::{Summary, summarize};

const COLUMNS: [&str; 5] = [
    "accuracy",
    "macro-F1",
    "ROC AUC",
    "average precision",
    "calibration error",
];

/// A table that is closed at first; nothing where no row has a result.
pub(super) fn more(number: usize, section: &Section) -> Markup {
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
                summary { "More figures, and how each row's numbers were made" }
                p.small {
                    "In percent, over the same trials as in the table above. The calibration error is the mean distance between probabilities and shares of label 1; smaller is better. `fsl-exp explain` reads a signature."
                }
                div.scroll tabindex="0" role="region" aria-label="More figures" {
                    table.sortable id={ "more-" (number) } {
                        thead { tr {
                            th scope="col" aria-sort="none" { button type="button" { "row" } }
                            @for title in COLUMNS {
                                th scope="col" aria-sort="none" data-first="descending" { button type="button" { (title) } }
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

fn table_row(row: &TableRow, style: &Style) -> Markup {
    html! {
        tr {
            th scope="row" { (row.label) }
            @for summary in figures(row, style.ddof) {
                @match summary {
                    Some(summary) => td data-value=(summary.center(style.center)) {
                        (percent(summary.center(style.center))) " ± "
                        (summary.sd.map_or_else(|| NONE.to_owned(), percent))
                    },
                    None => td data-value="" { (NONE) },
                }
            }
            td.evidence { @if let Some(signature) = &row.diagnostics.signature { (signature.to_string()) } }
        }
    }
}

/// In the order of [`COLUMNS`]; `None` where a trial has no such figure.
fn figures(row: &TableRow, ddof: u8) -> [Option<Summary>; 5] {
    let recorded = row.trials.iter().map(|trial| trial.metrics);
    let ranked = |figure: fn(&Ranking) -> Option<f64>| {
        let values: Option<Vec<f64>> = row.diagnostics.rankings.iter().map(figure).collect();
        summarize(&values?, ddof)
    };
    let accuracy: Vec<f64> = recorded.clone().map(|record| record.accuracy).collect();
    let macro_f1: Vec<f64> = recorded.map(|record| record.macro_f1).collect();
    [
        summarize(&accuracy, ddof),
        summarize(&macro_f1, ddof),
        ranked(|one| one.roc_auc),
        ranked(|one| one.average_precision),
        ranked(|one| Some(one.calibration_error)),
    ]
}
