//! The report on sets that were drawn; `split.json` is this.

use serde::Serialize;

use super::Set;

/// The version of `split.json`'s layout.
pub const REPORT_VERSION: u32 = 1;

/// How sets were drawn and what is in them. Two runs with the same input and the same parameters have the same report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// The version of the layout.
    pub version: u32,
    /// The program and its version.
    pub program: String,
    /// The file that was split.
    pub input: InputFile,
    /// What was asked for.
    pub parameters: Parameters,
    /// What was found and what was left of it.
    pub counts: Counts,
    /// The sets: training, test, transfer.
    pub sets: Vec<SetReport>,
    /// Each two sets and what they have in common.
    pub overlaps: Vec<Overlap>,
}

/// The file that was split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct InputFile {
    /// Its name, without its folder.
    pub name: String,
    /// Its SHA-256, as packed.
    pub sha256: String,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Parameters {
    /// What separates the fields of the input; `auto` where it was told from the header.
    pub delimiter: String,
    /// The column of texts.
    pub text_column: String,
    /// The column of labels.
    pub label_column: String,
    /// The text rules: `none`, `reference` or `tidy`.
    pub rules: String,
    /// The least characters of a text after the rules.
    pub min_chars: usize,
    /// Whether a text that is there more than once may be drawn more than once.
    pub keep_duplicates: bool,
    /// Whether rows without a usable label or with a wrong number of fields are skipped.
    pub skip_bad_rows: bool,
    /// The seed of all draws.
    pub seed: u64,
    /// The size of the training set, if there is one.
    pub train: Option<String>,
    /// The size of the test set, if there is one.
    pub test: Option<String>,
    /// The size of the transfer set, if there is one.
    pub transfer: Option<String>,
    /// Whether the transfer set shows its labels.
    pub transfer_labels: bool,
}

/// What was found in the input, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    /// Rows of the input, the header not counted.
    pub rows: u64,
    /// Rows that were skipped.
    pub skipped: SkippedRows,
    /// Rows with a text and a label.
    pub labelled: Labels,
    /// Texts that differ, each with the label that it has first.
    pub distinct: Labels,
    /// Texts that have both labels.
    pub conflicts: Conflicts,
    /// What the sets were drawn from: long enough and, unless duplicates are kept, each text once.
    pub kept: Labels,
}

/// Rows that were skipped because they had to be and might.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SkippedRows {
    /// Rows whose label is neither 0 nor 1.
    pub labels: u64,
    /// Rows with a wrong number of fields or a text beyond all length.
    pub malformed: u64,
}

/// How many texts there are of each label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Labels {
    /// Of both.
    pub texts: u64,
    /// With label 0.
    pub label_0: u64,
    /// With label 1.
    pub label_1: u64,
}

impl Labels {
    /// Counts one more text.
    pub(super) fn add(&mut self, label: u8) {
        self.texts += 1;
        if label == 0 {
            self.label_0 += 1;
        } else {
            self.label_1 += 1;
        }
    }
}

/// Texts that have both labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Conflicts {
    /// How many there are.
    pub texts: u64,
    /// Rows whose label is not the one that the text has first.
    pub rows: u64,
}

/// A set that was drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SetReport {
    /// Which one.
    pub set: Set,
    /// The name of its file.
    pub file: String,
    /// The columns of its file.
    pub columns: Vec<String>,
    /// Its texts.
    pub labels: Labels,
    /// The SHA-256 of its file.
    pub sha256: String,
}

/// What two sets have in common, as found by comparing the texts of their files.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Overlap {
    /// The two sets.
    pub sets: [Set; 2],
    /// Texts that are in both. None, by construction.
    pub exact_duplicates: u64,
    /// Texts of one that are almost one of the other.
    pub near_duplicates: NearDuplicates,
}

/// Texts of one set that are almost one of the other: the Jaccard similarity of their word pairs is at least the threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NearDuplicates {
    /// The least similarity.
    pub threshold: f64,
    /// Pairs of texts.
    pub pairs: u64,
    /// Texts of the first and of the second set that are in such a pair.
    pub texts: [u64; 2],
    /// The most similar pairs.
    pub examples: Vec<Example>,
}

/// Two texts that are almost the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Example {
    /// The similarity, up to 1.
    pub similarity: f64,
    /// The rows of the two files, from 1, the header not counted.
    pub rows: [usize; 2],
    /// The two texts.
    pub texts: [String; 2],
}
