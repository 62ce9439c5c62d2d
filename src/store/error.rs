//! Why the results folder could not be used.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::trial::TrialKey;

/// Why the results folder could not be used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A file or folder of the store could not be written.
    #[error("write `{}`: {source}", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// A file of the store could not be read.
    #[error("read `{}`: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// A file of the store is not what this program writes.
    #[error("read `{}`: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A record was written by a newer program.
    #[error("read trial {}: its record is version {got}, this program reads up to {known}", key.short())]
    Newer {
        /// The trial.
        key: TrialKey,
        /// The record's version.
        got: u64,
        /// The newest version that this program reads.
        known: u32,
    },
    /// The whole folder was laid out by a newer program.
    #[error("open `{}`: its layout is version {got}, this program knows version {known}", path.display())]
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
                "free some space; what is finished is kept, and the same command goes on from there".to_owned(),
            ),
            Self::Unwritable { .. } => {
                Some("name a folder that you can write with `--results DIR`".to_owned())
            }
            Self::Unreadable { .. } => Some(
                "name the folder of results with `--results DIR`; its `store` must be readable"
                    .to_owned(),
            ),
            Self::Damaged { path, .. } => path.parent().map(|folder| {
                format!(
                    "remove the folder `{}`; the next run does the trial again",
                    folder.display()
                )
            }),
            Self::Newer { .. } | Self::NewerLayout { .. } => Some(
                "install the newer fsl-exp, or use another folder with `--results DIR`".to_owned(),
            ),
        }
    }
}
