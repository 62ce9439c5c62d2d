//! A checked experiment: everything later stages need, with nothing left to doubt.

use std::path::PathBuf;
use std::sync::Arc;

use super::choices::{CenterName, F1Name, PrecisionName};
use super::published::Published;
use super::sweep::Point;
use fsl_common::classes::Classes;
use fsl_common::seed::Stream;
use fsl_common::settings::{LongTexts, Preprocess, Sampling};
use fsl_data::{Format, SampleSize};
use fsl_methods::MethodSettings;
use fsl_metrics::Metric;

/// A checked spec. Only [`load`](super::load()) makes one.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// The spec's path as given.
    pub file: PathBuf,
    /// The experiment's unique name.
    pub name: String,
    /// The table's heading.
    pub title: String,
    /// The rows in the order of the file, at least one; of a row that is swept, each arm.
    pub rows: Vec<Row>,
    /// How many points its sweeps have; 0 without a sweep.
    pub points: usize,
    /// How the table is shown.
    pub table: TableStyle,
    /// Whether it was not asked for, but is here because others refer to its rows.
    pub support: bool,
    pub(super) _checked: Checked,
}

/// The mark of a value that went through the check; it cannot be made outside this module.
#[derive(Debug, Clone, Copy)]
pub struct Checked(pub(super) ());

/// What is learnt from and scored on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// Where the texts come from.
    pub source: DataSource,
    /// How many labelled texts there are to learn from, where the catalogue tells.
    pub train_texts: Option<u32>,
    /// How many texts a student can learn from, where the catalogue tells.
    pub transfer_texts: Option<u32>,
    /// Whether there is a transfer set.
    pub transfer: Option<TransferSource>,
    /// How many of the transfer texts are taken, the same ones in every trial; `None` = all.
    pub transfer_size: Option<u32>,
    /// The column that is learnt from.
    pub text: String,
    /// The column that [`preprocess`](Self::preprocess) reads.
    pub raw_text: String,
    /// The column of labels.
    pub label: String,
    /// The classes, where the spec or the catalogue names them; otherwise they are the labels of the training file.
    pub classes: Option<Classes>,
    /// The positive class of two, where the spec names it.
    pub positive: Option<String>,
    /// How the files are read.
    pub format: Format,
    /// The text rules.
    pub preprocess: Preprocess,
    /// Tokens per text at most, special ones included; 3 to 512.
    pub max_tokens: u32,
    /// What becomes of texts that have more.
    pub long_texts: LongTexts,
}

impl Data {
    /// The column to read: raw text if preprocessing rules apply, otherwise the text column.
    pub fn read_column(&self) -> &str {
        if self.preprocess == Preprocess::None {
            &self.text
        } else {
            &self.raw_text
        }
    }
}

/// Where the texts without labels come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferSource {
    /// A file of their own.
    Own,
    /// The training file, of which the labels are not read.
    Train,
}

/// Where the texts come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataSource {
    /// A dataset of the catalogue.
    Catalog(String),
    /// CSV files.
    Files {
        /// Labelled texts to learn from.
        train: PathBuf,
        /// Labelled texts to score on.
        test: PathBuf,
        /// Texts without labels.
        transfer: Option<PathBuf>,
    },
}

/// How often a row is tried, and what differs between its trials. Rows of one experiment may differ in it, where it is swept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trials {
    /// The seed that every stream is derived from.
    pub seed: u64,
    /// Trials of the row, if anything in it varies; at least 1.
    pub count: u32,
    /// The streams that differ between trials, crossed ones among them, in the order of [`Stream::ALL`].
    pub vary: Vec<Stream>,
    /// The crossed streams, in the order of [`Stream::ALL`]; then `count` is the product of their levels. Empty where none are.
    pub cross: Vec<Crossed>,
    /// Labelled texts to learn from; `None` = all.
    pub train_size: Option<SampleSize>,
    /// How they are drawn.
    pub sampling: Sampling,
    /// libtorch threads per trial.
    pub threads: u32,
    /// The kind of number that encoders are computed in.
    pub precision: PrecisionName,
}

/// A stream that is crossed with others: each of its levels meets each of theirs in a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crossed {
    /// The stream.
    pub stream: Stream,
    /// How many seeds it takes: those of the first so many trials of a spec that crosses nothing; 2 to 1000.
    pub levels: u32,
}

impl Crossed {
    /// How many combinations of levels there are: 1 of none. Designs that pass the check have few; others stop at the largest number.
    pub(super) fn combinations(cross: &[Self]) -> u32 {
        cross
            .iter()
            .fold(1, |product, crossed| product.saturating_mul(crossed.levels))
    }
}

/// One method as declared; where it is swept, at one point of the sweep: an *arm*.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Unique in the experiment: `fsl`, or of an arm `fsl[train-size=25]`.
    pub id: String,
    /// The name in the table; of an arm with its point.
    pub label: String,
    /// The id of the row as the spec has it: `fsl`.
    pub arm_of: String,
    /// The values of the swept keys that bear on it; empty where there are none.
    pub point: Point,
    /// What is learnt from and scored on.
    pub data: Arc<Data>,
    /// How often, and what differs.
    pub trials: Arc<Trials>,
    /// Whether the weights of its trials are kept.
    pub keep_weights: bool,
    /// What is trained and scored.
    pub method: MethodSettings,
    /// What a source printed for the row. It changes no trial.
    pub published: Option<Published>,
}

/// How the table is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct TableStyle {
    /// The number shown for several trials.
    pub center: CenterName,
    /// Degrees of freedom subtracted in the standard deviation: 0 or 1.
    pub ddof: u8,
    /// What F1 is formed from in tables for people.
    pub f1: F1Name,
    /// The metrics to show; empty = those that suit the classes.
    pub metrics: Vec<&'static Metric>,
}
