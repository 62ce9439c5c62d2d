//! Errors of drawing sets.

use thiserror::Error;

use super::Set;
use crate::stream::StreamError;
use crate::{DataError, LineFault};

/// What can keep sets from being drawn.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SplitError {
    /// The input cannot be read, or is no CSV file of texts and labels.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// No set was asked for.
    #[error("no set to draw")]
    NoSet,
    /// More than one set is to have the rest.
    #[error("the {first} and the {second} set cannot both be `rest`")]
    TwoRests {
        /// One of them.
        first: Set,
        /// Another one.
        second: Set,
    },
    /// Two columns of a set would have one name.
    #[error("two columns would be called `{column}`")]
    SameColumn {
        /// The name.
        column: String,
    },
    /// Too few texts of a label are left for a set.
    #[error(
        "too few texts with label `{class}` for the {set} set: {wanted} requested, {left} of {all} left"
    )]
    TooFew {
        /// The set.
        set: Set,
        /// The label, 0 or 1.
        class: u8,
        /// How many texts of the label the set needs.
        wanted: u64,
        /// How many are in no other set.
        left: u64,
        /// How many there are after duplicates and short texts were dropped.
        all: u64,
    },
    /// Nothing is left for the set that has the rest.
    #[error("no text is left for the {set} set")]
    NothingLeft {
        /// The set.
        set: Set,
    },
}

impl SplitError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Stream(StreamError::Input(error)) => stream_hint(error),
            Self::Stream(_) => None,
            Self::NoSet => Some("add one, such as `--test 1000` or `--train 100`".to_owned()),
            Self::TwoRests { .. } => Some("give one of them a number of texts".to_owned()),
            Self::SameColumn { .. } => {
                Some("the text, `text_pp` and the label need separate columns".to_owned())
            }
            Self::TooFew { class, .. } => Some(format!(
                "request fewer, add texts with label `{class}`, or lower `--min-chars`"
            )),
            Self::NothingLeft { .. } => Some("make the other sets smaller".to_owned()),
        }
    }
}

/// What the error says itself, and which option could help.
fn stream_hint(error: &DataError) -> Option<String> {
    let hint = error.hint();
    match error {
        DataError::Line {
            fault: LineFault::Label { .. } | LineFault::Fields { .. } | LineFault::LongText { .. },
            ..
        } => hint.map(|hint| format!("{hint}; `--skip-bad-rows` skips such rows")),
        DataError::MissingColumn { .. } => hint.or(Some(
            "name the columns with `--text-column` and `--label-column`".to_owned(),
        )),
        _ => hint,
    }
}
