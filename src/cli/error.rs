//! The errors that end a command, with their exit codes and hints.

use std::io;

use thiserror::Error;

use super::exit::Exit;
use super::output_error::OutputError;
use fsl_analysis::{AnalysisError, CompareError};
use fsl_assets::AssetError;
use fsl_common::settings::ParamError;
use fsl_common::shown;
use fsl_core::spec::SpecError;
use fsl_core::store::StoreError;
use fsl_core::trial::TrialError;
use fsl_data::DataError;
use fsl_data::split::SplitError;
use fsl_metrics::MetricError;
use fsl_report::{ReportError, SignatureError};

/// What ends a command early: an error of the part that it used, and the exit code that goes with it.
#[derive(Debug, Error)]
pub enum CliError {
    /// A spec is wrong.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The spec of a split, which has keys of its own.
    #[error(transparent)]
    SplitSpec(SpecError),
    /// A file cannot be split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The results folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An encoder or dataset cannot be had.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// A trial failed.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// A file of texts is wrong.
    #[error(transparent)]
    Data(#[from] DataError),
    /// An encoder cannot be loaded, trained or applied.
    #[error("{source}")]
    Encoder {
        /// What is wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
        /// What the user can do.
        hint: Option<String>,
    },
    /// A value of an option that trains is out of range.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// Metrics of no texts, or of too few.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A table or plot cannot be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A signature does not parse.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Rows that cannot be compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// An option is wrong.
    #[error("`{option}`: {problem}")]
    Usage {
        /// The option.
        option: &'static str,
        /// What is wrong, as a sentence that begins with the option.
        problem: String,
    },
    /// Texts may be longer than the encoder can read.
    #[error("`--max-tokens`: got {max_tokens}, the encoder reads at most {positions} tokens")]
    TooLong {
        /// Tokens per text that are asked for.
        max_tokens: u32,
        /// Tokens that the encoder reads.
        positions: i64,
    },
    /// An output that must not be written.
    #[error(transparent)]
    Refused(#[from] OutputError),
    /// The worker cannot be started.
    #[error("cannot start the worker: {0}")]
    Worker(io::Error),
    /// Signal handlers are refused.
    #[error("cannot install the signal handlers: {0}")]
    Signals(io::Error),
    /// An output cannot be written.
    #[error("cannot write {what}: {source}")]
    Output {
        /// What is written.
        what: String,
        /// What the system says.
        source: io::Error,
    },
    /// The name of a file to write leads out of the folder that it belongs in.
    #[error("cannot write into `{folder}`: `{path}` is outside it")]
    Outside {
        /// The folder.
        folder: String,
        /// The path that leads out of it.
        path: String,
    },
}

impl From<AnalysisError> for CliError {
    fn from(error: AnalysisError) -> Self {
        match error {
            AnalysisError::Store(error) => Self::Store(error),
            AnalysisError::Compare(error) => Self::Compare(error),
            AnalysisError::Trial(error) => Self::Trial(error),
            AnalysisError::Data(error) => Self::Data(error),
            AnalysisError::Metric(error) => Self::Metric(error),
            AnalysisError::Report(error) => Self::Report(error),
        }
    }
}

impl CliError {
    /// The exit code of the error.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Compare(error) if error.is_usage() => Exit::Usage,
            Self::Spec(_) | Self::SplitSpec(_) | Self::Compare(_) => Exit::Spec,
            Self::Usage { .. }
            | Self::TooLong { .. }
            | Self::Refused(_)
            | Self::Signature(_)
            | Self::Split(
                SplitError::NoSet | SplitError::TwoRests { .. } | SplitError::SameColumn { .. },
            ) => Exit::Usage,
            Self::Store(_) => Exit::Store,
            Self::Asset(_)
            | Self::Trial(_)
            | Self::Data(_)
            | Self::Split(_)
            | Self::Encoder { .. }
            | Self::Param(_)
            | Self::Metric(_)
            | Self::Report(_)
            | Self::Output { .. } => Exit::Data,
            Self::Worker(error) | Self::Signals(error) if is_refused(error) => Exit::Data,
            Self::Worker(_) | Self::Signals(_) | Self::Outside { .. } => Exit::Bug,
        }
    }

    /// What went wrong, in one line; in several where a spec has several faults, or several sources failed.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Spec(error) | Self::SplitSpec(error) => error.lines(),
            Self::Asset(error) => error.lines(),
            error => vec![shown::chain(error)],
        }
    }

    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Spec(error) => error.hint(),
            Self::SplitSpec(SpecError::Unreadable { .. }) => {
                Some("give the path of a file such as `data/metoo_split.toml`".to_owned())
            }
            Self::SplitSpec(_) => {
                Some("`docs/split.md` explains every key; nothing was written".to_owned())
            }
            Self::Split(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Asset(error) => error.hint(),
            Self::Trial(error) => error.hint(),
            Self::Data(error) => error.hint(),
            Self::Encoder { hint, .. } => hint.clone(),
            Self::Report(error) => error.hint(),
            Self::Compare(error) => error.hint(),
            Self::Signature(error) => Some(error.hint()),
            Self::Refused(error) => Some(error.hint().to_owned()),
            Self::TooLong { positions, .. } => {
                Some(format!("set `--max-tokens` to {positions} or less"))
            }
            // A spec is no option.
            Self::Usage { option, .. } if *option != "SPEC" => {
                Some("`fsl-exp help` lists the options".to_owned())
            }
            Self::Worker(error) | Self::Signals(error) if is_refused(error) => {
                Some("raise the limit of memory or of processes (`ulimit -a`)".to_owned())
            }
            Self::Worker(_) => Some(
                "keep `fsl-exp-worker` in the folder of `fsl-exp`, or set FSL_EXP_WORKER to its path"
                    .to_owned(),
            ),
            Self::Usage { .. }
            | Self::Metric(_)
            | Self::Param(_)
            | Self::Output { .. }
            | Self::Outside { .. }
            | Self::Signals(_) => None,
        }
    }
}

/// Whether the system has no memory, thread or process left for the program.
fn is_refused(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by `make soak`: under a limit of memory, no thread for signals could be started.
    #[test]
    fn limits_of_the_system_are_no_fault_of_the_program() {
        for kind in [io::ErrorKind::WouldBlock, io::ErrorKind::OutOfMemory] {
            for error in [
                CliError::Signals(kind.into()),
                CliError::Worker(kind.into()),
            ] {
                assert_eq!(error.exit(), Exit::Data, "{error}");
                let hint = error.hint().unwrap();
                assert!(hint.starts_with("raise the limit"), "{hint}");
            }
        }
        let other = CliError::Signals(io::ErrorKind::Other.into());
        assert_eq!(other.exit(), Exit::Bug);
        let missing = CliError::Worker(io::ErrorKind::NotFound.into());
        assert_eq!(missing.exit(), Exit::Bug);
    }
}
