//! What a worker is told.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::TrialError;
use super::inputs::TrialInputs;
use super::key::TrialKey;

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
}

/// Where the contents that the inputs name lie on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TrialFiles {
    /// The training file.
    pub train: PathBuf,
    /// The test file.
    pub test: PathBuf,
    /// The encoder's files, for methods that need one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<crate::nn::EncoderSource>,
}

impl TrialFiles {
    /// Whether a worker can be told every path.
    ///
    /// # Errors
    /// [`TrialError::PathNotText`].
    pub fn check_paths(&self) -> Result<(), TrialError> {
        let encoder = self.encoder.iter();
        let paths = encoder.flat_map(|source| [&source.config, &source.vocab, &source.weights]);
        let mut all = [&self.train, &self.test].into_iter().chain(paths);
        all.find(|path| path.to_str().is_none())
            .map_or(Ok(()), |path| {
                Err(TrialError::PathNotText { path: path.clone() })
            })
    }
}
