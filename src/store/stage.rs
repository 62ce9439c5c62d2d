//! A trial in progress: a folder of its own, renamed into place when it is whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::StoreError;
use super::failure::Failure;
use super::layout::{ADDED, FAILURE, LOG, MODEL, PREDICTIONS, RECORD, REQUEST, TRANSFER};
use crate::fsio;
use crate::trial::{TransferRecord, TrialOutput, TrialRequest};

/// The folder of a trial in progress. A worker knows only this: it reads the request here and leaves its result here.
#[derive(Debug, Clone)]
pub struct Staged {
    folder: PathBuf,
}

impl Staged {
    /// The trial that is staged in `folder`.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the worker's standard error goes.
    pub fn log(&self) -> PathBuf {
        self.folder.join(LOG)
    }

    /// Opens the log for a worker to write to.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`].
    pub fn create_log(&self) -> Result<File, StoreError> {
        File::create(self.log()).map_err(|source| StoreError::Unwritable {
            path: self.log(),
            source,
        })
    }

    /// Writes the request for the worker.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`].
    pub fn put_request(&self, request: &TrialRequest) -> Result<(), StoreError> {
        self.put_json(REQUEST, request)
    }

    /// Reads the request.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] or [`StoreError::Damaged`].
    pub fn request(&self) -> Result<TrialRequest, StoreError> {
        read_json(&self.folder.join(REQUEST))
    }

    /// Where the worker leaves its model, if it is to be kept.
    pub fn model(&self) -> PathBuf {
        self.folder.join(MODEL)
    }

    /// Writes what the trial left. The record comes last: a folder with a record is whole.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`].
    pub fn put_result(&self, finished: &TrialOutput) -> Result<(), StoreError> {
        self.put_transfers(&finished.transfers)?;
        if let Some((record, predictions)) = &finished.result {
            write(&self.folder.join(PREDICTIONS), predictions)?;
            return self.put_json(RECORD, record);
        }
        let added: Vec<String> = finished
            .transfers
            .iter()
            .map(|(record, _)| record.inputs.id())
            .collect();
        self.put_json(ADDED, &added)
    }

    /// Each set's record comes after its probabilities, for the same reason.
    fn put_transfers(&self, transfers: &[(TransferRecord, Vec<u8>)]) -> Result<(), StoreError> {
        if transfers.is_empty() {
            return Ok(());
        }
        let folder = self.folder.join(TRANSFER);
        fs::create_dir_all(&folder).map_err(|source| StoreError::Unwritable {
            path: folder.clone(),
            source,
        })?;
        for (record, csv) in transfers {
            let id = record.inputs.id();
            write(&folder.join(format!("{id}.csv")), csv)?;
            self.put_json(&format!("{TRANSFER}/{id}.json"), record)?;
        }
        Ok(())
    }

    /// Writes why the trial failed.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`].
    pub fn put_failure(&self, failure: &Failure) -> Result<(), StoreError> {
        self.put_json(FAILURE, failure)
    }

    /// Whether the worker left a whole result.
    pub fn is_whole(&self) -> bool {
        self.folder.join(RECORD).is_file() || self.folder.join(ADDED).is_file()
    }

    /// What the worker said about its failure, if it said anything.
    pub fn failure(&self) -> Option<Failure> {
        read_json(&self.folder.join(FAILURE)).ok()
    }

    fn put_json(&self, name: &str, value: &impl serde::Serialize) -> Result<(), StoreError> {
        let path = self.folder.join(name);
        let unwritable = |source: io::Error| StoreError::Unwritable {
            path: path.clone(),
            source,
        };
        let mut bytes =
            serde_json::to_vec_pretty(value).map_err(|error| unwritable(error.into()))?;
        bytes.push(b'\n');
        write(&path, &bytes)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    fsio::write_atomic(path, bytes).map_err(|source| StoreError::Unwritable {
        path: path.to_owned(),
        source,
    })
}

/// Reads a JSON file of the store.
pub(super) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, StoreError> {
    let bytes = fs::read(path).map_err(|source| StoreError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|error| StoreError::Damaged {
        path: path.to_owned(),
        problem: error.to_string(),
    })
}
