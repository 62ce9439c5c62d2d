//! Staged trials that take their place among the finished ones.

use std::fs;
use std::io;
use std::path::Path;

use tracing::debug;

use super::StoreError;
use super::layout::{MODEL, RECORD, TRANSFER};
use super::lock::{Claim, is_link};
use super::stage::Staged;
use super::trial_store::{Store, remove};
use crate::trial::TrialKey;
use fsl_common::fsio;
use fsl_common::settings::model_folder;

impl Store {
    /// Moves a complete result into place and releases the claim. An existing record stays, but for the checksum of a model that is new, and
    /// extras are added to it; a damaged result is replaced.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`].
    pub fn commit(&self, claim: Claim, key: &TrialKey, staged: &Staged) -> Result<(), StoreError> {
        self.clear_failure(key)?;
        if self.check(key)?.is_some() {
            debug!(key = key.short(), "adding extras to a stored trial");
            self.merge_extras(key, staged)?;
            Self::abandon(claim, staged);
            return Ok(());
        }
        if !staged.has_record() {
            // The record that these extras are for was lost meanwhile.
            Self::abandon(claim, staged);
            return Ok(());
        }
        let target = self.layout.trial(key);
        let shelf = fsio::parent(&target);
        if is_link(shelf) {
            let path = shelf.to_owned();
            return Err(StoreError::Link { path });
        }
        // A damaged result, or a folder whose record was removed, would block the new one.
        remove(&target)?;
        Self::move_into_place(claim, staged, &target)?;
        self.findings.note_result(key, None);
        self.findings.note_model(key, None);
        Ok(())
    }

    /// Whether extras are staged of a result that was lost, or found damaged, meanwhile.
    ///
    /// # Errors
    /// Those of [`Store::check`].
    pub fn has_lost_record(&self, key: &TrialKey, staged: &Staged) -> Result<bool, StoreError> {
        Ok(!staged.has_record() && self.check(key)?.is_none())
    }

    /// Moves staged extras into the folder of a finished trial. Of its record only the checksum of the model changes.
    fn merge_extras(&self, key: &TrialKey, staged: &Staged) -> Result<(), StoreError> {
        // First, as transfer sets alone make a trial complete: a model that is lost with them would not be fitted again.
        if staged.model().is_dir() && self.intact_model(key).is_none() {
            self.add_model(key, staged)?;
        }
        let target = self.transfer_folder(key);
        if let Ok(entries) = fs::read_dir(staged.folder().join(TRANSFER)) {
            if fsio::check_folder(&target).is_err() {
                remove(&target)?;
            }
            fs::create_dir_all(&target).map_err(unwritable(&target))?;
            let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
            // `.csv` before `.json`: predictions with a record are complete.
            names.sort();
            for name in names {
                let from = staged.folder().join(TRANSFER).join(&name);
                let to = target.join(&name);
                fs::rename(&from, &to).map_err(unwritable(&to))?;
            }
        }
        Ok(())
    }

    /// Puts a staged model beside a record, which gets its checksum first: no model is ever there that the record does not know.
    fn add_model(&self, key: &TrialKey, staged: &Staged) -> Result<(), StoreError> {
        let sums = staged.model().join(model_folder::SUMS);
        let sum = fsio::sha256_file(&sums).map_err(|error| StoreError::reading(&sums, error))?;
        let Some(mut record) = self.record(key)? else {
            // It was lost meanwhile, and nothing is beside a lost record.
            return Ok(());
        };
        let folder = self.folder(key);
        let to = folder.join(MODEL);
        // An incomplete or damaged model would block the new one.
        remove(&to)?;
        if record.model_sha256.as_ref() != Some(&sum) {
            record.model_sha256 = Some(sum);
            // In the staging folder nothing is left behind, whatever happens.
            staged.put_record(&record)?;
            let place = folder.join(RECORD);
            fs::rename(staged.folder().join(RECORD), &place).map_err(unwritable(&place))?;
        }
        fsio::rename_into_place(&staged.model(), &to).map_err(unwritable(&to))?;
        self.findings.note_model(key, None);
        Ok(())
    }
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Unwritable { path, source }
}
