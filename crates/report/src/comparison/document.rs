//! Comparisons for people: a table of verdicts, and the reasons beneath.

use super::compared::{Compared, Comparison, Missing};
use super::explain::{p, range, reasons};
use super::json;
use crate::document::{
    Align, Block, Cell, Column, Document, Grid, Level, Notation, Note, Prose, Row, Section,
};
use crate::output::{Layout, Output};
use crate::text::{self, percent};
use fsl_metrics::{Metric, Verdict};

impl Output for Compared {
    fn document(&self, _: Layout) -> Document {
        let mut sections = Vec::new();
        if !self.comparisons.is_empty() {
            let caption = Block::Caption(caption(self).into());
            let metric = shared_metric(&self.comparisons);
            sections.push(vec![Block::Grid(grid(&self.comparisons, metric)), caption]);
        }
        let explained = self.comparisons.iter();
        sections.extend(explained.map(|comparison| explanation(comparison, self.margin)));
        sections.extend(self.missing.iter().map(lacking));
        Document {
            label: "comparison".to_owned(),
            sections,
        }
    }

    fn json(&self) -> String {
        json::render(self)
    }
}

/// The metric, where all comparisons have the same.
fn shared_metric(comparisons: &[Comparison]) -> Option<&'static Metric> {
    let mut metrics = comparisons.iter().map(|one| one.evidence.metric);
    let first = metrics.next()?;
    metrics.all(|other| other == first).then_some(first)
}

fn grid(comparisons: &[Comparison], metric: Option<&Metric>) -> Grid {
    let difference = metric.map_or_else(
        || "difference".to_owned(),
        |metric| format!("Δ{}", metric.label),
    );
    Grid {
        columns: vec![
            Column::new("row", Align::Left),
            Column::new("against", Align::Left),
            Column::new(difference, Align::Right),
            Column::new("95 % interval", Align::Left),
            Column::new("p (Holm)", Align::Right),
            Column::new("verdict", Align::Left),
        ],
        rows: comparisons.iter().map(row).collect(),
        notation: Notation::PlusMinus,
        marked: false,
    }
}

fn row(comparison: &Comparison) -> Row {
    let Comparison {
        rows: [a, b],
        evidence,
        decision,
        ..
    } = comparison;
    let adjusted = p(decision.p_adjusted);
    Row::new(vec![
        Cell::Text(a.label.clone()),
        Cell::Text(b.label.clone()),
        Cell::Number(text::difference(evidence.metric, evidence.difference)),
        Cell::Number(range(evidence.metric, evidence.interval)),
        Cell::Number(adjusted.trim_start_matches("= ").to_owned()),
        Cell::Text(decision.verdict.name().to_owned()),
    ])
}

fn explanation(comparison: &Comparison, margin: f64) -> Section {
    let [a, b] = &comparison.rows;
    let title = Prose::name(&a.label)
        .then(" against ")
        .then_name(&b.label)
        .then(format!(": {}", comparison.decision.verdict.name()));
    vec![
        Block::Heading(Level::Subtitle, title),
        Block::Items(reasons(comparison, margin)),
    ]
}

fn lacking(missing: &Missing) -> Section {
    let [a, b] = &missing.rows;
    let lacking = missing.lacking.join(", ");
    let text = Prose::name(a).then(" against ").then_name(b);
    vec![Block::Notes(vec![Note::Line {
        text: text.then(format!(": no results for {lacking}")),
        command: Some(missing.command.clone()),
    }])]
}

fn caption(compared: &Compared) -> String {
    let count = compared.comparisons.len();
    let holm = if count > 1 {
        format!("p adjusted for {count} comparisons (Holm); ")
    } else {
        String::new()
    };
    let words = [
        Verdict::Better,
        Verdict::Worse,
        Verdict::Equivalent,
        Verdict::Undecided,
    ]
    .map(Verdict::name);
    let of = shared_metric(&compared.comparisons).map_or("the metric", |metric| metric.label);
    let is_share = |one: &Comparison| one.evidence.metric.is_share();
    let [margin, unit] = if compared.comparisons.iter().all(is_share) {
        [
            format!("{} points of {of}", percent(compared.margin)),
            format!("differences in points of {of}; "),
        ]
    } else {
        [format!("{:.3} of {of}", compared.margin), String::new()]
    };
    format!(
        "{}: at a margin of {margin}, level 5 %; {holm}{unit}the rule: docs/statistics.md.",
        words.join(", ")
    )
}
