//! The error of a file of predictions that does not fit the texts that it should be about.

use std::fmt;
use std::path::PathBuf;

use super::column_fault::ColumnFault;
use super::row_fault::RowFault;
use crate::distinct::shown;

/// A file of predictions that does not fit the texts that it should be about.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictionsError {
    /// The file.
    pub path: PathBuf,
    /// The file of the texts.
    pub known: PathBuf,
    /// What does not fit.
    pub fault: PredictionsFault,
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq)]
pub enum PredictionsFault {
    /// The columns.
    Columns(ColumnFault),
    /// A row.
    Row {
        /// The line, from 1, on which it starts.
        line: u64,
        /// What is wrong with it.
        fault: RowFault,
    },
    /// Texts have no row.
    Missing {
        /// How many.
        count: usize,
        /// The first of them, from 0.
        index: usize,
        /// What it says.
        text: String,
        /// How many texts there are.
        texts: usize,
    },
}

impl fmt::Display for PredictionsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`", self.path.display())?;
        match &self.fault {
            PredictionsFault::Columns(fault) => write!(formatter, ": {fault}"),
            PredictionsFault::Row { line, fault } => {
                write!(formatter, ", line {line}: {}", fault.message(&self.known))
            }
            PredictionsFault::Missing {
                count,
                index,
                text,
                texts,
            } => write!(
                formatter,
                ": no row for {count} of the {texts} texts of `{}`, the first of them text {index}, `{}`",
                self.known.display(),
                shown(text)
            ),
        }
    }
}

impl PredictionsError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match &self.fault {
            PredictionsFault::Columns(fault) => fault.hint(),
            PredictionsFault::Row { fault, .. } => fault.hint(&self.known),
            PredictionsFault::Missing { .. } => {
                "give every text its row; was another test set, or a part of it, predicted?"
                    .to_owned()
            }
        }
    }
}

impl From<ColumnFault> for PredictionsFault {
    fn from(fault: ColumnFault) -> Self {
        Self::Columns(fault)
    }
}

impl RowFault {
    /// The fault with the line that it is in.
    pub(super) fn at(self, line: u64) -> PredictionsFault {
        PredictionsFault::Row { line, fault: self }
    }
}
