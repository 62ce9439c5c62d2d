//! The store: opens a results folder, reads finished trials and commits staged ones, with the extras beside their records
//! (predictions for transfer sets, and the saved model).

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tracing::debug;

use super::StoreError;
use super::layout::{FAILURE, LAYOUT_VERSION, LOG, Layout, MODEL, PREDICTIONS, RECORD, TRANSFER};
use super::lock::Claim;
use super::stage::{Failure, Staged, read_json};
use crate::trial::{
    self, Predictions, RECORD_VERSION, Record, TransferRecord, TrialKey, TrialRequest,
};
use fsl_common::fsio;

/// The file written last into a model's folder.
const MODEL_MARKER: &str = "fsl-exp.json";

/// A results folder.
#[derive(Debug, Clone)]
pub struct Store {
    layout: Layout,
}

impl Store {
    /// Opens the store in a results folder for reading; a folder that does not exist is an empty store.
    ///
    /// # Errors
    /// [`StoreError::NewerLayout`], [`StoreError::Unreadable`].
    pub fn open(results: &Path) -> Result<Self, StoreError> {
        let layout = Layout::new(results);
        match fs::read_to_string(layout.format()) {
            Ok(version) if version.trim() == LAYOUT_VERSION.to_string() => Ok(Self { layout }),
            Ok(version) => Err(StoreError::NewerLayout {
                path: layout.root().to_owned(),
                got: version.trim().to_owned(),
                known: LAYOUT_VERSION,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self { layout }),
            Err(source) => Err(StoreError::Unreadable {
                path: layout.format(),
                source,
            }),
        }
    }

    /// Opens the store for writing: creates its folders, checks that they are writable, and removes unfinished work of dead
    /// processes.
    ///
    /// # Errors
    /// As [`Store::open`], and [`StoreError::Unwritable`].
    pub fn open_for_writing(results: &Path) -> Result<Self, StoreError> {
        let store = Self::open(results)?;
        for folder in [store.layout.staging(), store.layout.locks()] {
            fs::create_dir_all(&folder).map_err(|source| StoreError::Unwritable {
                path: folder.clone(),
                source,
            })?;
        }
        let format = store.layout.format();
        fsio::write_atomic(&format, format!("{LAYOUT_VERSION}\n").as_bytes()).map_err(
            |source| StoreError::Unwritable {
                path: format,
                source,
            },
        )?;
        store.clear_staging();
        Ok(store)
    }

    /// The record of a finished trial; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError::Newer`], [`StoreError::Damaged`], [`StoreError::Unreadable`].
    pub fn record(&self, key: &TrialKey) -> Result<Option<Record>, StoreError> {
        let path = self.record_path(key);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Unreadable { path, source }),
        };
        let newer = |got| StoreError::Newer {
            key: key.clone(),
            got,
            known: RECORD_VERSION,
        };
        match serde_json::from_slice::<Record>(&bytes) {
            Ok(record) if record.version > RECORD_VERSION => Err(newer(record.version.into())),
            Ok(record) => Ok(Some(record)),
            // A newer record may have unknown fields.
            Err(error) => Err(match parse_version(&bytes) {
                Some(got) if got > u64::from(RECORD_VERSION) => newer(got),
                _ => StoreError::Damaged {
                    path,
                    problem: error.to_string(),
                },
            }),
        }
    }

    fn record_path(&self, key: &TrialKey) -> PathBuf {
        let mut path = self.layout.trial(key);
        path.push(RECORD);
        path
    }

    /// Whether the trial is finished.
    pub fn has(&self, key: &TrialKey) -> bool {
        self.record_path(key).is_file()
    }

    /// The predictions of a finished trial, in the order of the test file, after verifying the file's checksum.
    ///
    /// # Errors
    /// As [`Store::record`]; [`StoreError::Damaged`] also where there is no record or another file of predictions.
    pub fn predictions(&self, key: &TrialKey) -> Result<Predictions, StoreError> {
        let path = self.layout.trial(key).join(PREDICTIONS);
        let damaged = |problem: String| StoreError::Damaged {
            path: path.clone(),
            problem,
        };
        let record = self
            .record(key)?
            .ok_or_else(|| damaged("it has no record".to_owned()))?;
        let bytes = fs::read(&path).map_err(|error| damaged(error.to_string()))?;
        if fsio::sha256_hex(&bytes) != record.predictions_sha256 {
            return Err(damaged("its checksum differs from the record".to_owned()));
        }
        trial::read_predictions(&bytes, &record.inputs.data.classes).map_err(damaged)
    }

    /// All readable records in the order of their keys, for estimates.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        let folders = fs::read_dir(self.layout.trials()).into_iter().flatten();
        let trials = folders
            .flatten()
            .filter_map(|folder| fs::read_dir(folder.path()).ok())
            .flatten()
            .flatten();
        let keys = trials.filter_map(|trial| TrialKey::parse(trial.file_name().to_str()?));
        // Estimates sum what they find here, or a part of it: the order of a folder must not matter.
        let keys: BTreeSet<TrialKey> = keys.collect();
        keys.into_iter()
            .filter_map(|key| self.record(&key).ok().flatten())
    }

    /// The failure of the trial's last attempt, if it failed.
    pub fn failure(&self, key: &TrialKey) -> Option<Failure> {
        read_json(&self.layout.failed(key).join(FAILURE)).ok()
    }

    /// The trials whose last attempt failed.
    pub fn failures(&self) -> BTreeSet<TrialKey> {
        let entries = fs::read_dir(self.layout.failures()).into_iter().flatten();
        let names = entries.flatten().map(|entry| entry.file_name());
        names
            .filter_map(|name| TrialKey::parse(name.to_str()?))
            .collect()
    }

    /// The log of a trial that failed.
    pub fn failure_log(&self, key: &TrialKey) -> PathBuf {
        self.layout.failed(key).join(LOG)
    }

    /// The folder of a finished trial.
    pub fn folder(&self, key: &TrialKey) -> PathBuf {
        self.layout.trial(key)
    }

    /// Removes the stored failure of a trial.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`].
    pub fn clear_failure(&self, key: &TrialKey) -> Result<(), StoreError> {
        let path = self.layout.failed(key);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::Unwritable {
                path,
                source: error,
            }),
            _ => Ok(()),
        }
    }

    /// Claims the trial for this process; `None` if another process runs it.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`].
    pub fn claim(&self, key: &TrialKey) -> Result<Option<Claim>, StoreError> {
        Claim::take(&self.layout.lock(key))
    }

    /// Creates the staging folder of a claimed trial, with its request.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`].
    pub fn stage(&self, _claim: &Claim, request: &TrialRequest) -> Result<Staged, StoreError> {
        // Another run waiting for this trial must not mistake an old failure for the new outcome.
        self.clear_failure(&request.key)?;
        let folder = self.layout.staging().join(request.key.as_str());
        let unwritable = |source| StoreError::Unwritable {
            path: folder.clone(),
            source,
        };
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(unwritable)?;
        }
        fs::create_dir_all(&folder).map_err(unwritable)?;
        let staged = Staged::at(&folder);
        staged.put_request(request)?;
        Ok(staged)
    }

    /// Moves a complete result into place and releases the claim. An existing record stays; new extras are added to it.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`].
    pub fn commit(&self, claim: Claim, key: &TrialKey, staged: &Staged) -> Result<(), StoreError> {
        self.clear_failure(key)?;
        if self.has(key) {
            debug!(key = key.short(), "adding extras to a stored trial");
            self.merge_extras(key, staged)?;
            Self::abandon(claim, staged);
            return Ok(());
        }
        let target = self.layout.trial(key);
        if target.exists() {
            // The record was removed but not its folder, which would block the new result.
            fs::remove_dir_all(&target).map_err(|source| StoreError::Unwritable {
                path: target.clone(),
                source,
            })?;
        }
        Self::move_into_place(claim, staged, &target)
    }

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
    fn merge_extras(&self, key: &TrialKey, staged: &Staged) -> Result<(), StoreError> {
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

    /// Copies a finished trial with its extras into another store.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`].
    pub fn copy_trial_to(&self, key: &TrialKey, to: &Store) -> Result<(), StoreError> {
        let target = to.layout.trial(key);
        fsio::copy_folder(&self.layout.trial(key), &target).map_err(|source| {
            StoreError::Unwritable {
                path: target.clone(),
                source,
            }
        })
    }

    /// Stores a failure with its log and releases the claim.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`].
    pub fn fail(
        &self,
        claim: Claim,
        key: &TrialKey,
        staged: &Staged,
        failure: &Failure,
    ) -> Result<(), StoreError> {
        staged.put_failure(failure)?;
        Self::move_into_place(claim, staged, &self.layout.failed(key))
    }

    /// Discards a trial's unfinished work and releases the claim.
    pub fn abandon(claim: Claim, staged: &Staged) {
        // The next run removes leftovers.
        let _ = fs::remove_dir_all(staged.folder());
        claim.release();
    }

    fn move_into_place(claim: Claim, staged: &Staged, target: &Path) -> Result<(), StoreError> {
        fsio::rename_into_place(staged.folder(), target).map_err(|source| {
            StoreError::Unwritable {
                path: target.to_owned(),
                source,
            }
        })?;
        claim.release();
        Ok(())
    }

    /// Removes staged trials that no process has claimed.
    fn clear_staging(&self) {
        let Ok(entries) = fs::read_dir(self.layout.staging()) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(key) = name.to_str().and_then(TrialKey::parse) else {
                continue;
            };
            if let Ok(Some(claim)) = self.claim(&key) {
                debug!(
                    key = key.short(),
                    "removing unfinished work of an earlier run"
                );
                Self::abandon(claim, &Staged::at(&entry.path()));
            }
        }
    }
}

fn parse_version(bytes: &[u8]) -> Option<u64> {
    serde_json::from_slice::<serde_json::Value>(bytes)
        .ok()?
        .get("version")?
        .as_u64()
}
