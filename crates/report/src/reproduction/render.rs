//! Judged cells as text.

use comfy_table::{Cell as TableCell, CellAlignment, ColumnConstraint};
use serde::Serialize;

use super::{CheckedCell, CheckedTable, VerdictCounts};
use crate::Style;
use crate::markdown::escape;
use crate::metric_summary::NONE;
use crate::terminal::{LINES, base, paragraph};
use crate::text::{one_line, percent};
use fsl_metrics::Reproduction;

/// The kinds of output for judged cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckedFormat {
    /// A table per experiment, and the reasons beneath it.
    Terminal,
    /// One Markdown table per experiment, with the reasons in it.
    Markdown,
    /// One document for all experiments, fractions at full precision.
    Json,
}

/// Renders judged cells. Only the terminal's width matters of `style`.
pub fn render_checked(tables: &[CheckedTable], format: CheckedFormat, style: &Style) -> String {
    let each = |one: &dyn Fn(&CheckedTable) -> String| {
        let parts: Vec<String> = tables.iter().map(one).collect();
        format!(
            "{}\n{}\n",
            parts.join("\n"),
            summary(VerdictCounts::of(tables))
        )
    };
    match format {
        CheckedFormat::Terminal => each(&|table| terminal(table, style)),
        CheckedFormat::Markdown => each(&markdown),
        CheckedFormat::Json => json(tables),
    }
}

/// `6 published cells: 6 reproduced, 0 outside, 0 cannot tell`
fn summary(counts: VerdictCounts) -> String {
    let VerdictCounts {
        reproduced,
        outside,
        cannot_tell,
    } = counts;
    let all = reproduced + outside + cannot_tell;
    let s = if all == 1 { "" } else { "s" };
    format!(
        "{all} published cell{s}: {reproduced} reproduced, {outside} outside, {cannot_tell} cannot tell"
    )
}

const HEADER: [&str; 7] = [
    "row",
    "figure",
    "published",
    "here",
    "difference",
    "tolerance",
    "verdict",
];

/// The columns of [`HEADER`], the row's name as it is.
fn columns(cell: &CheckedCell) -> [String; 7] {
    let judgement = &cell.judgement;
    let number = |figure: Option<f64>| figure.map_or_else(|| NONE.to_owned(), percent);
    let signed = |figure: f64| match format!("{:+.2}", 100.0 * figure) {
        zero if zero == "+0.00" || zero == "-0.00" => "0.00".to_owned(),
        text => text,
    };
    [
        cell.label.clone(),
        cell.figure.to_owned(),
        number(judgement.published),
        number(judgement.ours),
        judgement
            .difference()
            .map_or_else(|| NONE.to_owned(), signed),
        number(judgement.tolerance),
        verdict(judgement.verdict).to_owned(),
    ]
}

fn verdict(verdict: Reproduction) -> &'static str {
    match verdict {
        Reproduction::Reproduced => "reproduced",
        Reproduction::Outside => "outside",
        Reproduction::CannotTell => "cannot tell",
    }
}

fn terminal(table: &CheckedTable, style: &Style) -> String {
    let mut grid = base(style);
    grid.load_style(LINES);
    grid.set_header(HEADER);
    for cell in &table.cells {
        grid.add_row(columns(cell).map(|text| TableCell::new(one_line(&text))));
    }
    for (index, column) in grid.column_iter_mut().enumerate().skip(1) {
        if (2..6).contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    let mut lines = vec![paragraph(&one_line(&table.title), style), grid.trim_fmt()];
    for CheckedCell {
        label,
        figure,
        judgement,
        reason,
        ..
    } in &table.cells
    {
        let line = format!(
            "{} {figure}: {}: {reason}",
            one_line(label),
            verdict(judgement.verdict)
        );
        lines.push(paragraph(&line, style));
    }
    lines.join("\n") + "\n"
}

fn markdown(table: &CheckedTable) -> String {
    let mut text = format!(
        "### {}\n\n| {} | why |\n|:--|:--|--:|--:|--:|--:|:--|:--|\n",
        escape(&table.title),
        HEADER.join(" | ")
    );
    for cell in &table.cells {
        let cells = columns(cell).map(|text| escape(&text)).join(" | ");
        text += &format!("| {cells} | {} |\n", escape(&cell.reason));
    }
    text
}

#[derive(Serialize)]
struct Document<'a> {
    experiments: Vec<Experiment<'a>>,
    reproduced: usize,
    outside: usize,
    cannot_tell: usize,
}

#[derive(Serialize)]
struct Experiment<'a> {
    name: &'a str,
    title: &'a str,
    cells: Vec<Entry<'a>>,
}

/// One cell, fractions; what does not exist is null.
#[derive(Serialize)]
struct Entry<'a> {
    row: &'a str,
    label: &'a str,
    /// `f1`, `precision` or `recall`.
    figure: &'static str,
    published: Option<f64>,
    here: Option<f64>,
    difference: Option<f64>,
    tolerance: Option<f64>,
    /// `reproduced`, `outside` or `cannot-tell`.
    verdict: String,
    reason: &'a str,
}

fn json(tables: &[CheckedTable]) -> String {
    let counts = VerdictCounts::of(tables);
    let experiments = tables
        .iter()
        .map(|table| Experiment {
            name: &table.name,
            title: &table.title,
            cells: table.cells.iter().map(entry).collect(),
        })
        .collect();
    let document = Document {
        experiments,
        reproduced: counts.reproduced,
        outside: counts.outside,
        cannot_tell: counts.cannot_tell,
    };
    #[expect(
        clippy::expect_used,
        reason = "only text and numbers under text keys: nothing that JSON lacks"
    )]
    let text = serde_json::to_string_pretty(&document).expect("a JSON document");
    text + "\n"
}

fn entry(cell: &CheckedCell) -> Entry<'_> {
    let judgement = &cell.judgement;
    Entry {
        row: &cell.row,
        label: &cell.label,
        figure: match cell.figure {
            "F1" => "f1",
            "P" => "precision",
            _ => "recall",
        },
        published: judgement.published,
        here: judgement.ours,
        difference: judgement.difference(),
        tolerance: judgement.tolerance,
        verdict: verdict(judgement.verdict).replace(' ', "-"),
        reason: &cell.reason,
    }
}
