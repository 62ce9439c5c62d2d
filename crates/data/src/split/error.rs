//! Errors of drawing sets.

use thiserror::Error;

use super::Set;
use crate::distinct::{quoted, shown};
use crate::stream::StreamError;
use crate::{DataError, Doubt, LineFault};

/// The most classes that a message lists.
const LISTED: usize = 10;

/// What helps where some labels are classes and others are not.
const OTHERS: &str =
    "to skip rows with other labels, list the classes in `--classes` and add `--skip-bad-rows`";

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
    /// Too few texts of some classes are left for a set.
    #[error("too few texts {}", needed(*set, short))]
    TooFew {
        /// The set.
        set: Set,
        /// Every class that is short of texts, at least one.
        short: Vec<ShortOfTexts>,
    },
    /// Too few texts are left for a set that is drawn whatever their classes.
    #[error("too few texts for the {set} set: {wanted} requested, {left} of {all} left")]
    TooFewTexts {
        /// The set.
        set: Set,
        /// How many texts the set needs.
        wanted: u64,
        /// How many are in no other set.
        left: u64,
        /// How many there are after duplicates and short texts were dropped.
        all: u64,
    },
    /// A set has other than one number of texts for each class.
    #[error("{got} numbers of texts for the {set} set, must be {}, one for each of the classes {}", classes.len(), quoted(classes))]
    Counts {
        /// The set.
        set: Set,
        /// How many numbers there are.
        got: usize,
        /// The classes.
        classes: Vec<String>,
    },
    /// Nothing is left for the set that has the rest.
    #[error("no text is left for the {set} set")]
    NothingLeft {
        /// The set.
        set: Set,
    },
}

/// A class of which too few texts are left for a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortOfTexts {
    /// The class.
    pub class: String,
    /// How many of its texts the set needs.
    pub wanted: u64,
    /// How many are in no other set.
    pub left: u64,
    /// How many there are after duplicates and short texts were dropped.
    pub all: u64,
}

/// What the classes should have and what they have; at most ten of them.
fn needed(set: Set, short: &[ShortOfTexts]) -> String {
    let mut text = String::new();
    for (place, class) in short.iter().take(LISTED).enumerate() {
        let ShortOfTexts {
            class,
            wanted,
            left,
            all,
        } = class;
        let class = shown(class);
        text += &match place {
            0 => format!("with label `{class}` for the {set} set"),
            _ => format!("; with label `{class}`"),
        };
        text += &format!(": {wanted} requested, {left} of {all} left");
    }
    match short.len().saturating_sub(LISTED) {
        0 => text,
        more => format!("{text}; and {more} more classes are short"),
    }
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
            Self::TooFew { short, .. } => {
                let names: Vec<String> = short.iter().map(|short| short.class.clone()).collect();
                let is_word = names.iter().any(|name| name != "0" && name != "1");
                let mistake = if is_word {
                    "; if a label is a mistake, correct it or name the right ones with `--classes`"
                } else {
                    ""
                };
                let label = if names.len() == 1 { "label" } else { "labels" };
                let names = quoted(&names);
                Some(format!(
                    "request fewer, add texts with {label} {names}, or lower `--min-chars`{mistake}"
                ))
            }
            Self::TooFewTexts { .. } => {
                Some("request fewer, add texts, or lower `--min-chars`".to_owned())
            }
            Self::Counts { .. } => Some(
                "give one number for each class, in this order, or one for all such as `1000` or `8:shots`"
                    .to_owned(),
            ),
            Self::NothingLeft { .. } => Some("make the other sets smaller".to_owned()),
        }
    }
}

/// What the error says itself, and which option could help.
fn stream_hint(error: &DataError) -> Option<String> {
    let hint = error.hint();
    match error {
        DataError::Line { fault, .. } if may_be_skipped(fault) => skip_hint(hint),
        DataError::UnknownLabels(_) => skip_hint(hint),
        DataError::DoubtfulClasses(error) => match error.doubt {
            Doubt::Mixed { .. } => skip_hint(hint),
            Doubt::TooManySoFar { .. } => Some(format!(
                "name the column of labels with `--label-column`; {OTHERS}"
            )),
            Doubt::Alike { .. } => hint.map(|hint| format!("{hint}; {OTHERS}")),
            Doubt::TooMany { .. } | Doubt::NearlyAsManyAsTexts { .. } => hint,
        },
        DataError::MissingColumn { .. } => hint.or(Some(
            "name the columns with `--text-column` and `--label-column`".to_owned(),
        )),
        _ => hint,
    }
}

/// Whether the fault is of a row that can be left out.
fn may_be_skipped(fault: &LineFault) -> bool {
    matches!(
        fault,
        LineFault::EmptyLabel { .. }
            | LineFault::RepeatedHeader
            | LineFault::Fields { .. }
            | LineFault::LongText { .. }
    )
}

fn skip_hint(hint: Option<String>) -> Option<String> {
    hint.map(|hint| format!("{hint}; `--skip-bad-rows` skips such rows"))
}
