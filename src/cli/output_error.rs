//! Outputs that are refused, and why.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// An output that is refused before any work starts.
#[derive(Debug, Error)]
#[error("`{option}`: `{}` {reason}", path.display())]
pub struct OutputError {
    option: &'static str,
    path: PathBuf,
    reason: Reason,
}

/// Why an output is refused; continues its name.
#[derive(Debug, Error)]
pub enum Reason {
    /// A file is there, and `--force` is not given.
    #[error("already exists")]
    Exists,
    /// A model is there, and `--force` is not given.
    #[error("already holds a model")]
    Model,
    /// Such as `is the input`.
    #[error("{0}")]
    Protected(String),
    /// Such as `is a folder`.
    #[error("{0}")]
    WrongKind(&'static str),
    /// A folder with a file that is no model's.
    #[error("holds `{0}`, which is not part of a model")]
    Foreign(String),
    /// A folder that has to be new holds a file.
    #[error("holds `{0}`, and must be new or empty")]
    NotEmpty(String),
    /// Another process has it staged.
    #[error("is being written by another process")]
    Busy,
}

impl OutputError {
    /// The output that `option` names cannot be written, for this reason.
    pub fn new(option: &'static str, path: &Path, reason: Reason) -> Self {
        Self {
            option,
            path: path.to_owned(),
            reason,
        }
    }

    /// What the user can do.
    pub fn hint(&self) -> &'static str {
        match self.reason {
            Reason::Exists | Reason::Model => "`--force` replaces it",
            Reason::Protected(_) => {
                "choose another path: inputs, specs, encoders, models and stored results are never replaced, even with `--force`"
            }
            Reason::WrongKind(_) | Reason::NotEmpty(_) => "choose another path",
            Reason::Foreign(_) => {
                "choose another folder: `--force` only replaces folders that hold a model and nothing else"
            }
            Reason::Busy => "wait for it to finish, or choose another folder",
        }
    }
}
