//! A spec as written: the shape that TOML is read into, before names, ranges and references are checked.
//!
//! The JSON Schema for editors is derived from these types, and the same schema finds unknown keys, wrong types and
//! values out of range, so what an editor says and what the program says cannot differ. The documentation of every key is
//! its field's comment here; `docs/spec.md` repeats it in prose, and a test compares the two.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choices::{CenterName, Ddof, F1Name, PrecisionName};
use super::published::{RawPublished, RawPublishedAt};
use fsl_common::settings::{LongTexts, Preprocess, Sampling};
use fsl_methods::MethodSettings;

/// An experiment of fsl-exp: rows of methods, each trained and scored in repeated seeded trials on the same data.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawSpec {
    /// The experiment's unique name: letters, digits, `_` and `-`. Other specs refer to its rows as `name/row`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"))]
    pub(super) name: String,
    /// A heading for the table. Default: the name.
    pub(super) title: Option<String>,
    /// Which texts are learnt from and scored on.
    pub(super) data: RawData,
    /// How many trials, and what differs between them.
    pub(super) trials: RawTrials,
    /// One table per row of the result.
    #[schemars(length(min = 1))]
    pub(super) row: Vec<RawRow>,
    /// How the table is shown. It changes no stored number.
    #[serde(default)]
    pub(super) table: RawTable,
}

/// Which texts are learnt from and scored on: a dataset of the catalogue, or files.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawData {
    /// A dataset of the catalogue (`fsl-exp fetch --list`). Excludes `train` and `test`.
    pub(super) dataset: Option<String>,
    /// A CSV file of labelled texts to learn from (also `.tsv`, `.csv.gz`, `.zip`). A relative path counts from the spec's folder.
    pub(super) train: Option<String>,
    /// A CSV file of labelled texts to score on.
    pub(super) test: Option<String>,
    /// A CSV file of texts without labels, or `train`: the training file, of which the labels are not read. Default: the dataset's.
    pub(super) transfer: Option<String>,
    /// How many of the transfer texts there are: the same ones in every trial. Default: all.
    #[schemars(range(min = 2, max = 100_000_000))]
    pub(super) transfer_size: Option<u32>,
    /// The column that is learnt from. Default: the dataset's, otherwise `text`.
    #[schemars(length(min = 1))]
    pub(super) text: Option<String>,
    /// The column that `preprocess` reads. Default: the dataset's, otherwise `text`.
    #[schemars(length(min = 1))]
    pub(super) raw_text: Option<String>,
    /// The column of labels, which may be any texts. Default: the dataset's, otherwise `label`.
    #[schemars(length(min = 1))]
    pub(super) label: Option<String>,
    /// The classes in order. Default: the distinct labels of the training file, numbers by size, otherwise by code points.
    pub(super) classes: Option<Vec<String>>,
    /// Of two classes the one that F1, precision and recall are of. Default: `1` of classes `0` and `1`; otherwise they are averages over the classes.
    #[schemars(length(min = 1))]
    pub(super) positive: Option<String>,
    /// The character between two fields. Default: a tab for `.tsv`, otherwise a comma.
    #[schemars(length(min = 1))]
    pub(super) delimiter: Option<String>,
    /// The text rules that make the `text` column from `raw-text`; `none` reads the `text` column as it is.
    #[serde(default)]
    pub(super) preprocess: Preprocess,
    /// Tokens per text that an encoder sees, the two special ones included; `long-texts` says what becomes of longer texts.
    #[serde(default = "default_max_tokens")]
    #[schemars(range(min = 3, max = 512))]
    pub(super) max_tokens: u32,
    /// What becomes of texts with more than `max-tokens` tokens: the first ones are read, or both ends, or (by frozen encoders) all in windows.
    #[serde(default)]
    pub(super) long_texts: LongTexts,
}

