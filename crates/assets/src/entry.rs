//! Entries of the catalogue: one asset, its files and its sources.

use std::collections::BTreeMap;

use fsl_common::settings::HubSource;
use serde::Deserialize;

/// What the catalogue says about an encoder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EncoderEntry {
    /// What it is, in a sentence.
    pub about: String,
    /// The SPDX name of its licence.
    pub licence: String,
    /// The work to cite.
    pub citation: String,
    /// The size of its files together in 10⁶ bytes, rounded up.
    pub megabytes: u32,
    /// Whether its tokenizer lowers the case.
    pub lowercase: bool,
    /// What becomes of its modules.json; absent where it has none.
    pub modules: Option<Modules>,
    /// The SHA-256 of each file, by name; empty where none is known, and then the hub's own checksums are relied on.
    #[serde(default)]
    pub sha256: BTreeMap<String, String>,
    /// Where it comes from, in the order in which it is tried.
    pub sources: Vec<Source>,
}

/// What becomes of a modules.json, by which sentence-transformers makes texts' vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Modules {
    /// It is fetched and followed.
    Followed,
    /// It is not followed, wherever the encoder's files lie: results were published without it.
    Ignored,
}

impl EncoderEntry {
    /// Whether the modules.json is fetched and followed.
    pub(super) fn follows_modules(&self) -> bool {
        self.modules == Some(Modules::Followed)
    }
}

/// What the catalogue says about a dataset.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DatasetEntry {
    /// What it is, in a sentence.
    pub about: String,
    /// The SPDX name of its licence, or in words what is known of it.
    pub licence: String,
    /// The work to cite.
    pub citation: String,
    /// How the files were made, with what was left out.
    pub notes: String,
    /// The size of its files together in 10⁶ bytes, rounded up.
    pub megabytes: u32,
    /// The column that holds the texts.
    pub text: String,
    /// The column that holds the labels.
    pub label: String,
    /// The classes in order.
    #[serde(default = "zero_one")]
    pub classes: Vec<String>,
    /// The labelled texts to learn from.
    pub train: FileEntry,
    /// The labelled texts to score on.
    pub test: FileEntry,
    /// The texts without labels that a student learns from.
    pub transfer: Option<FileEntry>,
    /// How the files are made from a package that holds the corpus; absent where they are published as they are.
    pub build: Option<Build>,
    /// Where it comes from, in the order in which it is tried.
    pub sources: Vec<Source>,
}

/// The classes of an entry that names none.
fn zero_one() -> Vec<String> {
    vec!["0".to_owned(), "1".to_owned()]
}

/// One file of a dataset. The checksum is `sha256`, or `git-blob` where only git's own is published.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FileEntry {
    /// Its name.
    pub file: String,
    /// The number of texts in it.
    pub texts: u32,
    /// How many of them have label 1; absent where there are no labels.
    pub positives: Option<u32>,
    /// The SHA-256 of its bytes.
    pub sha256: Option<String>,
    /// The SHA-1 that git gives its bytes as a blob.
    pub git_blob: Option<String>,
}

/// How a dataset is made from a human-rated corpus: the rule is at the head of `vader.rs`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Build {
    /// The path of the ratings: a member of the package, or one archive inside another and then its member.
    pub member: Vec<String>,
    /// The seed of the one shuffle that cuts the sets.
    pub seed: u64,
    /// Training texts per class.
    pub train_per_class: usize,
    /// Test texts. The rest is the transfer set.
    pub test: usize,
}

/// A place that an asset is fetched from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Source {
    /// A repository of the Hugging Face hub.
    Hub(HubSource),
    /// A package, through the user's own pip.
    Pip(PipSource),
    /// Files below an address.
    Url(UrlSource),
    /// Another dataset of the catalogue, whose test set is cut in two.
    Cut(DerivedSplit),
    /// Files of another form below an address, rewritten as CSV files.
    Convert(ConvertSource),
}

/// Another dataset of the catalogue, whose test set is cut into test and transfer set: the rule is at the head of `derived_split.rs`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DerivedSplit {
    /// Its name.
    pub of: String,
    /// The seed of the shuffles that cut.
    pub seed: u64,
    /// Test texts. The rest is the transfer set.
    pub test: usize,
}

/// A package that pip downloads.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PipSource {
    /// Its name.
    pub package: String,
    /// Its exact version.
    pub version: String,
    /// The file name of the wheel (`.whl`) or source archive (`.tar.gz`).
    pub archive: String,
    /// The SHA-256 of that file.
    pub sha256: String,
    /// The size of that file in bytes.
    pub bytes: u64,
    /// The folder inside it that holds the asset's files; absent where the files are built.
    pub folder: Option<String>,
}

/// Files below an address.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UrlSource {
    /// The address, ending in `/`, that file names are appended to.
    pub base: String,
}

/// Files of labelled texts below an address, in the form in which they were published: the rule by which they are rewritten is at the
/// head of `convert.rs`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConvertSource {
    /// The address, ending in `/`, that file names are appended to.
    pub base: String,
    /// The file of the training texts, or of all texts.
    pub train: RemoteFile,
    /// The file of the test texts.
    pub test: Option<RemoteFile>,
    /// How the test texts are cut from `train`, where they have no file.
    pub cut: Option<ShuffledCut>,
    /// How a line holds its fields.
    pub layout: Layout,
    /// Whether the first line names the columns.
    #[serde(default)]
    pub header: bool,
    /// Whether each byte is a character (Latin-1), in place of UTF-8.
    #[serde(default)]
    pub latin_1: bool,
    /// The columns of the text, from 0, which are joined by a space.
    pub text: Vec<usize>,
    /// The column of the label, from 0.
    pub label: usize,
    /// The names of labels that are numbers; other labels stay as they are.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Characters of texts that become spaces.
    #[serde(default)]
    pub blank: String,
}

/// A file below an address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RemoteFile {
    /// Its name.
    pub file: String,
    /// The SHA-1 that git gives its bytes as a blob.
    pub git_blob: String,
}

/// A cut after the shuffle of Python's `random.Random(seed).shuffle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShuffledCut {
    /// The seed of the shuffle.
    pub seed: u32,
    /// Test texts: the first ones. The rest are training texts.
    pub test: usize,
}

/// How a line holds its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Commas between fields, quotes around them where needed.
    Csv,
    /// Tabs between fields, quotes around them where needed.
    Tsv,
    /// Text, semicolon, label; no quotes.
    LabelLast,
    /// Label, space, text; no quotes.
    LabelFirst,
}

impl DatasetEntry {
    /// The dataset that this one is cut from, if it is.
    pub fn cut(&self) -> Option<&DerivedSplit> {
        self.sources.iter().find_map(|source| match source {
            Source::Cut(cut) => Some(cut),
            Source::Hub(_) | Source::Pip(_) | Source::Url(_) | Source::Convert(_) => None,
        })
    }

    /// Its files: train, test, and transfer where there is one.
    pub fn files(&self) -> impl Iterator<Item = &FileEntry> {
        [&self.train, &self.test].into_iter().chain(&self.transfer)
    }
}
