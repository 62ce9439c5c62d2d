//! What lies beside a record: predictions for transfer sets, and the saved model.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::StoreError;
use super::json::read_json;
use super::layout::{MODEL, TRANSFER};
use super::trial_store::Store;
use crate::trial::{self, TransferRecord, TrialKey};
use fsl_common::classes::Classes;
use fsl_common::fsio;
use fsl_common::probabilities::Probabilities;
use fsl_common::settings::{check_files, model_folder};

impl Store {
    /// Whether the trial's record and its intact predictions for a transfer set are stored. Damaged files count as missing.
    pub fn has_transfer(&self, key: &TrialKey, id: &str) -> bool {
        if !self.has(key) {
            return false;
        }
        match self.transfer_problem(key, id) {
            Ok(problem) => {
                self.findings.note_transfers(key, problem.clone());
                problem.is_none()
            }
            Err(_) => false,
        }
    }

    /// What is wrong with a trial's stored predictions for a transfer set; none where they are whole.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] where none are stored.
    pub fn transfer_problem(&self, key: &TrialKey, id: &str) -> Result<Option<String>, StoreError> {
        let (record, csv) = match self.transfer(key, id) {
            Ok(found) => found,
            Err(StoreError::Damaged { path, problem }) => {
                return Ok(Some(format!("`{}`: {problem}", path.display())));
            }
            Err(error) => return Err(error),
        };
        let problem = match fsio::open_plain(&csv).and_then(fsio::sha256_open) {
            _ if record.inputs.id() != id => "its record is of other texts".to_owned(),
            Ok(sum) if sum == record.sha256 => return Ok(None),
            Ok(_) => "its checksum differs from its record's".to_owned(),
            Err(error) => error.to_string(),
        };
        Ok(Some(format!("`{}`: {problem}", csv.display())))
    }

    /// What is wrong with the predictions of a trial for transfer sets, as far as that has been found.
    pub fn transfer_damage(&self, key: &TrialKey) -> Option<String> {
        self.findings.transfers(key)
    }

    /// The record of a trial's predictions for a transfer set, and the file of probabilities.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] where there are none, [`StoreError::Damaged`].
    pub fn transfer(
        &self,
        key: &TrialKey,
        id: &str,
    ) -> Result<(TransferRecord, PathBuf), StoreError> {
        let folder = self.transfer_folder(key);
        match fsio::check_folder(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::reading(&folder, error));
            }
            _ => {}
        }
        let record = read_json(&folder.join(format!("{id}.json")))?;
        Ok((record, folder.join(format!("{id}.csv"))))
    }

    /// A trial's predictions for a transfer set, after verifying the file's checksum; `None` where there are none, or they are damaged,
    /// which counts as missing.
    pub fn transfer_predictions(
        &self,
        key: &TrialKey,
        id: &str,
        classes: &Classes,
    ) -> Option<Probabilities> {
        let (record, path) = self.transfer(key, id).ok()?;
        let bytes = fsio::read_plain(&path).ok()?;
        let intact = record.inputs.id() == id && fsio::sha256_hex(&bytes) == record.sha256;
        intact.then(|| trial::read_transfer_predictions(&bytes, classes).ok())?
    }

    /// The folder of the trial's saved model, if any.
    pub fn model(&self, key: &TrialKey) -> Option<PathBuf> {
        let folder = self.folder(key).join(MODEL);
        model_folder::model_exists(&folder).then_some(folder)
    }

    /// As [`Store::model`], if its files are those that were saved. They are read once in the life of the program.
    pub fn intact_model(&self, key: &TrialKey) -> Option<PathBuf> {
        let folder = self.model(key)?;
        if !self.findings.is_intact_model(key) {
            let record = self.record(key).ok().flatten()?;
            let problem = model_problem(&folder, record.model_sha256.as_deref());
            self.findings.note_model(key, problem);
        }
        self.findings.is_intact_model(key).then_some(folder)
    }

    /// What is wrong with the saved model of a trial, as far as that has been found.
    pub fn model_damage(&self, key: &TrialKey) -> Option<String> {
        self.findings.model(key)
    }

    pub(super) fn transfer_folder(&self, key: &TrialKey) -> PathBuf {
        self.folder(key).join(TRANSFER)
    }
}

/// What is wrong with a saved model: a link, or a file that is not the one that was saved. Records of earlier programs do not say which
/// checksums are `expected`.
fn model_problem(folder: &Path, expected: Option<&str>) -> Option<String> {
    let plain = fsio::check_folder(folder).map_err(|error| (folder.to_owned(), error));
    let files = model_folder::MODEL_FILES.map(|name| folder.join(name));
    let checked = plain.and_then(|()| {
        let there = files
            .into_iter()
            .filter(|file| fs::symlink_metadata(file).is_ok());
        for file in there {
            fsio::open_plain(&file).map_err(|error| (file, error))?;
        }
        Ok(())
    });
    match checked {
        Err((path, error)) => Some(format!("`{}`: {error}", path.display())),
        // Without it nobody could tell whether these are the weights that belong to the trial.
        Ok(()) if !folder.join(model_folder::SUMS).is_file() => Some(format!(
            "`{}` has no `{}`",
            folder.display(),
            model_folder::SUMS
        )),
        Ok(()) => other_sums(&folder.join(model_folder::SUMS), expected)
            .or_else(|| check_files(folder).err().map(|fault| fault.to_string())),
    }
}

/// Whether the file of checksums is another one than the record says: checksums can be mended with the files that they are of.
fn other_sums(path: &Path, expected: Option<&str>) -> Option<String> {
    let problem = match fsio::sha256_file(path) {
        Ok(got) if expected.is_none_or(|expected| expected == got) => return None,
        Ok(_) => "its checksum differs from the record's `model-sha256`".to_owned(),
        Err(error) => error.to_string(),
    };
    Some(format!("`{}`: {problem}", path.display()))
}
