//! Errors of the results folder.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::trial::TrialKey;

/// An error of the results folder.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A file or folder of the store could not be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// The error of the file system.
        source: io::Error,
    },
    /// A file of the store could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        source: io::Error,
    },
    /// A file of the store is damaged.
    #[error("cannot read `{}`: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A record was written by a newer program.
    #[error("cannot read trial {}: its record is version {got}, this program reads up to {known}", key.short())]
    Newer {
        /// The trial.
        key: TrialKey,
        /// The record's version.
        got: u64,
        /// The newest version that this program reads.
        known: u32,
    },
    /// The folder has the layout of a newer program.
    #[error("cannot open `{}`: its layout is version {got}, this program knows version {known}", path.display())]
    NewerLayout {
        /// The store's folder.
        path: PathBuf,
        /// The layout's version, as written.
        got: String,
        /// The version that this program knows.
        known: u32,
    },
}

impl StoreError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unwritable { source, .. } if source.kind() == io::ErrorKind::StorageFull => Some(
                "free some space and run the same command to resume; finished trials are kept"
                    .to_owned(),
            ),
            Self::Unwritable { .. } => {
                Some("choose a writable folder with `--results DIR`".to_owned())
            }
            Self::Unreadable { .. } => Some(
                "choose the results folder with `--results DIR`; its `store` must be readable"
                    .to_owned(),
            ),
            Self::Damaged { path, .. } => path.parent().map(|folder| {
                format!(
                    "remove the folder `{}`; the next run repeats the trial",
                    folder.display()
                )
            }),
            Self::Newer { .. } | Self::NewerLayout { .. } => Some(
                "install a newer fsl-exp, or choose another folder with `--results DIR`".to_owned(),
            ),
        }
    }
}
