//! Per-class figures and confusion matrices on the page, which its script draws.

use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use super::{Section, data};
use crate::TableRow;

/// The style of everything that only pages with classes other than 0 and 1 have.
pub(super) const STYLE: &str = include_str!("classes.css");
/// The script of tables and matrices.
pub(super) const SCRIPT: &str = include_str!("classes.js");

#[derive(Serialize)]
struct Data<'a> {
    classes: &'a [String],
    /// The row that is shown first, by its index among these.
    first: usize,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    /// Its place in the table.
    place: usize,
    label: &'a str,
    /// What the counts are summed over.
    trials: usize,
    /// How many of the test texts each class has.
    support: Vec<u64>,
    /// Precision, recall and F1 of each class in hundredths of a percent: the mean over trials.
    figures: Vec<[u32; 3]>,
    /// The counts that are not 0, summed over trials: true class, predicted class, count.
    cells: Vec<(usize, usize, u64)>,
}

/// Nothing where no row has a result.
pub(super) fn classes(number: usize, section: &Section) -> Markup {
    let Some(data) = gathered(section) else {
        return html! {};
    };
    let table = format!("classes-table-{number}");
    html! {
        section.classes aria-labelledby={ "classes-" (number) } {
            h3 id={ "classes-" (number) } { "Classes" }
            div.controls {
                label { "Row" select name="row" {} }
                label { "Filter classes" input type="search" data-filters=(table) autocomplete="off"; }
                span.small id={ (table) "-shown" } role="status" {}
            }
            div.scroll.tall tabindex="0" role="region" aria-label="Figures of each class" {
                table.sortable id=(table) {
                    thead { tr {
                        th scope="col" aria-sort="none" { button type="button" { "class" } }
                        @for title in ["support", "precision", "recall", "F1"] {
                            th scope="col" aria-sort="none" data-first="descending" { button type="button" { (title) } }
                        }
                    } }
                    tbody {}
                }
            }
            p.caption { "Support: test texts of the class. Precision, recall and F1 in percent: the mean over the row's trials, 0 where nothing was predicted to be of the class." }
            (matrix(number))
            script type="application/json" { (PreEscaped(data::json(&data))) }
        }
    }
}

fn matrix(number: usize) -> Markup {
    html! {
        h3 id={ "matrix-" (number) } { "Confusion matrix" }
        p.small {
            "True classes from top to bottom, predicted classes from left to right; the stronger a cell's colour, the larger its share of the true class. "
            span.total {}
        }
        div.controls {
            label { "Cells show" select name="unit" { option value="counts" { "counts" } option value="shares" { "row shares" } } }
            label { "Order of classes" select name="order" {
                option value="given" { "as declared" }
                option value="name" { "by name" }
                option value="size" { "by support, largest first" }
                option value="recall" { "by recall, lowest first" }
            } }
            label { "Zoom" input type="range" name="zoom" min="4" max="64" step="1"; }
        }
        div.matrix {}
        p.readout role="status" {}
        h3 { "Largest confusions" }
        ol.confusions {}
    }
}

fn gathered(section: &Section) -> Option<Data<'_>> {
    let classes = &section.table.metrics.classes;
    let rows = section.table.rows.iter().enumerate();
    let rows: Vec<Row> = rows
        .filter_map(|(place, row)| of_row(place, row, classes.count()))
        .collect();
    let best = section.table.best(&section.style);
    let is_best = |row: &Row| best.contains(&row.place);
    let first = rows.iter().position(is_best);
    (!rows.is_empty()).then_some(Data {
        classes: classes.names(),
        first: first.unwrap_or_default(),
        rows,
    })
}

/// `None` where no trial is finished.
fn of_row(place: usize, row: &TableRow, classes: usize) -> Option<Row<'_>> {
    let matrices = row.trials.iter().map(|trial| trial.metrics.matrix());
    let matrices: Vec<_> = matrices
        .filter(|matrix| matrix.classes() == classes)
        .collect();
    let mut counts = vec![0; classes * classes];
    let mut sums = vec![[0.0; 3]; classes];
    for matrix in &matrices {
        for (sum, count) in counts.iter_mut().zip(matrix.rows().flatten()) {
            *sum += count;
        }
        for (sum, class) in sums.iter_mut().zip(matrix.per_class()) {
            for (sum, figure) in sum
                .iter_mut()
                .zip([class.precision, class.recall, class.f1])
            {
                *sum += figure;
            }
        }
    }
    let first = matrices.first()?;
    let mean = |sum: f64| (10_000.0 * sum / matrices.len() as f64).round() as u32;
    let cells = counts.into_iter().enumerate();
    Some(Row {
        place,
        label: &row.label,
        trials: matrices.len(),
        support: first.rows().map(|row| row.iter().sum()).collect(),
        figures: sums.into_iter().map(|sum| sum.map(mean)).collect(),
        cells: cells
            .filter(|(_, count)| *count > 0)
            .map(|(cell, count)| (cell / classes, cell % classes, count))
            .collect(),
    })
}
