//! The store: opens a results folder, and moves staged trials into their places.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::StoreError;
use super::damage::Findings;
use super::json::read_json;
use super::layout::{FAILURE, LAYOUT_VERSION, LOG, Layout, RECORD};
use super::lock::{Claim, is_link};
use super::stage::{Failure, Staged};
use crate::trial::{TrialKey, TrialRequest};
use fsl_common::fsio;

/// How much of a damaged `format` file is shown, in characters.
const SHOWN: usize = 20;

/// A results folder. Clones know of the same damage.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) layout: Layout,
    pub(super) findings: Findings,
}

impl Store {
    /// Opens the store in a results folder for reading; a folder that does not exist is an empty store.
    ///
    /// # Errors
    /// [`StoreError::NewerLayout`], [`StoreError::DamagedFormat`], [`StoreError::Link`], [`StoreError::Unreadable`].
    pub fn open(results: &Path) -> Result<Self, StoreError> {
        let layout = Layout::new(results);
        if let Some(path) = layout.folders().into_iter().find(|path| is_link(path)) {
            return Err(StoreError::Link { path });
        }
        match read_start(&layout.format()) {
            Ok(bytes) => check_format(layout.root(), &bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(damaged_format(layout.root(), error.to_string()));
            }
            Err(source) => {
                let path = layout.format();
                return Err(StoreError::Unreadable { path, source });
            }
        }
        Ok(Self {
            layout,
            findings: Findings::default(),
        })
    }

    fn record_path(&self, key: &TrialKey) -> PathBuf {
        let mut path = self.layout.trial(key);
        path.push(RECORD);
        path
    }

    /// Whether the trial is finished, and its result was not found damaged.
    pub fn has(&self, key: &TrialKey) -> bool {
        self.record_path(key).is_file() && !self.findings.is_damaged(key)
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
        remove(&self.layout.failed(key))
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
        remove(&folder)?;
        fs::create_dir_all(&folder).map_err(unwritable)?;
        let staged = Staged::at(&folder);
        staged.put_request(request)?;
        Ok(staged)
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

    /// Gives a staged trial its final name and releases the claim.
    pub(super) fn move_into_place(
        claim: Claim,
        staged: &Staged,
        target: &Path,
    ) -> Result<(), StoreError> {
        fsio::rename_into_place(staged.folder(), target).map_err(|source| {
            StoreError::Unwritable {
                path: target.to_owned(),
                source,
            }
        })?;
        claim.release();
        Ok(())
    }
}

/// Removes a file or folder, if there is one; of a link only the link.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    let removed = fs::symlink_metadata(path).and_then(|found| {
        if found.is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        }
    });
    match removed {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StoreError::Unwritable {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

/// The start of a file that should be short.
fn read_start(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = fsio::open_plain(path)?;
    file.take(4 * SHOWN as u64 + 4).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Checks the contents of the `format` file of the store in `root`.
fn check_format(root: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let text = String::from_utf8_lossy(bytes);
    let written = text.trim();
    match written.parse::<u32>() {
        Ok(LAYOUT_VERSION) => Ok(()),
        Ok(got) if got > LAYOUT_VERSION => Err(StoreError::NewerLayout {
            path: root.to_owned(),
            got,
            known: LAYOUT_VERSION,
        }),
        _ if written.is_empty() => Err(damaged_format(root, "it is empty".to_owned())),
        _ => {
            let shown: String = written.chars().take(SHOWN).collect();
            let more = if written.chars().nth(SHOWN).is_some() {
                "…"
            } else {
                ""
            };
            let problem = format!("it holds `{}{more}`", shown.escape_debug());
            Err(damaged_format(root, problem))
        }
    }
}

fn damaged_format(root: &Path, problem: String) -> StoreError {
    StoreError::DamagedFormat {
        path: root.to_owned(),
        problem,
        known: LAYOUT_VERSION,
    }
}
