//! Errors of trials.

use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use fsl_common::settings::ParamError;
use fsl_data::DataError;
use fsl_methods::MethodError;
use fsl_metrics::MetricError;

/// What messages say where the system refused something and the error has no source that tells it: those of the standard library, of
/// libtorch on processors, and of libtorch on GPUs.
const SYSTEM_WORDS: [&str; 4] = [
    "(os error ",
    "not enough memory",
    "allocate memory",
    "out of memory",
];

/// An error of a trial.
#[derive(Debug, Error)]
pub enum TrialError {
    /// The texts could not be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A file's texts cannot be used for training.
    #[error("`{}`: {source}", path.display())]
    Texts {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: Box<DataError>,
    },
    /// The method could not be fitted or scored.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// A row asks of its encoder what that has not.
    #[error("row `{row}`, encoder `{encoder}`: {source}")]
    Encoder {
        /// The row, as `experiment/row`.
        row: String,
        /// The encoder, as the spec names it.
        encoder: String,
        /// What it has not.
        source: Box<MethodError>,
    },
    /// A row's settings do not go with its classes.
    #[error("row `{row}`: {source}")]
    Classes {
        /// The row, as `experiment/row`.
        row: String,
        /// The setting.
        source: ParamError,
    },
    /// The predictions could not be scored.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// Trials should differ in their training sample, but the sample is the whole training file.
    #[error("`{}`: it has exactly the {size} texts that `trials.{key}` asks for, so the `sample` stream has nothing to vary", path.display())]
    SampleIsWholeSet {
        /// The training file.
        path: PathBuf,
        /// The key that gives the sample's size.
        key: &'static str,
        /// The number of its texts.
        size: usize,
    },
    /// Classes have no text in a sample of this size.
    #[error("`{}`: a sample of {size} texts has none with label {}", path.display(), listed(classes))]
    ClassesNotDrawn {
        /// The training file.
        path: PathBuf,
        /// The sample's size.
        size: usize,
        /// The classes, each with the number of its texts in the file.
        classes: Vec<(String, usize)>,
    },
    /// There is nothing in any of the training texts.
    #[error("`{}`: column `{column}` is empty in all {got} rows{}", path.display(), if *rules { " after the text rules" } else { "" })]
    NoText {
        /// The training file.
        path: PathBuf,
        /// The column of texts.
        column: String,
        /// The number of rows.
        got: usize,
        /// Whether text rules were applied before.
        rules: bool,
    },
    /// A file's checksum differs from the request.
    #[error("`{}` has changed since the trial was planned: its sha256 is {got}, the plan says {expected}", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// The checksum found.
        got: String,
        /// The checksum that the request names.
        expected: String,
    },
    /// A teacher's predictions do not match their record or the transfer set.
    #[error("the teacher's probabilities `{}`: {problem}", path.display())]
    Teacher {
        /// The file of probabilities.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A saved model cannot be used.
    #[error("the saved model `{}`: {source}", path.display())]
    SavedModel {
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
        /// The error of the file system.
        source: std::io::Error,
    },
    /// Requests store paths as text, and this path is not valid UTF-8.
    #[error("`{}`: the path is not valid UTF-8", path.display())]
    PathNotText {
        /// The file.
        path: PathBuf,
    },
    /// The result contradicts itself, or holds what is no number.
    #[error("its result is not stored: {problem}")]
    NotStorable {
        /// What is wrong with it.
        problem: String,
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
    /// What is wrong with the texts of a file that the error itself does not name.
    pub(super) fn texts(path: &Path, source: DataError) -> Self {
        Self::Texts {
            path: path.to_owned(),
            source: Box::new(source),
        }
    }

    /// What is wrong with the texts of a file, which is named where the error itself does not.
    pub fn of_file(path: &Path, source: DataError) -> Self {
        match source {
            DataError::OneClass { .. } => Self::texts(path, source),
            source => source.into(),
        }
    }

    /// Whether the cause is external and a retry may succeed.
    pub fn is_transient(&self) -> bool {
        self.is_from_system()
            || match self {
                Self::Method(error) => error.is_transient(),
                Self::Changed { .. }
                | Self::Teacher { .. }
                | Self::SavedModel { .. }
                | Self::Unreadable { .. }
                | Self::Version { .. } => true,
                _ => false,
            }
    }

    /// Whether the system refused something, such as space, memory, or one more open file: no fault of the trial's.
    fn is_from_system(&self) -> bool {
        let mut cause = self.source();
        while let Some(error) = cause {
            let io = error.downcast_ref::<io::Error>();
            if io.is_some_and(|error| error.raw_os_error().is_some()) {
                return true;
            }
            cause = error.source();
        }
        // Other errors quote names and texts, which may have these words.
        let Self::Method(MethodError::Encoder(error)) = self else {
            return false;
        };
        let text = error.to_string();
        SYSTEM_WORDS.iter().any(|words| text.contains(words))
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Data(error) => error.hint(),
            Self::Texts { source, .. } => source.hint(),
            Self::Method(error) => error.hint(),
            Self::Encoder { source, .. } => source.hint(),
            Self::Changed { .. } => {
                Some("run the same command again to plan the trial with the new file".to_owned())
            }
            Self::Version { .. } => Some(
                "`fsl-exp` and `fsl-exp-worker` must come from the same build; reinstall both"
                    .to_owned(),
            ),
            Self::SampleIsWholeSet { key, .. } => Some(format!(
                "remove `sample` from `trials.vary` or `trials.cross`, lower `trials.{key}`, or provide more texts"
            )),
            Self::ClassesNotDrawn { .. } => Some(
                "raise `trials.train-size`, or give `trials.shots`, the texts of each class"
                    .to_owned(),
            ),
            Self::NoText { rules: true, .. } => Some(
                "`data.preprocess = \"none\"` keeps texts as they are; the rules of `reference` are for English".to_owned(),
            ),
            Self::NoText { .. } => Some(
                "name the column of texts with `data.text`".to_owned(),
            ),
            Self::SavedModel { path, .. } => Some(format!(
                "remove the folder `{}`; the next run retrains the trial",
                path.display()
            )),
            Self::Teacher { path, .. } => Some(format!(
                "remove it and `{}`; the next run computes them again",
                path.with_extension("json").display()
            )),
            Self::PathNotText { .. } => Some(
                "rename the folder; for fetched files, set FSL_EXP_CACHE to another folder"
                    .to_owned(),
            ),
            Self::Metric(error) => error.hint(),
            Self::Classes { .. } | Self::Unreadable { .. } | Self::NotStorable { .. } => None,
        }
    }
}

