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
        let is_intact = |(record, csv): (TransferRecord, PathBuf)| {
            let sum = fsio::open_plain(&csv).and_then(fsio::sha256_open);
            record.inputs.id() == id && sum.is_ok_and(|sum| sum == record.sha256)
        };
        self.has(key) && self.transfer(key, id).is_ok_and(is_intact)
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
        let intact = fsio::sha256_hex(&bytes) == record.sha256;
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
            self.findings.note_model(key, model_problem(&folder));
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

/// What is wrong with a saved model: a link, or a file that is not the one that was saved.
fn model_problem(folder: &Path) -> Option<String> {
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
        Ok(()) => check_files(folder).err().map(|fault| fault.to_string()),
    }
}
