//! What a finished trial leaves behind.

use serde::{Deserialize, Serialize};

use super::host::Host;
use super::inputs::TrialInputs;
use super::key::TrialKey;
use crate::method::{Fit, TransferInputs};
use crate::metric::Metrics;

/// The version of records that this program writes and reads. It is part of every trial's key, so raising it makes every
/// trial run again: do so when the same inputs would give other numbers, or a record's fields change their meaning. (Not raised when
/// dropout's masks on Intel's processors became those of all others: the records of every other machine would have been lost for it.)
pub const RECORD_VERSION: u32 = 1;

/// What a finished trial leaves besides its predictions: what it was, how it scored, and everything needed to repeat it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Record {
    /// [`RECORD_VERSION`] of the program that wrote it.
    pub version: u32,
    /// The hash of [`inputs`](Self::inputs).
    pub key: TrialKey,
    /// Everything that determined the result.
    pub inputs: TrialInputs,
    /// The scores on the test texts, at the threshold 0.5.
    pub metrics: Metrics,
    /// The SHA-256 of the predictions' file, which is checked whenever they are read.
    pub predictions_sha256: String,
    /// How the fit went, for methods that take steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<Fit>,
    /// What the texts were.
    pub data: DatasetStats,
    /// How long each part took.
    pub timings: Timings,
    /// The most memory that the process held at once, where the system tells.
    pub peak_memory_bytes: Option<u64>,
    /// Where and with what it ran.
    pub host: Host,
}

/// What the texts were, for captions and audits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DatasetStats {
    /// Labelled texts learnt from.
    pub train_texts: u64,
    /// Those of label 1.
    pub train_positives: u64,
    /// The rows of the training file (from 0) that were learnt from, as a SHA-256 over their decimal numbers joined by `,`.
    pub train_rows_sha256: String,
    /// Transfer texts that a student learnt from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_texts: Option<u64>,
    /// Texts scored.
    pub test_texts: u64,
    /// Those of label 1.
    pub test_positives: u64,
}

/// How long each part took, in seconds of wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Timings {
    /// When the trial began, in seconds since 1970-01-01 UTC.
    pub started_unix_secs: u64,
    /// Reading, preprocessing and drawing texts.
    pub data_secs: f64,
    /// Loading weights and fitting.
    pub fit_secs: f64,
    /// Giving every test text its probability.
    pub predict_secs: f64,
    /// The whole trial.
    pub total_secs: f64,
}

/// What a trial's model says of the texts of a transfer set; a file of probabilities lies beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TransferRecord {
    /// The texts.
    pub inputs: TransferInputs,
    /// How many there are.
    pub texts: u64,
    /// The SHA-256 of the file of probabilities.
    pub sha256: String,
}

/// One test text's outcome.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The text's row in the test file, from 0.
    pub index: u64,
    /// Its true label, 0 or 1.
    pub label: u8,
    /// P(label = 1) as the trial has it, in [0, 1].
    pub probability: f64,
}