/// Classes with the number of their texts, at most ten.
fn listed(classes: &[(String, usize)]) -> String {
    let shown = classes.iter().take(10);
    let mut names: Vec<String> = shown
        .map(|(name, texts)| format!("`{}` ({texts} in the file)", name.escape_debug()))
        .collect();
    if let more @ 1.. = classes.len().saturating_sub(10) {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsl_methods::{EncoderError, MethodError};

    /// As encoders fail, whose errors this package does not know.
    #[derive(Debug, Error)]
    enum Encoder {
        #[error("`m` cannot be written: {source}")]
        Write { source: io::Error },
        #[error("{0}")]
        Text(&'static str),
    }

    fn failed(error: Encoder) -> TrialError {
        MethodError::from(EncoderError::new(error, None, false)).into()
    }

    #[test]
    fn what_the_system_refused_is_not_the_trial_s_fault() {
        // ENOSPC, EDQUOT, EFBIG, EIO, EMFILE, ENOMEM on Linux.
        for code in [28, 122, 27, 5, 24, 12] {
            let source = io::Error::from_raw_os_error(code);
            assert!(failed(Encoder::Write { source }).is_transient(), "{code}");
        }
        for words in [
            "DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes.",
            "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory",
            "CUDA out of memory. Tried to allocate 2.00 GiB",
            "cannot read it: Input/output error (os error 5)",
        ] {
            assert!(failed(Encoder::Text(words)).is_transient(), "{words}");
        }
    }

    #[test]
    fn what_would_happen_again_is() {
        let problem = "a score is NaN".to_owned();
        assert!(!TrialError::NotStorable { problem }.is_transient());
        // Names may have any words.
        let problem = "no text has the label `out of memory`".to_owned();
        assert!(!TrialError::NotStorable { problem }.is_transient());
        assert!(!failed(Encoder::Text("the loss became NaN at step 3")).is_transient());
        let source = io::Error::other("no text");
        assert!(!failed(Encoder::Write { source }).is_transient());
    }
}
