//! What a worker is told.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::TrialError;
use super::inputs::TrialInputs;
use super::key::TrialKey;
use crate::fsio::{self, Seen};
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
    #[serde(default, rename = "also")]
    pub extras: TrialExtras,
    /// What the run found in some of the files, which need not be read again for their checksum while they bear the same
    /// stamp.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Seen>,
}

impl TrialRequest {
    /// The SHA-256 of what one of the files holds now.
    pub(super) fn sha256(&self, path: &Path) -> io::Result<String> {
        let known = self.seen.iter().find(|seen| seen.path == path);
        match known.and_then(Seen::still) {
            Some(sha256) => Ok(sha256.to_owned()),
            None => fsio::sha256_file(path),
        }
    }
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
    pub encoder: Option<crate::settings::EncoderSource>,
}

impl TrialRequest {
    /// The device that encoders are computed on: the one that was given to the trial, otherwise the first of the family that
    /// the inputs name.
    pub fn device(&self) -> &str {
        let family = self.inputs.method.encoder().map(|encoder| encoder.device);
        let first = family.unwrap_or_default().as_str();
        self.extras.device.as_deref().unwrap_or(first)
    }
}

impl TrialFiles {
    /// Whether a worker can be told every path.
    ///
    /// # Errors
    /// [`TrialError::PathNotText`].
    pub fn check_paths(&self) -> Result<(), TrialError> {
        let encoder = self.encoder.iter();
        let paths = encoder.flat_map(crate::settings::EncoderSource::paths);
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
pub struct TrialExtras {
    /// Texts that students will learn from: their probabilities are kept beside the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<TransferFile>,
    /// Whether the fitted model is kept.
    #[serde(default)]
    pub keep_weights: bool,
    /// The model that an earlier run kept: the record is there already, and only probabilities are wanted.
    #[serde(rename = "fitted", default, skip_serializing_if = "Option::is_none")]
    pub saved_model: Option<PathBuf>,
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::fsio::Stamp;
    use crate::method::MethodInputs;
    use crate::settings::Preprocess;
    use crate::trial::DataInputs;

    fn request(seen: Vec<Seen>) -> TrialRequest {
        let data = DataInputs {
            train: String::new(),
            test: String::new(),
            text: String::new(),
            label: String::new(),
            preprocess: Preprocess::None,
            train_size: None,
        };
        let inputs = TrialInputs::new(data, MethodInputs::Majority {}, BTreeMap::new());
        TrialRequest {
            name: String::new(),
            key: inputs.key(),
            inputs,
            files: TrialFiles {
                train: PathBuf::new(),
                test: PathBuf::new(),
                transfer: None,
                encoder: None,
            },
            extras: TrialExtras::default(),
            seen,
        }
    }

    #[test]
    fn a_file_is_read_for_its_checksum_unless_it_bears_the_stamp_of_the_plan() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        fsio::write_atomic(&path, b"one").unwrap();
        fsio::write_atomic(&other, b"one").unwrap();
        // What no file holds shows which of them is not read.
        let seen = Seen {
            path: path.clone(),
            stamp: Stamp::of(&path).unwrap(),
            sha256: "as planned".to_owned(),
        };
        let request = request(vec![seen]);
        assert_eq!(request.sha256(&path).unwrap(), "as planned");
        assert_eq!(request.sha256(&other).unwrap(), fsio::sha256_hex(b"one"));
        fsio::write_atomic(&path, b"two").unwrap();
        assert_eq!(request.sha256(&path).unwrap(), fsio::sha256_hex(b"two"));
    }
}
