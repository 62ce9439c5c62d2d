//! One page of HTML with everything about some experiments: tables, verdicts, plots, trials, texts, and where it ran.
//!
//! The page is a single file that asks for nothing: style, script and data are in it, and its content security policy allows
//! that style and that script only, by their hashes. Whatever comes from a spec, a CSV file or a log is hostile: it reaches the
//! page as escaped text or as data that the script sets as text.

mod class_texts;
mod classes;
mod data;
mod details;
mod page;
mod sections;
mod time;
mod trials;

use super::plot::Plot;
use super::{ExperimentTable, Style};
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use fsl_metrics::RecordMetrics;

pub use page::render_page;

/// How [`Page::program`] begins, by which a page of ours is known.
pub const GENERATOR: &str = concat!("fsl-exp", " ");

/// What one page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The page's title.
    pub title: String,
    /// The program that made it, with its version.
    pub program: String,
    /// One section per experiment.
    pub sections: Vec<Section>,
    /// Where trials ran.
    pub places: Vec<HostUsage>,
}

/// One experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its table.
    pub table: ExperimentTable,
    /// How the table is shown.
    pub style: Style,
    /// How rows compare, each in a word and its evidence.
    pub verdicts: Vec<VerdictLine>,
    /// Its plots.
    pub figures: Vec<Figure>,
    /// Finished or failed trials with their records, row by row: every one, or examples where there are `further` ones.
    pub trials: Vec<TrialDetail>,
    /// Where there are too many to show each record: every finished or failed trial, row by row.
    pub further: Vec<RowTrials>,
    /// The test texts with what the rows say of them, where they are here.
    pub texts: Option<TextSet>,
}

/// How one row compares with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictLine {
    /// The row in question.
    pub row: String,
    /// What it is held against.
    pub against: String,
    /// `better`, `worse`, `equivalent` or `undecided`.
    pub word: String,
    /// What it rests on, in sentences, the most important first.
    pub evidence: Vec<String>,
}

/// A plot with its caption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What kind of plot it is, as a part of a file's name.
    pub name: String,
    /// The picture.
    pub plot: Plot,
    /// How to read it.
    pub caption: String,
}

/// One trial.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialDetail {
    /// Its row's name.
    pub row: String,
    /// Its number, from 1.
    pub number: u64,
    /// The address of its result.
    pub key: String,
    /// What its record stores; `None` where it failed.
    pub metrics: Option<RecordMetrics>,
    /// How long it took, in seconds.
    pub secs: Option<f64>,
    /// When it began, in seconds since 1970.
    pub started: Option<u64>,
    /// The machine's name.
    pub host: String,
    /// What is odd about it, such as that it predicts one class only.
    pub remarks: Vec<String>,
    /// Its record, or why it failed, for people.
    pub record: String,
    /// The end of its log.
    pub log: String,
}

/// The trials of a row, without their records.
#[derive(Debug, Clone, PartialEq)]
pub struct RowTrials {
    /// The row's name.
    pub row: String,
    /// Its trials, in order.
    pub trials: Vec<TrialLine>,
}

/// A trial, without its record.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialLine {
    /// Its number, from 1.
    pub number: u64,
    /// The address of its result.
    pub key: String,
    /// What its record stores; `None` where it failed.
    pub metrics: Option<RecordMetrics>,
    /// How long it took, in seconds.
    pub secs: Option<f64>,
    /// What is odd about it; empty where nothing is.
    pub remarks: String,
}

/// Test texts, and what each row says of them.
#[derive(Debug, Clone, PartialEq)]
pub struct TextSet {
    /// The texts, in the order of the test file.
    pub texts: Vec<String>,
    /// Their labels.
    pub labels: Vec<Label>,
    /// What they are sorted into.
    pub classes: Classes,
    /// The rows that were scored on them.
    pub rows: Vec<TextRow>,
}

/// What a row says of the test texts.
#[derive(Debug, Clone, PartialEq)]
pub struct TextRow {
    /// Its place in the table.
    pub place: usize,
    /// Its name.
    pub label: String,
    /// The probabilities of every text: the mean over its trials.
    pub probabilities: Probabilities,
    /// The predicted labels of each trial; of an ensemble those of the mean.
    pub predicted: Vec<Vec<Label>>,
}

/// A kind of machine that trials ran on.
#[derive(Debug, Clone, PartialEq)]
pub struct HostUsage {
    /// The machine's name.
    pub host: String,
    /// Operating system, processor, device, libtorch and program, in words.
    pub kind: String,
    /// Trials that ran there.
    pub trials: usize,
    /// Their time, in seconds.
    pub secs: f64,
    /// When the first one began and the last one ended, in seconds since 1970.
    pub span: (u64, u64),
}

#[cfg(test)]
mod tests;