/// How many trials, and what differs between them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawTrials {
    /// The only seed; every random stream is derived from it.
    #[schemars(range(min = 0))]
    pub(super) seed: i64,
    /// Trials per row. Rows without randomness run once.
    #[serde(default = "default_count")]
    #[schemars(range(min = 1, max = 10_000))]
    pub(super) count: u32,
    /// The random streams that differ between trials; the others keep the seed of the first trial.
    #[serde(default = "default_vary")]
    pub(super) vary: Vec<RawStream>,
    /// Streams to cross, with the number of levels of each: every combination is a trial, so `count` follows, and only they vary unless `vary` is given.
    pub(super) cross: Option<RawCross>,
    /// Labelled texts to learn from, drawn by the `sample` stream. Default: all.
    #[schemars(range(min = 2, max = 10_000_000))]
    pub(super) train_size: Option<u32>,
    /// Labelled texts of each class to learn from, instead of `train-size`.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) shots: Option<u32>,
    /// How texts are drawn: as many of each class, each class by its share, or without regard to labels.
    #[serde(default)]
    pub(super) sampling: Sampling,
    /// libtorch threads per trial. It is part of a trial's identity: sums over threads round differently.
    #[serde(default = "default_threads")]
    #[schemars(range(min = 1, max = 256))]
    pub(super) threads: u32,
    /// The kind of number that encoders' matrix products are computed in. It is part of a trial's identity.
    #[serde(default)]
    pub(super) precision: PrecisionName,
}

/// How many levels each crossed stream has.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawCross {
    /// Different samples, each of which meets every level of the other streams. It needs `train-size` or `shots`, as in `vary`.
    #[schemars(range(min = 2, max = 1_000))]
    pub(super) sample: Option<u32>,
    /// Different first weights.
    #[schemars(range(min = 2, max = 1_000))]
    pub(super) init: Option<u32>,
    /// Different orders of the texts.
    #[schemars(range(min = 2, max = 1_000))]
    pub(super) order: Option<u32>,
    /// Different masks of dropout.
    #[schemars(range(min = 2, max = 1_000))]
    pub(super) dropout: Option<u32>,
}

/// A random stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RawStream {
    /// Which labelled texts are drawn, where `train-size` or `shots` is set.
    Sample,
    /// The weights that training starts from, and the draws of `random`.
    Init,
    /// The order in which training visits the texts.
    Order,
    /// Which units dropout silences.
    Dropout,
}

/// One method as declared: one line of the table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawRow {
    /// Unique in the experiment: letters, digits, `_` and `-`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"))]
    pub(super) id: String,
    /// The row's name in the table. Default: the id.
    pub(super) label: Option<String>,
    /// Trials of this row. Default: `trials.count`.
    #[schemars(range(min = 1, max = 10_000))]
    pub(super) trials: Option<u32>,
    /// Keep the weights of the row's trials, so that they can be used later: by a student that is added, by `fsl-exp infer`.
    #[serde(default)]
    pub(super) keep_weights: bool,
    /// Exactly one method.
    pub(super) method: MethodSettings,
    /// What a source printed for this row, in percent. `fsl-exp check-published` judges it against our results.
    pub(super) published: Option<RawPublished>,
    /// Where something is swept: what a source printed for other arms of the row.
    #[serde(default)]
    pub(super) published_at: Vec<RawPublishedAt>,
}

/// How the table is shown.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawTable {
    /// The number shown for a row of several trials.
    #[serde(default)]
    pub(super) center: CenterName,
    /// Degrees of freedom subtracted in the standard deviation: 1 = sample, 0 = population (the published table).
    #[serde(default = "default_ddof")]
    #[schemars(range(min = 0, max = 1))]
    pub(super) ddof: Ddof,
    /// What F1 is formed from in tables for people.
    #[serde(default)]
    pub(super) f1: F1Name,
    /// The metrics to show, the first being what rows are ranked and compared by. Default: F1, precision, recall and Matthews' correlation of the positive class; otherwise their averages over the classes, and accuracy.
    pub(super) metrics: Option<Vec<String>>,
}

fn default_max_tokens() -> u32 {
    64
}

fn default_count() -> u32 {
    1
}

fn default_vary() -> Vec<RawStream> {
    vec![RawStream::Init, RawStream::Order, RawStream::Dropout]
}

fn default_threads() -> u32 {
    1
}

fn default_ddof() -> Ddof {
    Ddof::default()
}
