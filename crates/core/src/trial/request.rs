//! The request that a worker executes.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::TrialError;
use super::inputs::{TrialInputs, TrialKey};
use fsl_common::fsio::{self, CachedChecksum};
use fsl_common::sentence::DenseSource;
use fsl_methods::TransferInputs;

/// One trial to run: its inputs and their files on this machine. Workers read it as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TrialRequest {
    /// A readable name: `experiment/row trial 3`.
    pub name: String,
    /// The key of the inputs.
    pub key: TrialKey,
    /// Everything that determines the result.
    pub inputs: TrialInputs,
    /// The input files.
    pub files: TrialFiles,
    /// Requested extras besides the record.
    #[serde(default, rename = "also")]
    pub extras: TrialExtras,
    /// Known checksums of files, valid while a file's stamp is unchanged.
    #[serde(rename = "seen", default, skip_serializing_if = "Vec::is_empty")]
    pub checksums: Vec<CachedChecksum>,
}

impl TrialRequest {
    /// The current SHA-256 of a file, from its known checksum if that is still valid.
    pub(super) fn sha256(&self, path: &Path) -> io::Result<String> {
        let known = self.checksums.iter().find(|seen| seen.path == path);
        match known.and_then(CachedChecksum::if_unchanged) {
            Some(sha256) => Ok(sha256.to_owned()),
            None => fsio::sha256_file(path),
        }
    }
}

/// The input files on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TrialFiles {
    /// The training file.
    pub train: PathBuf,
    /// The test file.
    pub test: PathBuf,
    /// A student's transfer set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<PathBuf>,
    /// The files of another program's predictions, for methods that read them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predictions: Option<PredictionFiles>,
    /// The encoder's files, for methods that need one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<fsl_common::settings::EncoderSource>,
    /// The encoder's dense layers that follow the pooling, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dense: Vec<DenseSource>,
}

/// Files of another program's predictions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PredictionFiles {
    /// Of the test texts.
    pub test: PathBuf,
    /// Of the transfer texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<PathBuf>,
}

impl TrialRequest {
    /// The device for encoders: the one assigned to the trial, otherwise the first of the kind in its inputs.
    pub fn device(&self) -> &str {
        let family = self.inputs.method.encoder().map(|encoder| encoder.device);
        let first = family.unwrap_or_default().as_str();
        self.extras.device.as_deref().unwrap_or(first)
    }
}

impl TrialFiles {
    /// Checks that every path can be written to a request.
    ///
    /// # Errors
    /// [`TrialError::PathNotText`].
    pub fn check_paths(&self) -> Result<(), TrialError> {
        let encoder = self.encoder.iter();
        let paths = encoder.flat_map(fsl_common::settings::EncoderSource::paths);
        let data = [&self.train, &self.test].into_iter().chain(&self.transfer);
        let predictions = self.predictions.iter();
        let predictions =
            predictions.flat_map(|files| std::iter::once(&files.test).chain(&files.transfer));
        let dense = self.dense.iter().flat_map(DenseSource::paths);
        let mut all = data.chain(predictions).chain(paths).chain(dense);
        all.find(|path| path.to_str().is_none())
            .map_or(Ok(()), |path| {
                Err(TrialError::PathNotText { path: path.clone() })
            })
    }
}

/// Requested extras besides the record, and files the trial builds on. None of it changes the record's inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TrialExtras {
    /// Transfer sets to predict for students; the probabilities are stored beside the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<TransferFile>,
    /// Whether to save the fitted model.
    #[serde(default)]
    pub keep_weights: bool,
    /// A saved model: the record already exists, and only predictions are requested.
    #[serde(rename = "fitted", default, skip_serializing_if = "Option::is_none")]
    pub saved_model: Option<PathBuf>,
    /// The device for encoders, of the kind in the inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// For a student: each teacher trial's predictions for the transfer set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teacher: Vec<TeacherFile>,
    /// Whether nothing may be taken from the cache, so that the result is a witness of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recompute: bool,
}

/// A file of texts without labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TransferFile {
    /// Its contents.
    pub inputs: TransferInputs,
    /// Its path.
    pub path: PathBuf,
}

/// A teacher trial's predictions for a transfer set: a CSV file, `index,probability`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TeacherFile {
    /// The trial.
    pub key: TrialKey,
    /// The file.
    pub path: PathBuf,
    /// The SHA-256 of its bytes.
    pub sha256: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::trial::DataInputs;
    use fsl_common::classes::Classes;
    use fsl_common::fsio::Stamp;
    use fsl_common::settings::{Preprocess, Sampling};
    use fsl_methods::{Majority, MethodInputs};

    fn request(checksums: Vec<CachedChecksum>) -> TrialRequest {
        let data = DataInputs {
            train: String::new(),
            test: String::new(),
            text: String::new(),
            label: String::new(),
            preprocess: Preprocess::None,
            classes: Classes::zero_one(),
            delimiter: None,
            train_size: None,
            sampling: Sampling::default(),
        };
        let inputs = TrialInputs::new(data, MethodInputs::from(Majority {}), BTreeMap::new());
        TrialRequest {
            name: String::new(),
            key: inputs.key(),
            inputs,
            files: TrialFiles {
                train: PathBuf::new(),
                test: PathBuf::new(),
                transfer: None,
                predictions: None,
                encoder: None,
                dense: Vec::new(),
            },
            extras: TrialExtras::default(),
            checksums,
        }
    }

    #[test]
    fn unchanged_files_are_not_hashed_again() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        fsio::write_atomic(&path, b"one").unwrap();
        fsio::write_atomic(&other, b"one").unwrap();
        // An impossible checksum shows that the file is not read.
        let seen = CachedChecksum {
            path: path.clone(),
            stamp: Stamp::read(&path).unwrap(),
            sha256: "as planned".to_owned(),
        };
        let request = request(vec![seen]);
        assert_eq!(request.sha256(&path).unwrap(), "as planned");
        assert_eq!(request.sha256(&other).unwrap(), fsio::sha256_hex(b"one"));
        fsio::write_atomic(&path, b"two").unwrap();
        assert_eq!(request.sha256(&path).unwrap(), fsio::sha256_hex(b"two"));
    }
}
