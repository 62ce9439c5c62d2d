//! What can be wrong with a file of predictions, as data.

use crate::distinct::{label_text, shown};

/// What does not fit. Lines count from 1, texts from 0; fields are as written, long ones cut off.
#[derive(Debug, Clone, PartialEq)]
pub enum PredictionsFault {
    /// No column has probabilities.
    NoProbabilities {
        /// The columns.
        present: Vec<String>,
        /// One of them that holds the predicted class.
        decision: Option<String>,
        /// The classes.
        classes: Vec<String>,
    },
    /// Columns are of classes that do not exist.
    UnknownClasses {
        /// The columns.
        columns: Vec<String>,
        /// The classes that exist.
        classes: Vec<String>,
    },
    /// Classes have no column.
    MissingClasses {
        /// The classes.
        missing: Vec<String>,
        /// The columns of the others.
        present: Vec<String>,
    },
    /// Two columns are of one class.
    TwoColumns {
        /// The columns.
        columns: [String; 2],
        /// The class.
        class: String,
    },
    /// Nothing tells which text a row is about.
    NoKey {
        /// What a column of texts would be called.
        column: String,
        /// The columns.
        present: Vec<String>,
    },
    /// The field is no probability.
    Probability {
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// The field.
        got: String,
    },
    /// The probabilities of a row do not sum to 1.
    Sum {
        /// The line.
        line: u64,
        /// Their sum.
        sum: f64,
    },
    /// The row is of another trial.
    OtherTrial {
        /// The line.
        line: u64,
        /// The field.
        got: String,
        /// The trial that the file is of.
        trial: u32,
    },
    /// The index is none of a text.
    Index {
        /// The line.
        line: u64,
        /// The field.
        got: String,
        /// How many texts there are.
        texts: usize,
    },
    /// A text has a second row.
    Repeated {
        /// The line of the second row.
        line: u64,
        /// The text.
        index: usize,
        /// The line of the first row.
        first: u64,
        /// Whether a column tells trials apart.
        has_trials: bool,
    },
    /// Texts have no row.
    Missing {
        /// How many.
        count: usize,
        /// The first of them.
        index: usize,
        /// What it says.
        text: String,
        /// How many texts there are.
        texts: usize,
    },
    /// The row's text is none of the texts, or is there too often.
    UnknownText {
        /// The line.
        line: u64,
        /// The column of texts.
        column: String,
        /// The text.
        got: String,
        /// How often it is among the texts.
        known: usize,
    },
    /// The row's text is not that of its index.
    OtherText {
        /// The line.
        line: u64,
        /// The column of texts.
        column: String,
        /// The text.
        got: String,
        /// The row's index.
        index: usize,
        /// The text of that index.
        expected: String,
    },
    /// The row's label is not the text's.
    OtherLabel {
        /// The line.
        line: u64,
        /// The column of labels.
        column: String,
        /// The label.
        got: String,
        /// The text's label.
        expected: String,
    },
}

impl PredictionsFault {
    pub(super) fn probability(line: u64, column: &str, field: &str) -> Self {
        let (column, got) = (column.to_owned(), shown(field));
        Self::Probability { line, column, got }
    }

    pub(super) fn index(line: u64, field: &str, texts: usize) -> Self {
        let got = shown(field);
        Self::Index { line, got, texts }
    }

    pub(super) fn other_trial(line: u64, field: &str, trial: u32) -> Self {
        let got = shown(field);
        Self::OtherTrial { line, got, trial }
    }

    pub(super) fn unknown_text(line: u64, column: &str, text: &str) -> Self {
        Self::surplus_text(line, column, text, 0)
    }

    pub(super) fn surplus_text(line: u64, column: &str, text: &str, known: usize) -> Self {
        let (column, got) = (column.to_owned(), shown(text));
        Self::UnknownText {
            line,
            column,
            got,
            known,
        }
    }

    pub(super) fn other_text(
        line: u64,
        column: &str,
        text: &str,
        index: usize,
        expected: &str,
    ) -> Self {
        Self::OtherText {
            line,
            column: column.to_owned(),
            got: shown(text),
            index,
            expected: shown(expected),
        }
    }

    pub(super) fn missing(count: usize, index: usize, text: &str, texts: usize) -> Self {
        let text = shown(text);
        Self::Missing {
            count,
            index,
            text,
            texts,
        }
    }

    pub(super) fn other_label(line: u64, column: &str, field: &str, label: &str) -> Self {
        Self::OtherLabel {
            line,
            column: column.to_owned(),
            got: shown(label_text(field)),
            expected: shown(label),
        }
    }

    /// The line that it is in.
    pub(super) fn line(&self) -> Option<u64> {
        match self {
            Self::Probability { line, .. }
            | Self::Sum { line, .. }
            | Self::OtherTrial { line, .. }
            | Self::Index { line, .. }
            | Self::Repeated { line, .. }
            | Self::UnknownText { line, .. }
            | Self::OtherText { line, .. }
            | Self::OtherLabel { line, .. } => Some(*line),
            Self::NoProbabilities { .. }
            | Self::UnknownClasses { .. }
            | Self::MissingClasses { .. }
            | Self::TwoColumns { .. }
            | Self::NoKey { .. }
            | Self::Missing { .. } => None,
        }
    }
}
