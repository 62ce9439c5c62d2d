//! Everything that can change a trial's result.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::key::TrialKey;
use super::record::RECORD_VERSION;
use crate::method::MethodInputs;
use crate::seed::Stream;
use crate::settings::Preprocess;

/// Everything that can change a trial's result, and nothing else: no name, no path, no host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TrialInputs {
    /// The version of what a record means; raised when the same inputs would give other numbers.
    pub version: u32,
    /// What is learnt from and scored on.
    pub data: DataInputs,
    /// The method with every value spelled out.
    pub method: MethodInputs,
    /// The seed of each random stream that the trial draws from.
    pub seeds: BTreeMap<Stream, u64>,
}

/// What is learnt from and scored on, by its contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DataInputs {
    /// The SHA-256 of the training file's bytes.
    pub train: String,
    /// The SHA-256 of the test file's bytes.
    pub test: String,
    /// The column that is read: the learnt one, or the one that the text rules read.
    pub text: String,
    /// The column of labels.
    pub label: String,
    /// The text rules.
    pub preprocess: Preprocess,
    /// Training texts drawn by the `sample` stream; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_size: Option<u32>,
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

    /// The address of the result: a hash of the inputs as JSON, in the fixed order of the fields above.
    pub fn key(&self) -> TrialKey {
        // Maps are ordered, floats have one shortest form: equal inputs have equal text. Serializing plain data to
        // memory cannot fail; should it ever, the debug form still tells inputs apart.
        let canonical =
            serde_json::to_vec(self).unwrap_or_else(|_| format!("{self:?}").into_bytes());
        TrialKey::of(&canonical)
    }
}
