//! What a worker is told.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::TrialError;
use super::inputs::TrialInputs;
use super::key::TrialKey;
use crate::method::TransferInputs;

/// One trial to run: its inputs, and where this machine keeps what they name by content. A worker reads it as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TrialRequest {
    /// For people: `experiment/row trial 3`.
    pub name: String,
    /// The key of the inputs.
    pub key: TrialKey,
    /// Everything that determines the result.
    pub inputs: TrialInputs,
    /// Where the named contents lie.
    pub files: TrialFiles,
    /// What is wanted besides the record.
    #[serde(default)]
    pub also: Also,
}

/// Where the contents that the inputs name lie on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TrialFiles {
    /// The training file.
    pub train: PathBuf,
    /// The test file.
    pub test: PathBuf,
    /// The texts that a student learns from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<PathBuf>,
    /// The encoder's files, for methods that need one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<crate::nn::EncoderSource>,
}

impl TrialRequest {
    /// The device that encoders are computed on.
    pub fn device(&self) -> &str {
        self.also.device.as_deref().unwrap_or("cpu")
    }
}

impl TrialFiles {
    /// Whether a worker can be told every path.
    ///
    /// # Errors
    /// [`TrialError::PathNotText`].
    pub fn check_paths(&self) -> Result<(), TrialError> {
        let encoder = self.encoder.iter();
        let paths = encoder.flat_map(|source| [&source.config, &source.vocab, &source.weights]);
        let data = [&self.train, &self.test].into_iter().chain(&self.transfer);
        let mut all = data.chain(paths);
        all.find(|path| path.to_str().is_none())
            .map_or(Ok(()), |path| {
                Err(TrialError::PathNotText { path: path.clone() })
            })
    }
}

/// What is wanted of a trial besides its record, and what it builds on. None of it changes what the record's inputs say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Also {
    /// Texts that students will learn from: their probabilities are kept beside the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<TransferFile>,
    /// Whether the fitted model is kept.
    #[serde(default)]
    pub keep_weights: bool,
    /// The model that an earlier run kept: the record is there already, and only probabilities are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fitted: Option<PathBuf>,
    /// The device that encoders are computed on, of the family that the inputs name; `cpu` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// For a student: what each of its teacher's trials says of the transfer set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teacher: Vec<TeacherFile>,
}

/// A file of texts without labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TransferFile {
    /// What it holds.
    pub inputs: TransferInputs,
    /// Where it lies.
    pub path: PathBuf,
}

/// What one trial says of a transfer set: a CSV file, `index,probability`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TeacherFile {
    /// The trial.
    pub key: TrialKey,
    /// Where the file lies.
    pub path: PathBuf,
    /// The SHA-256 of its bytes.
    pub sha256: String,
}
