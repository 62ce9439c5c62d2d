//! What is wrong with the files of a sentence encoder.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a sentence encoder's files cannot be followed.
#[derive(Debug, Error)]
pub enum SentenceFault {
    /// A file cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
    /// A file that modules.json asks for is not there.
    #[error("`{}` is not there, modules.json asks for it", path.display())]
    Lacks {
        /// The file.
        path: PathBuf,
    },
    /// A file is no JSON of the right kind.
    #[error("`{}` is not a JSON {expected}{}", path.display(), why(problem))]
    NotJson {
        /// The file.
        path: PathBuf,
        /// `object` or `list`.
        expected: &'static str,
        /// What the reader of JSON says; empty where it is JSON of another kind.
        problem: String,
    },
    /// A key has a value that nothing here can follow.
    #[error("`{}`: `{key}` is {got}, must be {allowed}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// The key; that of a module with its place, from 0, as `1.type`.
        key: String,
        /// The value, cut where it is long.
        got: String,
        /// The values that would do, in words.
        allowed: String,
    },
}

fn why(problem: &str) -> String {
    match problem {
        "" => String::new(),
        problem => format!(": {problem}"),
    }
}

impl SentenceFault {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Lacks { .. } => Some("fetch or copy the encoder's folder again, with its sub-folders".to_owned()),
            Self::Key { .. } => Some(
                "docs/sentence_encoders.md lists what is followed; without its modules.json the encoder is a plain one".to_owned(),
            ),
            Self::Unreadable { .. } | Self::NotJson { .. } => None,
        }
    }
}
