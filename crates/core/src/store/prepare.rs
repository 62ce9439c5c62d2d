//! Prepares a results folder for writing: makes its folders, and removes what killed runs have left.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use tracing::debug;

use super::StoreError;
use super::layout::LAYOUT_VERSION;
use super::lock::{Claim, is_link};
use super::stage::Staged;
use super::trial_store::Store;
use crate::trial::TrialKey;
use fsl_common::fsio;

impl Store {
    /// Opens the store for writing: [`Store::open`] and [`Store::prepare`].
    ///
    /// # Errors
    /// As these.
    pub fn open_for_writing(results: &Path) -> Result<Self, StoreError> {
        let store = Self::open(results)?;
        store.prepare()?;
        Ok(store)
    }

    /// Prepares for writing: creates the store's folders, checks that they are writable, and removes unfinished work of dead processes.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`], [`StoreError::Link`].
    pub fn prepare(&self) -> Result<(), StoreError> {
        for folder in [self.layout.staging(), self.layout.locks()] {
            fs::create_dir_all(&folder).map_err(|source| StoreError::Unwritable {
                path: folder.clone(),
                source,
            })?;
        }
        self.check_shelves()?;
        self.clear_leftovers();
        let format = self.layout.format();
        fsio::write_atomic(&format, format!("{LAYOUT_VERSION}\n").as_bytes()).map_err(
            |source| StoreError::Unwritable {
                path: format,
                source,
            },
        )?;
        Ok(())
    }

    /// Refuses what is no folder where trials will be stored, before they are computed.
    fn check_shelves(&self) -> Result<(), StoreError> {
        let entries = fs::read_dir(self.layout.trials()).into_iter().flatten();
        let shelves = entries.flatten().map(|entry| entry.path()).filter(|path| {
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            name.len() == 2 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        for path in shelves {
            match fsio::check_folder(&path) {
                Err(_) if is_link(&path) => return Err(StoreError::Link { path }),
                Err(source) => return Err(StoreError::Unwritable { path, source }),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    /// Removes temporary files, staged trials and locks that no process holds. What cannot be removed stays, as does
    /// what is not of this program's making.
    pub fn clear_leftovers(&self) {
        fsio::clear_abandoned(self.layout.root());
        for (key, path) in named_by_keys(&self.layout.staging()) {
            if let Some(claim) = self.unclaimed(&key) {
                debug!(
                    key = key.short(),
                    "removing unfinished work of an earlier run"
                );
                Self::abandon(claim, &Staged::at(&path));
            }
        }
        // The run that held it was killed after its trial was stored: nobody would claim it again.
        for (key, _) in named_by_keys(&self.layout.locks()) {
            if let Some(claim) = self.unclaimed(&key) {
                claim.release();
            }
        }
    }

    fn unclaimed(&self, key: &TrialKey) -> Option<Claim> {
        self.claim(key).ok().flatten()
    }
}

/// The entries of a folder that are called by a trial's key.
fn named_by_keys(folder: &Path) -> Vec<(TrialKey, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter_map(|entry| {
        let key = TrialKey::parse(entry.file_name().to_str()?)?;
        Some((key, entry.path()))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsl_common::fsio::write_atomic;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_what_nobody_holds_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_for_writing(folder.path()).unwrap();
        let [held, left] = ["0".repeat(32), "1".repeat(32)];
        let (staging, locks) = (store.layout.staging(), store.layout.locks());
        let claim = store.claim(&TrialKey::parse(&held).unwrap()).unwrap();
        for name in [&held, &left] {
            write_atomic(&staging.join(name).join("record.json"), b"{").unwrap();
        }
        write_atomic(&staging.join("notes"), b"mine").unwrap();
        // A lock of a dead host, with whatever it wrote there.
        write_atomic(&locks.join(&left), b"4711").unwrap();
        write_atomic(&locks.join("2".repeat(32)), b"").unwrap();
        write_atomic(&locks.join("notes"), b"mine").unwrap();
        store.clear_leftovers();
        assert_eq!(names(&staging), [held.as_str(), "notes"]);
        assert_eq!(names(&locks), [held.as_str(), "notes"]);
        drop(claim);
        store.clear_leftovers();
        assert_eq!(names(&staging), ["notes"]);
        assert_eq!(names(&locks), ["notes"]);
    }

    #[test]
    fn a_folder_without_a_store_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("results")).unwrap();
        store.clear_leftovers();
        assert!(names(folder.path()).is_empty());
    }
}
