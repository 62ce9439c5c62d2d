//! Errors of the results folder.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::trial::TrialKey;

/// A disk that cannot read what it stored (`EIO`), for which the standard library has no name.
const EIO: i32 = 5;

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
    /// The file with the layout's version is damaged.
    #[error("cannot open `{}`: its file `format` is damaged: {problem}, it must hold `{known}`", path.display())]
    DamagedFormat {
        /// The store's folder.
        path: PathBuf,
        /// What is wrong with the file.
        problem: String,
        /// The version that this program knows.
        known: u32,
    },
    /// A file or folder of the store is a link.
    #[error("cannot use `{}`: it is a link, and links inside a results folder are not followed", path.display())]
    Link {
        /// The link.
        path: PathBuf,
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
        /// The layout's version.
        got: u32,
        /// The version that this program knows.
        known: u32,
    },
}

impl StoreError {
    /// Reading failed. Whether the file is damaged, or the system could not read it for now, is told by the error.
    pub(super) fn reading(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        let is_damaged = matches!(
            source.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory
        );
        if is_damaged || source.raw_os_error() == Some(EIO) {
            let problem = source.to_string();
            return Self::Damaged { path, problem };
        }
        Self::Unreadable { path, source }
    }

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
            Self::DamagedFormat { path, known, .. } => Some(format!(
                "if the rest of the folder is whole, write `{known}` into `{}`; otherwise choose another folder with `--results DIR`",
                path.join("format").display()
            )),
            Self::Link { .. } => Some(
                "put what it leads to in its place, or remove it; `--results DIR` may itself be a link, to a folder on another disk"
                    .to_owned(),
            ),
            Self::Newer { .. } | Self::NewerLayout { .. } => Some(
                "install a newer fsl-exp, or choose another folder with `--results DIR`".to_owned(),
            ),
        }
    }
}
