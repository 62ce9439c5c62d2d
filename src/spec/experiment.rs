//! A checked experiment: everything later stages need, with nothing left to doubt.

use std::path::PathBuf;
use std::sync::Arc;

use super::choices::{CenterName, F1Name, PrecisionName, Recipe, StopWordList};
use super::published::Published;
use super::sweep::Point;
use crate::seed::Stream;
use crate::settings::{LossName, Optimizer, Pooling, Preprocess, Schedule};

/// A checked spec. Only [`load`](super::load) makes one.
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
    pub transfer: bool,
    /// The column that is learnt from.
    pub text: String,
    /// The column that [`preprocess`](Self::preprocess) reads.
    pub raw_text: String,
    /// The column of labels.
    pub label: String,
    /// The text rules.
    pub preprocess: Preprocess,
    /// Tokens per text at most, special ones included; 3 to 512.
    pub max_tokens: u32,
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
    pub train_size: Option<u32>,
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
    pub method: Method,
    /// What a source printed for the row. It changes no trial.
    pub published: Option<Published>,
}

/// A row of an experiment, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowRef {
    /// The experiment's name.
    pub experiment: String,
    /// The row's id.
    pub row: String,
}

/// What a row trains and scores.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// Fair coins.
    Random {
        /// Draws per text.
        draws: u32,
    },
    /// The most frequent class.
    Majority,
    /// Bag of words and logistic regression.
    Bow(Bow),
    /// A frozen encoder and logistic regression.
    Probe(Probe),
    /// An encoder and a head, trained together.
    Finetune(Box<Finetune>),
    /// The mean of a row's trials.
    Ensemble(Ensemble),
    /// A student of another row.
    Distill(Box<Distill>),
}

/// The mean of several trials' probabilities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ensemble {
    /// The row whose trials are the members.
    pub of: RowRef,
    /// How many of them, from the first; `None` = all.
    pub size: Option<u32>,
}

/// A student: trained on another row's probabilities for the transfer set.
#[derive(Debug, Clone, PartialEq)]
pub struct Distill {
    /// The row that teaches: an ensemble, a row of one trial, or one of as many as the student has.
    pub teacher: RowRef,
    /// The loss.
    pub loss: LossName,
    /// The weight of the teacher's decision against its probability; `None` = the loss's own.
    pub alpha: Option<f64>,
    /// The temperature; `None` = the loss's own.
    pub temperature: Option<f64>,
    /// Whether the labelled texts are learnt from as well.
    pub labelled: bool,
    /// Transfer texts to learn from; `None` = all.
    pub transfer_size: Option<u32>,
    /// The student and its training.
    pub training: Finetune,
}

/// Bag of words and logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Bow {
    /// Words per n-gram at most.
    pub ngram_max: u32,
    /// Training texts that must contain an n-gram.
    pub min_df: u32,
    /// Words left out.
    pub stop_words: StopWordList,
    /// Inverse strength of the L2 penalty.
    pub c: f64,
    /// Weigh classes by inverse frequency.
    pub balanced: bool,
}

/// A frozen encoder and logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// The encoder as the spec names it; a folder's path counts from the working directory.
    pub encoder: String,
    /// How a text's vectors become one.
    pub pooling: Pooling,
    /// Inverse strength of the L2 penalty.
    pub c: f64,
    /// Weigh classes by inverse frequency.
    pub balanced: bool,
}

/// An encoder and a head, trained together: a recipe and what the spec overrides of it.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "each field is documented once, at its key in raw.rs and docs/spec.md"
)]
pub struct Finetune {
    pub encoder: String,
    pub recipe: Recipe,
    pub epochs: Option<u32>,
    pub min_steps: Option<u32>,
    pub batch_size: Option<u32>,
    pub drop_last: Option<bool>,
    pub optimizer: Option<Optimizer>,
    pub learning_rate: Option<f64>,
    pub schedule: Option<Schedule>,
    pub warmup: Option<f64>,
    pub weight_decay: Option<f64>,
    pub adam_epsilon: Option<f64>,
    pub clip_norm: Option<f64>,
    pub pooling: Option<Pooling>,
    pub hidden_units: Option<u32>,
    pub dropout: Option<f64>,
    pub encoder_dropout: Option<f64>,
    pub reinit_top: Option<u32>,
}

/// How the table is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableStyle {
    /// The number shown for several trials.
    pub center: CenterName,
    /// Degrees of freedom subtracted in the standard deviation: 0 or 1.
    pub ddof: u8,
    /// What F1 is formed from in tables for people.
    pub f1: F1Name,
}

impl std::fmt::Display for RowRef {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.experiment, self.row)
    }
}
