//! What can be wrong with the columns of a file of predictions.

use fsl_common::spelling::nearest;
use thiserror::Error;

use crate::distinct::{quoted, shown};
use crate::header_hint::did_you_mean;

/// Columns that are missing, or that nothing can be made of.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ColumnFault {
    /// No column has probabilities.
    #[error("no column of probabilities; the columns are {}", quoted(present))]
    NoProbabilities {
        /// The columns.
        present: Vec<String>,
        /// One of them that holds the predicted class.
        decision: Option<String>,
        /// The classes.
        classes: Vec<String>,
    },
    /// Columns are of classes that do not exist.
    #[error("{} {} of no class; the classes are {}", quoted(columns), if columns.len() == 1 { "is" } else { "are" }, quoted(classes))]
    UnknownClasses {
        /// The columns.
        columns: Vec<String>,
        /// The classes that exist.
        classes: Vec<String>,
    },
    /// Classes have no column.
    #[error(
        "no probabilities of {}; the columns of probabilities are {}",
        quoted(missing),
        quoted(present)
    )]
    MissingClasses {
        /// The classes.
        missing: Vec<String>,
        /// The columns of the others.
        present: Vec<String>,
    },
    /// Two columns are of one class.
    #[error("`{}` and `{}` are both of class `{}`", shown(&columns[0]), shown(&columns[1]), shown(class))]
    TwoColumns {
        /// The columns.
        columns: [String; 2],
        /// The class.
        class: String,
    },
    /// Most predicted classes are not those of the highest probability.
    #[error(
        "column `{column}` has another class than {} in {differ} of {rows} rows",
        quoted(columns)
    )]
    OtherDecisions {
        /// The column of predicted classes.
        column: String,
        /// The rows in which it differs.
        differ: usize,
        /// The rows that have a class in it.
        rows: usize,
        /// The columns of probabilities.
        columns: Vec<String>,
        /// The classes.
        classes: Vec<String>,
    },
    /// Nothing tells which text a row is about.
    #[error(
        "no column `index` or `{column}` tells which text a row is about; the columns are {}",
        quoted(present)
    )]
    NoKey {
        /// What a column of texts would be called.
        column: String,
        /// The columns.
        present: Vec<String>,
    },
}

impl ColumnFault {
    /// What the user can do about it.
    pub(super) fn hint(&self) -> String {
        match self {
            Self::NoProbabilities {
                decision: Some(decision),
                classes,
                ..
            } => format!(
                "`{decision}` alone has no probabilities; add {}. Where only the class is known, write 1 for it and 0 for the others",
                columns_of(classes)
            ),
            Self::NoProbabilities { classes, .. } => format!("call them {}", columns_of(classes)),
            Self::UnknownClasses { columns, classes } => unknown_hint(columns, classes),
            Self::MissingClasses { missing, .. } => format!(
                "add {}; a class that is never predicted has 0",
                columns_of(missing)
            ),
            Self::OtherDecisions {
                columns, classes, ..
            } => match (columns.as_slice(), classes.as_slice()) {
                ([column], [_, second]) => format!(
                    "`{}` is taken as the probability of `{}`, the second class; call it `probability_NAME` after the class that it is of",
                    shown(column),
                    shown(second)
                ),
                _ => "do the columns of probabilities have the right names?".to_owned(),
            },
            Self::TwoColumns { .. } => "keep one of the two columns".to_owned(),
            Self::NoKey { present, .. } if present.iter().any(String::is_empty) => {
                "pandas gives the index a name with to_csv(…, index_label=\"index\")".to_owned()
            }
            Self::NoKey { .. } => "add `index`, the row of the test file from 0".to_owned(),
        }
    }
}

/// The names of columns for these classes, at most 20.
fn columns_of(classes: &[String]) -> String {
    let columns: Vec<String> = classes
        .iter()
        .map(|class| format!("probability_{class}"))
        .collect();
    quoted(&columns)
}

fn unknown_hint(columns: &[String], classes: &[String]) -> String {
    let near = columns.iter().find_map(|column| {
        let (prefix, class) = column.split_once('_')?;
        let missing = |name: &&str| !columns.iter().any(|column| column.ends_with(*name));
        let near = nearest(class, classes.iter().map(String::as_str).filter(missing))?;
        Some(did_you_mean(&format!("{prefix}_{near}")))
    });
    near.unwrap_or_else(|| "rename or remove the columns, or correct `data.classes`".to_owned())
}
