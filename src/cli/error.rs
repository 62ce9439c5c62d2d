//! What ends a command early.

use std::io;

use thiserror::Error;

use super::compare::CompareError;
use super::exit::Exit;
use super::output::OutputError;
use crate::assets::AssetError;
use crate::data::DataError;
use crate::data::split::SplitError;
use crate::metric::MetricError;
use crate::nn::NnError;
use crate::report::{ReportError, SignatureError};
use crate::spec::SpecError;
use crate::store::StoreError;
use crate::trial::TrialError;

/// What ends a command early: an error of the part that it used, and the exit code that goes with it.
#[derive(Debug, Error)]
pub(super) enum CliError {
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The spec of a split, which has keys of its own.
    #[error(transparent)]
    SplitSpec(SpecError),
    #[error(transparent)]
    Split(#[from] SplitError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Asset(#[from] AssetError),
    #[error(transparent)]
    Trial(#[from] TrialError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Nn(#[from] NnError),
    #[error(transparent)]
    Metric(#[from] MetricError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error(transparent)]
    Compare(#[from] CompareError),
    #[error("`{option}`: {problem}")]
    Usage {
        option: &'static str,
        problem: String,
    },
    #[error(transparent)]
    Refused(#[from] OutputError),
    #[error("start the worker: {0}")]
    Worker(io::Error),
    #[error("prepare for Ctrl-C: {0}")]
    Signals(io::Error),
    #[error("write {what}: {source}")]
    Output { what: String, source: io::Error },
    /// The name of a file to write leads out of the folder that it belongs in.
    #[error("write into `{folder}`: `{path}` lies outside it")]
    Outside { folder: String, path: String },
}

impl CliError {
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Compare(error) if error.is_usage() => Exit::Usage,
            Self::Spec(_) | Self::SplitSpec(_) | Self::Compare(_) => Exit::Spec,
            Self::Usage { .. }
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
            | Self::Nn(_)
            | Self::Metric(_)
            | Self::Report(_)
            | Self::Output { .. } => Exit::Data,
            Self::Worker(_) | Self::Signals(_) | Self::Outside { .. } => Exit::Bug,
        }
    }

    pub(super) fn hint(&self) -> Option<String> {
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
            Self::Nn(error) => error.hint(),
            Self::Report(error) => error.hint(),
            Self::Compare(error) => error.hint(),
            Self::Signature(error) => Some(error.hint()),
            Self::Refused(error) => Some(error.hint().to_owned()),
            Self::Usage { .. } => Some("`fsl-exp help` lists the options".to_owned()),
            Self::Worker(_) => Some(
                "`fsl-exp-worker` is built with `fsl-exp` and must lie beside it, or name it in FSL_EXP_WORKER"
                    .to_owned(),
            ),
            Self::Metric(_) | Self::Output { .. } | Self::Outside { .. } | Self::Signals(_) => None,
        }
    }
}
