//! The report on sets that were drawn; `split.json` is this.

use fsl_common::classes::{Classes, Label};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::Set;

/// The version of `split.json`'s layout where the classes are `0` and `1`.
const TWO_CLASSES: u32 = 1;

/// The version of its layout for all other classes.
const ANY_CLASSES: u32 = 2;

/// The version of `split.json`'s layout for these classes.
pub(super) fn version(classes: &Classes) -> u32 {
    if classes.are_zero_one() {
        TWO_CLASSES
    } else {
        ANY_CLASSES
    }
}

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
    /// The classes in order, where they were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
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
    /// Texts that have several labels.
    pub conflicts: Conflicts,
    /// What the sets were drawn from: long enough and, unless duplicates are kept, each text once.
    pub kept: Labels,
}

impl Counts {
    /// Before any text is counted.
    pub(super) fn new(rows: u64, skipped: SkippedRows, classes: &Classes) -> Self {
        Self {
            rows,
            skipped,
            labelled: Labels::new(classes),
            distinct: Labels::new(classes),
            conflicts: Conflicts { texts: 0, rows: 0 },
            kept: Labels::new(classes),
        }
    }
}

/// Rows that were skipped because they had to be and might.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SkippedRows {
    /// Rows whose label is empty or none of the classes.
    pub labels: u64,
    /// Rows with a wrong number of fields or a text beyond all length.
    pub malformed: u64,
}

/// How many texts there are of each class.
///
/// As JSON, an object with the number of `texts` and, of the classes `0` and `1`, `label-0` and `label-1`; of other classes, with
/// an object `classes` from their names to numbers of texts, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    classes: Classes,
    /// Texts by class.
    counts: Vec<u64>,
}

impl Labels {
    /// No texts of these classes.
    pub(super) fn new(classes: &Classes) -> Self {
        Self {
            classes: classes.clone(),
            counts: vec![0; classes.count()],
        }
    }

    /// Counts one more text.
    pub(super) fn add(&mut self, label: Label) {
        self.counts[usize::from(label)] += 1;
    }

    /// The classes.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// How many texts there are.
    pub fn texts(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How many texts there are of each class, in the order of the classes.
    pub fn by_class(&self) -> &[u64] {
        &self.counts
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("texts", &self.texts())?;
        if self.classes.are_zero_one() {
            map.serialize_entry("label-0", &self.counts[0])?;
            map.serialize_entry("label-1", &self.counts[1])?;
        } else {
            map.serialize_entry("classes", &ByName(self))?;
        }
        map.end()
    }
}

/// Numbers of texts by the names of classes.
struct ByName<'a>(&'a Labels);

impl Serialize for ByName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.classes.names().iter().zip(&self.0.counts))
    }
}

/// Texts that have several labels.
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
