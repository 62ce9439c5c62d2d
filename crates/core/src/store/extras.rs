//! Extras beside a trial's record: predictions for transfer sets, and the saved model.

use std::fs;
use std::path::{Path, PathBuf};

use super::layout::{MODEL, TRANSFER};
use super::stage::{Staged, read_json};
use super::{Store, StoreError};
use crate::trial::{TransferRecord, TrialKey};
use fsl_common::fsio;

/// The file written last into a model's folder.
const MODEL_MARKER: &str = "fsl-exp.json";

impl Store {
    /// Whether the trial's record and its intact predictions for a transfer set are stored. Damaged files count as missing.
    pub fn has_transfer(&self, key: &TrialKey, id: &str) -> bool {
        let is_intact = |(record, csv): (TransferRecord, PathBuf)| {
            fsio::sha256_file(&csv).is_ok_and(|sum| sum == record.sha256)
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
        let record = read_json(&folder.join(format!("{id}.json")))?;
        Ok((record, folder.join(format!("{id}.csv"))))
    }

    /// The folder of the trial's saved model, if any.
    pub fn model(&self, key: &TrialKey) -> Option<PathBuf> {
        let folder = self.folder(key).join(MODEL);
        folder.join(MODEL_MARKER).is_file().then_some(folder)
    }

    /// Moves staged extras into the folder of a finished trial; its record stays unchanged.
    pub(super) fn merge_extras(&self, key: &TrialKey, staged: &Staged) -> Result<(), StoreError> {
        let target = self.transfer_folder(key);
        let unwritable = |path: &Path, source| StoreError::Unwritable {
            path: path.to_owned(),
            source,
        };
        if let Ok(entries) = fs::read_dir(staged.folder().join(TRANSFER)) {
            fs::create_dir_all(&target).map_err(|source| unwritable(&target, source))?;
            let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
            // `.csv` before `.json`: predictions with a record are complete.
            names.sort();
            for name in names {
                let from = staged.folder().join(TRANSFER).join(&name);
                let to = target.join(&name);
                fs::rename(&from, &to).map_err(|source| unwritable(&to, source))?;
            }
        }
        let model = staged.model();
        if model.is_dir() && self.model(key).is_none() {
            let to = self.folder(key).join(MODEL);
            if to.exists() {
                // An incomplete model would block the new one.
                fs::remove_dir_all(&to).map_err(|source| unwritable(&to, source))?;
            }
            fsio::rename_into_place(&model, &to).map_err(|source| unwritable(&to, source))?;
        }
        Ok(())
    }

    fn transfer_folder(&self, key: &TrialKey) -> PathBuf {
        self.folder(key).join(TRANSFER)
    }
}
