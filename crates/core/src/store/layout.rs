//! Paths in the results folder.

use std::path::{Path, PathBuf};

use crate::trial::TrialKey;

/// The version of the layout described in [`store`](super).
pub(super) const LAYOUT_VERSION: u32 = 1;

pub(super) const RECORD: &str = "record.json";
pub(super) const PREDICTIONS: &str = "predictions.csv";
pub(super) const REQUEST: &str = "request.json";
pub(super) const FAILURE: &str = "failure.json";
pub(super) const LOG: &str = "log.txt";
pub(super) const TRANSFER: &str = "transfer";
pub(super) const MODEL: &str = "model";
/// Written last by a process that adds extras to a stored trial.
pub(super) const ADDED: &str = "added.json";

/// Whether `folder` is the `store` of a results folder.
pub fn is_store(folder: &Path) -> bool {
    let layout = Layout {
        root: folder.to_owned(),
    };
    layout.format().is_file() && (layout.staging().is_dir() || layout.trials().is_dir())
}

/// Paths under `RESULTS/store`.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(super) fn new(results: &Path) -> Self {
        Self {
            root: results.join("store"),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn format(&self) -> PathBuf {
        self.root.join("format")
    }

    /// The folder of a finished trial; 256 parent folders keep each one short with 100,000 trials.
    pub(super) fn trial(&self, key: &TrialKey) -> PathBuf {
        // Capacity for a file name as well: plans ask for 100,000 of these.
        let mut path = PathBuf::with_capacity(self.root.as_os_str().len() + 64);
        path.push(&self.root);
        path.push("trials");
        path.push(&key.as_str()[..2]);
        path.push(key.as_str());
        path
    }

    /// The folders that must be no links: whoever made one could have trials written, or read, elsewhere.
    pub(super) fn folders(&self) -> [PathBuf; 5] {
        [
            self.root.clone(),
            self.trials(),
            self.failures(),
            self.staging(),
            self.locks(),
        ]
    }

    /// The parent of all finished trials' folders.
    pub(super) fn trials(&self) -> PathBuf {
        self.root.join("trials")
    }

    pub(super) fn failures(&self) -> PathBuf {
        self.root.join("failed")
    }

    pub(super) fn failed(&self, key: &TrialKey) -> PathBuf {
        self.failures().join(key.as_str())
    }

    pub(super) fn staging(&self) -> PathBuf {
        self.root.join("staging")
    }

    pub(super) fn locks(&self) -> PathBuf {
        self.root.join("locks")
    }

    pub(super) fn lock(&self, key: &TrialKey) -> PathBuf {
        self.locks().join(key.as_str())
    }
}
