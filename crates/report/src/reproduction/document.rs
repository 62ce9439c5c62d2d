//! Judged cells for people, a table per experiment with the reasons, and for programs.

use serde::Serialize;

use super::checked::{CheckedCell, CheckedTable, VerdictCounts};
use crate::document::{
    Align, Block, Cell, Column, Document, Explanation, Grid, Level, Notation, Prose, Row, Section,
};
use crate::output::{Layout, Output};
use crate::text::{counted, percent, points};
use fsl_metrics::Reproduction;

impl Output for Vec<CheckedTable> {
    fn document(&self, _: Layout) -> Document {
        let mut sections: Vec<Section> = self.iter().map(section).collect();
        let summary = summary(VerdictCounts::over(self));
        sections.push(vec![Block::Paragraph(summary.into())]);
        Document {
            label: "published-cells".to_owned(),
            sections,
        }
    }

    fn json(&self) -> String {
        json(self)
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
    let cells = counted(all as u64, "published cell");
    format!("{cells}: {reproduced} reproduced, {outside} outside, {cannot_tell} cannot tell")
}

fn section(table: &CheckedTable) -> Section {
    let grid = Grid {
        columns: vec![
            Column::new("row", Align::Left),
            Column::unbroken("figure", Align::Left),
            Column::unbroken("published", Align::Right),
            Column::unbroken("here", Align::Right),
            Column::unbroken("difference", Align::Right),
            Column::unbroken("tolerance", Align::Right),
            Column::unbroken("verdict", Align::Left),
        ],
        rows: table.cells.iter().map(row).collect(),
        notation: Notation::PlusMinus,
        marked: false,
    };
    let title = Prose::name(&table.title);
    vec![Block::Heading(Level::Title, title), Block::Grid(grid)]
}

fn row(cell: &CheckedCell) -> Row {
    let CheckedCell {
        label,
        figure,
        judgement,
        reason,
        ..
    } = cell;
    let number = |figure: Option<f64>| Cell::number(figure.map(percent));
    let verdict = verdict(judgement.verdict);
    Row {
        cells: vec![
            Cell::Text(label.clone()),
            Cell::Text((*figure).to_owned()),
            number(judgement.published),
            number(judgement.ours),
            Cell::number(judgement.difference().map(points)),
            number(judgement.tolerance),
            Cell::Text(verdict.to_owned()),
        ],
        explanation: Some(Explanation {
            subject: Prose::name(label).then(format!(" {figure}: {verdict}")),
            reason: reason.clone(),
        }),
        ..Row::default()
    }
}

fn verdict(verdict: Reproduction) -> &'static str {
    match verdict {
        Reproduction::Reproduced => "reproduced",
        Reproduction::Outside => "outside",
        Reproduction::CannotTell => "cannot tell",
    }
}

#[derive(Serialize)]
struct JsonDocument<'a> {
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
    let counts = VerdictCounts::over(tables);
    let experiments = tables
        .iter()
        .map(|table| Experiment {
            name: &table.name,
            title: &table.title,
            cells: table.cells.iter().map(entry).collect(),
        })
        .collect();
    let document = JsonDocument {
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
