//! Staged trials: the folder of a trial in progress, renamed into place when complete.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::StoreError;
use super::json::read_json;
use super::layout::{ADDED, FAILURE, LOG, MODEL, PREDICTIONS, RECORD, REQUEST, TRANSFER};
use super::record_checksum::with_checksum;
use crate::trial::{Record, TransferRecord, TrialOutput, TrialRequest};
use fsl_common::fsio;

/// The folder of a trial in progress. The worker reads its request here and writes its result here.
#[derive(Debug, Clone)]
pub struct Staged {
    folder: PathBuf,
}

impl Staged {
    /// The trial staged in `folder`.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The log: the worker's standard error.
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

    /// The folder for the saved model.
    pub fn model(&self) -> PathBuf {
        self.folder.join(MODEL)
    }

    /// Writes the trial's output. The record is written last: a folder with a record is complete.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`].
    pub fn put_result(&self, finished: &TrialOutput) -> Result<(), StoreError> {
        self.put_transfers(&finished.transfers)?;
        if let Some((record, predictions)) = &finished.result {
            write(&self.folder.join(PREDICTIONS), predictions)?;
            return self.put_record(record);
        }
        let added: Vec<String> = finished
            .transfers
            .iter()
            .map(|(record, _)| record.inputs.id())
            .collect();
        self.put_json(ADDED, &added)
    }

    /// Writes the record, with its checksum.
    pub(super) fn put_record(&self, record: &Record) -> Result<(), StoreError> {
        let stored = with_checksum(&self.json(RECORD, record)?);
        write(&self.folder.join(RECORD), &stored)
    }

    /// Likewise, each set's record is written after its probabilities.
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

    /// Whether there is a whole result, and not only extras for a stored one.
    pub(super) fn has_record(&self) -> bool {
        self.folder.join(RECORD).is_file()
    }

    /// Whether the result is complete.
    pub fn is_complete(&self) -> bool {
        self.has_record() || self.folder.join(ADDED).is_file()
    }

    /// The failure that the worker reported, if any.
    pub fn failure(&self) -> Option<Failure> {
        read_json(&self.folder.join(FAILURE)).ok()
    }

    fn put_json(&self, name: &str, value: &impl Serialize) -> Result<(), StoreError> {
        write(&self.folder.join(name), &self.json(name, value)?)
    }

    /// A value as the file `name` holds it.
    fn json(&self, name: &str, value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
        let unwritable = |error: serde_json::Error| StoreError::Unwritable {
            path: self.folder.join(name),
            source: error.into(),
        };
        let mut bytes = serde_json::to_vec_pretty(value).map_err(unwritable)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    fsio::write_atomic(path, bytes).map_err(|source| StoreError::Unwritable {
        path: path.to_owned(),
        source,
    })
}

/// A trial's failure, stored so that later runs can show it without a retry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Failure {
    /// The kind of failure.
    pub kind: FailureKind,
    /// The reason, as a sentence to follow "failed: ".
    pub message: String,
    /// What the user can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Failure {
    /// Whether the trial itself is at fault, so that running it again would end the same way. What the machine did to it is not: what a
    /// signal ended, or a lack of memory.
    pub fn is_lasting(&self) -> bool {
        self.kind == FailureKind::Error
    }
}

/// The kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The trial reported an error.
    Error,
    /// An external cause, such as changed files or a process that could not start. Not stored: the next run tries again.
    #[serde(rename = "passing")]
    Transient,
    /// The process ended without an error message: a signal, an abort inside libtorch, out of memory. Stored with its log, but the next run
    /// tries again.
    Crash,
}
