//! The inputs that determine a trial's result, and the key derived from them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use fsl_common::classes::Classes;
use fsl_common::seed::Stream;
use fsl_common::settings::{Preprocess, Sampling};
use fsl_data::Format;
use fsl_methods::MethodInputs;

/// The version of records that this program writes and reads. It is part of every trial's key, so raising it makes every
/// trial run again: do so when the same inputs would give other numbers, or a record's fields change their meaning. (Not raised when
/// dropout's masks on Intel's processors became those of all others: the records of every other machine would have been lost for it.)
pub const RECORD_VERSION: u32 = 1;

/// Everything that can change a trial's result, and nothing else: no names, paths or host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TrialInputs {
    /// The record version; raised when the same inputs would give different numbers.
    pub version: u32,
    /// Training and test data.
    pub data: DataInputs,
    /// The method with every value spelled out.
    pub method: MethodInputs,
    /// The seed of each random stream that the trial draws from.
    pub seeds: BTreeMap<Stream, u64>,
}

/// Training and test data, identified by their contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DataInputs {
    /// The SHA-256 of the training file's bytes.
    pub train: String,
    /// The SHA-256 of the test file's bytes.
    pub test: String,
    /// The column to read: text, or raw text if text rules apply.
    pub text: String,
    /// The column of labels.
    pub label: String,
    /// The classes, where they are not `0` and `1`.
    #[serde(default, skip_serializing_if = "Classes::are_zero_one")]
    pub classes: Classes,
    /// The character between two fields, where the spec names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// The text rules.
    pub preprocess: Preprocess,
    /// The number of training texts sampled by the `sample` stream; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_size: Option<u32>,
    /// How they are sampled, where it is not balanced.
    #[serde(default, skip_serializing_if = "Sampling::is_balanced")]
    pub sampling: Sampling,
}

impl DataInputs {
    /// How the files are read.
    pub fn format(&self) -> Format {
        Format::of(self.delimiter)
    }

    /// All of it as one text: equal inputs have equal ones.
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| format!("{self:?}"))
    }
}

impl TrialInputs {
    /// Inputs under this program's record version.
    pub fn new(data: DataInputs, method: MethodInputs, seeds: BTreeMap<Stream, u64>) -> Self {
        Self {
            version: RECORD_VERSION,
            data,
            method,
            seeds,
        }
    }

    /// Whether other trials of its row may give other numbers: it draws from a random stream, or is one of several that another
    /// program made.
    pub fn is_random(&self) -> bool {
        !self.seeds.is_empty() || self.method.requirements().is_numbered()
    }

    /// The key of the result: a hash of the inputs as JSON, fields in the order above.
    pub fn key(&self) -> TrialKey {
        // Maps are ordered, floats have one shortest form: equal inputs have equal text. Serializing plain data to
        // memory cannot fail; should it ever, the debug form still tells inputs apart.
        let canonical =
            serde_json::to_vec(self).unwrap_or_else(|_| format!("{self:?}").into_bytes());
        TrialKey::hash(&canonical)
    }
}

/// The first 128 bits of a SHA-256 over a trial's inputs, as 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TrialKey(String);

impl TryFrom<String> for TrialKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a key has 32 lower-case hexadecimal digits")
    }
}

impl From<TrialKey> for String {
    fn from(key: TrialKey) -> Self {
        key.0
    }
}

impl TrialKey {
    /// The key of inputs serialized as `canonical`.
    fn hash(canonical: &[u8]) -> Self {
        let mut digits = fsl_common::fsio::sha256_hex(canonical);
        digits.truncate(32);
        Self(digits)
    }

    /// Parses a key, such as a folder name; `None` unless it is 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() == 32
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        plain.then(|| Self(text.to_owned()))
    }

    /// All 32 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 10 digits, for people.
    pub fn short(&self) -> &str {
        &self.0[..10]
    }
}

impl fmt::Display for TrialKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
