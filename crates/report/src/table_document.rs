//! The tables of experiments for people: a row per method, and one for what a source printed where that is asked for.

use super::caption;
use super::document::{
    Align, Block, Cell, Column, Document, Grid, Level, Notation, Note, Prose, Row, Section,
};
use super::output::{Layout, Output};
use super::published::Published;
use super::style::Style;
use super::table::{ExperimentTable, RowState, TableRow};
use super::text::metric_value;
use super::{csv, json};
use fsl_metrics::{Metric, Verdict};

impl Output for Vec<(&ExperimentTable, Style)> {
    fn document(&self, layout: Layout) -> Document {
        let label = self.first().map(|(table, _)| table.name.clone());
        let sections = self
            .iter()
            .map(|(table, style)| section(table, style, layout));
        Document {
            label: label.unwrap_or_default(),
            sections: sections.collect(),
        }
    }

    fn json(&self) -> String {
        json::render(self)
    }

    fn csv(&self) -> String {
        csv::render(self)
    }
}

/// Title, table, notes on rows that are not complete, caption and signatures.
fn section(table: &ExperimentTable, style: &Style, layout: Layout) -> Section {
    let grid = grid(table, style, layout);
    let caption = caption::sentence(table, style, grid.notation);
    let notes: Vec<Note> = table
        .rows
        .iter()
        .filter_map(|row| note(row, layout))
        .collect();
    let mut section = vec![
        Block::Heading(Level::Title, Prose::name(table.heading())),
        Block::Grid(grid),
    ];
    if !notes.is_empty() {
        section.push(Block::Notes(notes));
    }
    section.push(Block::Caption(caption));
    let signatures: Vec<_> = caption::signatures(table, style)
        .into_iter()
        .map(|(label, signature)| (label.to_owned(), signature.to_string()))
        .collect();
    // A signature is longer than a line of a paper.
    if !signatures.is_empty() && layout != Layout::Paper {
        section.push(Block::Code(signatures));
    }
    section
}

fn grid(table: &ExperimentTable, style: &Style, layout: Layout) -> Grid {
    Grid {
        columns: columns(table, layout),
        rows: rows(table, style, layout),
        notation: match layout {
            Layout::Published => Notation::Parentheses,
            Layout::Screen | Layout::Wide | Layout::Paper => Notation::PlusMinus,
        },
        marked: layout == Layout::Paper && table.against.is_some(),
    }
}

/// What stands beside names and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extra {
    Verdict,
    State,
}

/// The columns after those of the metrics.
fn extras(table: &ExperimentTable, layout: Layout) -> Vec<Extra> {
    let verdict = table.against.as_ref().map(|_| Extra::Verdict);
    let state = (!table.is_complete()).then_some(Extra::State);
    match layout {
        Layout::Screen => verdict.into_iter().chain(state).collect(),
        Layout::Wide => state.into_iter().chain(verdict).collect(),
        Layout::Published => verdict.into_iter().collect(),
        Layout::Paper => Vec::new(),
    }
}

fn metrics(table: &ExperimentTable, layout: Layout) -> Vec<&'static Metric> {
    match layout {
        Layout::Published => table.metrics.published(),
        Layout::Screen | Layout::Wide | Layout::Paper => table.metrics.shown(),
    }
}

fn columns(table: &ExperimentTable, layout: Layout) -> Vec<Column> {
    let (mut columns, align) = match layout {
        Layout::Published => (vec![Column::new("Models", Align::Center)], Align::Center),
        Layout::Screen | Layout::Wide => (vec![Column::new("row", Align::Left)], Align::Right),
        Layout::Paper => (vec![Column::new("", Align::Left)], Align::Right),
    };
    if layout != Layout::Published {
        columns.push(Column::symbol("n"));
    }
    // A narrow terminal leaves out what the spec does not ask for and the published layout does not have.
    let needed = table.metrics.published();
    let metrics = metrics(table, layout).into_iter();
    columns.extend(metrics.map(|metric| Column {
        optional: !needed.contains(&metric),
        ..Column::unbroken(table.metrics.heading(metric), align)
    }));
    let against = table.against.as_ref().map_or("", |against| &against.label);
    let extras = extras(table, layout).into_iter();
    columns.extend(extras.map(|extra| match extra {
        Extra::Verdict => Column::new(format!("against {against}"), Align::Left),
        Extra::State => Column::new("state", Align::Left),
    }));
    columns
}

