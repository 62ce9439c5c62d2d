//! What can be wrong with a row of a file of predictions.

use std::path::Path;

use crate::distinct::shown;

/// A row that does not fit its text. Texts count from 0.
#[derive(Debug, Clone, PartialEq)]
pub enum RowFault {
    /// The field is no probability.
    Probability {
        /// The column.
        column: String,
        /// The field.
        got: String,
    },
    /// The probabilities do not sum to 1.
    Sum(f64),
    /// The row is of another trial.
    OtherTrial {
        /// The field.
        got: String,
        /// The trial that the file is of.
        trial: u32,
    },
    /// The row's program learnt from other texts than the trial.
    OtherSample {
        /// The checksum of the texts' row numbers.
        got: String,
        /// That of the trial's texts.
        expected: String,
    },
    /// The index is none of a text.
    Index {
        /// The field.
        got: String,
        /// How many texts there are.
        texts: usize,
    },
    /// The text has a row already.
    Repeated {
        /// The text.
        index: usize,
        /// The line of the first row.
        first: u64,
        /// Whether a column tells trials apart.
        has_trials: bool,
    },
    /// The text is none of the texts, or is there too often.
    UnknownText {
        /// The column of texts.
        column: String,
        /// The text.
        got: String,
        /// How often it is among the texts.
        times: usize,
    },
    /// The text is not that of the index.
    OtherText {
        /// The column of texts.
        column: String,
        /// The text.
        got: String,
        /// The index.
        index: usize,
        /// The text of that index.
        expected: String,
    },
    /// The label is not the text's.
    OtherLabel {
        /// The column of labels.
        column: String,
        /// The label.
        got: String,
        /// The text's label.
        expected: String,
    },
}

impl RowFault {
    /// What is wrong; `known` is the file of the texts.
    pub(super) fn message(&self, known: &Path) -> String {
        let known = known.display();
        match self {
            Self::Probability { column, got } => format!(
                "column `{}`: got `{}`, must be a number from 0 to 1",
                shown(column),
                shown(got)
            ),
            Self::Sum(sum) => format!("the probabilities sum to {sum:.4}, must be 1"),
            Self::OtherTrial { got, trial } => format!(
                "column `trial`: got `{}`, but the file is that of trial {trial}",
                shown(got)
            ),
            Self::OtherSample { got, expected } => format!(
                "column `train_rows_sha256`: got `{}`, but this trial's sample has `{}`",
                shown(got),
                shown(expected)
            ),
            Self::Index { got, texts } => format!(
                "column `index`: got `{}`, must be a whole number from 0 to {}",
                shown(got),
                texts.saturating_sub(1)
            ),
            Self::Repeated { index, first, .. } => {
                format!("text {index} of `{known}` again, after line {first}")
            }
            Self::UnknownText { column, got, times } => {
                let got = shown(got);
                match times {
                    0 => format!("column `{column}`: `{got}` is no text of `{known}`"),
                    1 => format!("column `{column}`: `{got}` again, which `{known}` has once"),
                    times => format!(
                        "column `{column}`: `{got}` again, which `{known}` has {times} times"
                    ),
                }
            }
            Self::OtherText {
                column,
                got,
                index,
                expected,
            } => format!(
                "column `{column}`: got `{}`, but text {index} of `{known}` is `{}`",
                shown(got),
                shown(expected)
            ),
            Self::OtherLabel {
                column,
                got,
                expected,
            } => format!(
                "column `{column}`: got `{}`, but the label in `{known}` is `{}`",
                shown(got),
                shown(expected)
            ),
        }
    }

    /// What the user can do about it.
    pub(super) fn hint(&self, known: &Path) -> String {
        match self {
            Self::Probability { got, .. } => probability_hint(got).to_owned(),
            Self::Sum(_) => "give every class its probability, after the softmax, and more digits if they were rounded".to_owned(),
            Self::OtherTrial { .. } => {
                "trials are numbered from 0, in files' names and as `fsl-exp export` writes them"
                    .to_owned()
            }
            Self::OtherSample { .. } => {
                "the file is of another sample; train again on what `fsl-exp export --samples` says now"
                    .to_owned()
            }
            Self::Index { .. } => format!(
                "`index` is the row of `{}` without its header, from 0",
                known.display()
            ),
            Self::Repeated {
                has_trials: true, ..
            } => "a file has one trial of one row; write each trial into a file of its own and put `{trial}` into `file`".to_owned(),
            Self::Repeated { .. } => "give every text one row".to_owned(),
            Self::UnknownText { .. } | Self::OtherText { .. } => {
                "texts must be as in that file, to the character; was another test set predicted? With a column `index`, that of texts may be left out".to_owned()
            }
            Self::OtherLabel { column, .. } => format!(
                "was another test set predicted? `{column}` has the true labels; leave it out, or call predicted ones `predicted`"
            ),
        }
    }
}

fn probability_hint(got: &str) -> &'static str {
    if got.contains(',') && got.replace(',', ".").trim().parse::<f64>().is_ok() {
        return "write numbers with a decimal point";
    }
    match got.trim().parse::<f64>() {
        Ok(number) if number > 1.0 && number <= 100.0 => "divide percentages by 100",
        Ok(number) if number.is_finite() => "give probabilities, not logits: apply the softmax",
        _ => "give every text the probability of every class",
    }
}
