//! Why a trial could not be run.

use std::path::PathBuf;

use thiserror::Error;

use crate::data::DataError;
use crate::method::MethodError;
use crate::metric::MetricError;

/// Why a trial could not be run.
#[derive(Debug, Error)]
pub enum TrialError {
    /// The texts could not be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The texts of a file cannot be learnt from.
    #[error("`{}`: {source}", path.display())]
    Texts {
        /// The file.
        path: PathBuf,
        /// What they lack.
        source: DataError,
    },
    /// The method could not be fitted or scored.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// The predictions could not be scored.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// The training texts are to differ between trials, but there are only as many as each trial takes.
    #[error("`{}`: it has exactly the {size} texts that `trials.train-size` asks for, so the `sample` stream has nothing to vary", path.display())]
    SampleIsWholeSet {
        /// The training file.
        path: PathBuf,
        /// Its texts.
        size: u32,
    },
    /// A file's contents are not those that the request names.
    #[error("`{}` has changed since the trial was planned: its sha256 is {got}, the plan says {expected}", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// The checksum found.
        got: String,
        /// The checksum that the request names.
        expected: String,
    },
    /// What a teacher says of the transfer set is not what its record speaks of, or not of these texts.
    #[error("the teacher's probabilities `{}`: {problem}", path.display())]
    Teacher {
        /// The file of probabilities.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A model that an earlier run kept cannot be used.
    #[error("the kept model `{}`: {source}", path.display())]
    Kept {
        /// Its folder.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<MethodError>,
    },
    /// A file could not be read.
    #[error("`{}`: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// A worker is told its files as text, and this path is none.
    #[error("`{}`: the path is not valid UTF-8", path.display())]
    PathNotText {
        /// The file.
        path: PathBuf,
    },
    /// The request was written by another version of the program.
    #[error("the request asks for record version {got}, this program writes {expected}")]
    Version {
        /// The version asked for.
        got: u32,
        /// This program's version.
        expected: u32,
    },
}

impl TrialError {
    /// Whether the fault lies in the circumstances, not in the trial: tried again, it may well succeed.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Changed { .. }
                | Self::Teacher { .. }
                | Self::Kept { .. }
                | Self::Unreadable { .. }
                | Self::Version { .. }
        )
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Data(error) | Self::Texts { source: error, .. } => error.hint(),
            Self::Method(error) => error.hint(),
            Self::Changed { .. } => {
                Some("run the same command again: the trial is then planned anew".to_owned())
            }
            Self::Version { .. } => Some(
                "`fsl-exp` and `fsl-exp-worker` must be of one build; install both again"
                    .to_owned(),
            ),
            Self::SampleIsWholeSet { .. } => Some(
                "take `sample` out of `trials.vary` or `trials.cross`, lower `trials.train-size`, or give more texts"
                    .to_owned(),
            ),
            Self::Kept { path, .. } => Some(format!(
                "remove the folder `{}`; the next run trains the trial again",
                path.display()
            )),
            Self::Teacher { path, .. } => Some(format!(
                "remove it and `{}`; the next run asks the teacher again",
                path.with_extension("json").display()
            )),
            Self::PathNotText { .. } => Some(
                "give the folder a name in UTF-8; for what is fetched, FSL_EXP_CACHE names one"
                    .to_owned(),
            ),
            Self::Metric(_) | Self::Unreadable { .. } => None,
        }
    }
}