/// The rows in their order, published cells beneath their row.
fn rows(table: &ExperimentTable, style: &Style, layout: Layout) -> Vec<Row> {
    let best = table.best(style);
    let mut rows = Vec::with_capacity(table.rows.len());
    for (index, row) in table.rows.iter().enumerate() {
        let verdict = row.diagnostics.verdict;
        let metrics = metrics(table, layout);
        let line = results(row, style, best.contains(&index), &metrics);
        rows.push(Row {
            cells: cells(line, table, layout),
            mark: verdict.filter(|_| layout == Layout::Paper),
            begins_group: begins_group(table, index),
            explanation: None,
        });
        if let Some(published) = row.published.as_ref().filter(|_| style.published) {
            let line = printed(published, &metrics);
            rows.push(Row::new(cells(line, table, layout)));
        }
    }
    rows
}

/// What a row can show.
struct Line {
    label: String,
    n: String,
    metrics: Vec<Cell>,
    verdict: &'static str,
    state: String,
}

fn results(row: &TableRow, style: &Style, is_best: bool, metrics: &[&Metric]) -> Line {
    let cell = |metric: &&Metric| {
        let summary = row.summary(metric, style.f1, style.ddof);
        summary.map_or(Cell::Missing, |summary| {
            let best = is_best && *metric == row.primary;
            estimate(metric, summary.center(style.center), summary.sd, best)
        })
    };
    Line {
        label: row.label.clone(),
        n: row.count(),
        metrics: metrics.iter().map(cell).collect(),
        verdict: row.diagnostics.verdict.map_or("", Verdict::name),
        state: row.state.cell(),
    }
}

fn printed(published: &Published, metrics: &[&Metric]) -> Line {
    let cell = |metric: &&Metric| {
        let figure = published.figure(metric);
        figure.map_or(Cell::Missing, |figure| {
            estimate(metric, figure.value, figure.sd, false)
        })
    };
    Line {
        label: published.label(),
        n: published.n.to_string(),
        metrics: metrics.iter().map(cell).collect(),
        verdict: "",
        state: String::new(),
    }
}

fn estimate(metric: &Metric, center: f64, sd: Option<f64>, best: bool) -> Cell {
    Cell::Estimate {
        center: metric_value(metric, center),
        spread: sd.map(|sd| metric_value(metric, sd)),
        best,
    }
}

fn cells(line: Line, table: &ExperimentTable, layout: Layout) -> Vec<Cell> {
    let mut cells = vec![Cell::Text(line.label)];
    if layout != Layout::Published {
        cells.push(Cell::Text(line.n));
    }
    cells.extend(line.metrics);
    let extras = extras(table, layout).into_iter();
    cells.extend(extras.map(|extra| match extra {
        Extra::Verdict => Cell::Text(line.verdict.to_owned()),
        Extra::State => Cell::Text(line.state.clone()),
    }));
    cells
}

/// Whether another row of a swept spec stands above this one: arms of one row stand together.
fn begins_group(table: &ExperimentTable, row: usize) -> bool {
    let swept = table.rows.iter().any(|row| !row.point.is_empty());
    let above = row.checked_sub(1).and_then(|above| table.rows.get(above));
    swept && above.is_some_and(|above| above.arm_of != table.rows[row].arm_of)
}

/// What is to be said of a row that is not complete; layouts with a state, and papers, tell of blocked rows only.
fn note(row: &TableRow, layout: Layout) -> Option<Note> {
    let tells_all = matches!(layout, Layout::Published | Layout::Wide);
    let (state, hint) = match &row.state {
        RowState::Blocked { reason, hint } => (format!("blocked: {reason}"), hint.clone()),
        RowState::Complete => return None,
        _ if !tells_all => return None,
        RowState::Missing => ("not run yet".to_owned(), None),
        RowState::Partial {
            finished,
            wanted,
            failed,
        } => {
            let failed = match failed {
                0 => String::new(),
                failed => format!(", {failed} failed"),
            };
            (
                format!("{finished} of {wanted} trials finished{failed}"),
                None,
            )
        }
    };
    let label = row.label.clone();
    Some(Note::Row { label, state, hint })
}
