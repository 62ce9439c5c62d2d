//! One experiment on the page.

use maud::{Markup, PreEscaped, html};

use super::{Figure, Section, TextSet, VerdictLine, class_texts, classes, data, details, trials};
use crate::caption;
use crate::document::Notation;
use crate::text::{NONE, metric_value, plus_minus};
use crate::{RowState, Style, TableMetrics, TableRow, interval_words};
use fsl_metrics::{Direction, Interval, Metric, Summary};

/// The table's columns after the row's name: a title, and the order in which a first click sorts.
fn columns(metrics: &TableMetrics) -> Vec<(&'static str, &'static str)> {
    let mut columns = vec![("n", "descending")];
    for metric in metrics.shown() {
        let first = match metric.direction {
            Direction::HigherIsBetter => "descending",
            Direction::LowerIsBetter => "ascending",
        };
        columns.push((metrics.heading(metric), first));
        if metric == metrics.primary() {
            columns.push(("95 % interval", "descending"));
        }
    }
    columns.push(("state", "ascending"));
    columns
}

/// `same_texts` is the number of an earlier section with the same texts, which need not be on the page twice.
pub(super) fn section(number: usize, section: &Section, same_texts: Option<usize>) -> Markup {
    html! {
        section id={ "section-" (number) } aria-labelledby={ "title-" (number) } {
            h2 id={ "title-" (number) } { (section.table.heading()) }
            (table(number, section))
            (details::details(number, section))
            @if !section.verdicts.is_empty() { (verdicts(&section.verdicts)) }
            @if !section.figures.is_empty() { (figures(&section.figures)) }
            @if !section.table.metrics.classes.are_zero_one() { (classes::classes(number, section)) }
            @if let Some(texts) = &section.texts {
                @if texts.classes.are_zero_one() { (browser(number, texts, same_texts)) } @else { (class_texts::browser(number, texts, same_texts)) }
            }
            (trials::trials(number, section))
        }
    }
}

fn table(number: usize, section: &Section) -> Markup {
    let id = format!("table-{number}");
    let metrics = &section.table.metrics;
    let best = section.table.best(&section.style);
    html! {
        div.controls {
            label { "Filter rows" input type="search" data-filters=(id) autocomplete="off"; }
            span.small id={ (id) "-shown" } role="status" {}
        }
        div.scroll tabindex="0" role="region" aria-label={ "Table of " (section.table.heading()) } {
            table.sortable id=(id) {
                thead {
                    tr {
                        th scope="col" aria-sort="none" data-first="ascending" { button type="button" { "row" } }
                        @for (title, first) in columns(metrics) {
                            th scope="col" aria-sort="none" data-first=(first) { button type="button" { (title) } }
                        }
                    }
                }
                tbody {
                    @for (index, row) in section.table.rows.iter().enumerate() {
                        (table_row(row, metrics, section.style, best.contains(&index)))
                    }
                }
            }
        }
        p.caption {
            (caption::sentence(&section.table, &section.style, Notation::PlusMinus).plain())
            " 95 % intervals of " (metrics.heading(metrics.primary())) ": " (interval_words(section.style.center)) "."
        }
    }
}

fn table_row(row: &TableRow, metrics: &TableMetrics, style: Style, is_best: bool) -> Markup {
    let interval = row.interval(&style);
    html! {
        tr.best[is_best] {
            th scope="row" { @for part in row.label.split_inclusive(',') { (part) wbr; } }
            td data-value=(row.trials.len()) { (row.count()) }
            @for metric in metrics.shown() {
                (metric_cell(metric, row.summary(metric, style.f1, style.ddof), &style, metric == metrics.primary()))
                @if metric == metrics.primary() {
                    @match interval {
                        Some(Interval { low, high }) => td data-value=(low) { (metric_value(metric, low)) " to " (metric_value(metric, high)) },
                        None => td data-value="" { (NONE) },
                    }
                }
            }
            td.state {
                (row.state.cell())
                @if let RowState::Blocked { reason, hint } = &row.state {
                    div.small { (reason) @if let Some(hint) = hint { "; " (hint) } }
                }
            }
        }
    }
}

fn metric_cell(
    metric: &Metric,
    summary: Option<Summary>,
    style: &Style,
    is_primary: bool,
) -> Markup {
    let class = match metric.heading.to_lowercase() {
        name if is_primary && name != "f1" => format!("{name} primary"),
        name => name,
    };
    html! {
        @match summary {
            Some(summary) => td class=(class) data-value=(summary.center(style.center)) {
                (plus_minus(metric, summary.center(style.center), summary.sd))
            },
            None => td class=(class) data-value="" { (NONE) },
        }
    }
}

fn verdicts(verdicts: &[VerdictLine]) -> Markup {
    html! {
        h3 { "Comparisons" }
        div.scroll tabindex="0" role="region" aria-label="Comparisons" {
            table.left.verdicts {
                thead { tr { th scope="col" { "row" } th scope="col" { "against" } th scope="col" { "verdict" } th scope="col" { "evidence" } } }
                tbody {
                    @for verdict in verdicts {
                        tr {
                            th scope="row" { (verdict.row) }
                            td.name { (verdict.against) }
                            td class={ "word word-" (verdict.word) } { (verdict.word) }
                            td.evidence { (evidence(&verdict.evidence)) }
                        }
                    }
                }
            }
        }
    }
}

/// The first sentence; the others beneath it, folded.
fn evidence(sentences: &[String]) -> Markup {
    html! {
        @if let Some((first, others)) = sentences.split_first() {
            details {
                summary { (first) }
                ul { @for sentence in others { li { (sentence) } } }
            }
        }
    }
}

fn figures(figures: &[Figure]) -> Markup {
    html! {
        h3 { "Plots" }
        div.figures {
            @for figure in figures {
                figure {
                    div.picture tabindex="0" role="img" aria-label=(figure.plot.description) { (PreEscaped(&figure.plot.svg)) }
                    figcaption { (figure.caption) }
                }
            }
        }
    }
}

/// What texts are shown.
const KINDS: [(&str, &str); 5] = [
    ("disagree", "rows disagree"),
    ("wrong", "all rows wrong"),
    ("missed", "false negatives of some rows (label 1)"),
    ("alarm", "false positives of some rows (label 0)"),
    ("all", "all texts"),
];

fn browser(number: usize, texts: &TextSet, same_texts: Option<usize>) -> Markup {
    html! {
        section.texts aria-labelledby={ "texts-" (number) } data-texts=(number) {
            h3 id={ "texts-" (number) } { "Texts" }
            p.small { "Probability of label 1 for each row (mean over its trials); ✓ marks correct predictions. Sorted by how much the rows differ; for a single row, by confidence." }
            div.controls {
                label { "Search" input type="search" name="search" autocomplete="off"; }
                label { "Show" select name="kind" {
                    @for (value, title) in KINDS { option value=(value) { (title) } }
                } }
                label { "Row" select name="left" { option value="" { "all rows" } } }
                label { "and row" select name="right" { option value="" { "no other" } } }
                button type="button" name="previous" { "Previous" }
                button type="button" name="next" { "Next" }
            }
            p.small role="status" { output name="status" {} }
            ol.list name="list" {}
            script type="application/json" { (PreEscaped(data::texts(texts, same_texts))) }
        }
    }
}
