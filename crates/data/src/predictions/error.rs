//! Files of predictions that do not fit the texts that they should be about: what is wrong, in words.

use std::fmt;
use std::path::{Path, PathBuf};

use super::fault::PredictionsFault;
use crate::distinct::{quoted, shown};
use fsl_common::spelling::nearest;

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

impl fmt::Display for PredictionsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`", self.path.display())?;
        if let Some(line) = self.fault.line() {
            write!(formatter, ", line {line}")?;
        }
        let message = column_message(&self.fault);
        let message = message.unwrap_or_else(|| row_message(&self.fault, &self.known));
        write!(formatter, ": {message}")
    }
}

impl PredictionsError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        let known = self.known.display();
        match &self.fault {
            PredictionsFault::NoProbabilities {
                decision, classes, ..
            } => no_probabilities_hint(decision.as_deref(), classes),
            PredictionsFault::UnknownClasses { columns, classes } => unknown_hint(columns, classes),
            PredictionsFault::MissingClasses { missing, .. } => {
                format!("add {}; a class that is never predicted has 0", named(missing))
            }
            PredictionsFault::TwoColumns { .. } => "keep one of the two columns".to_owned(),
            PredictionsFault::NoKey { present, .. } => no_key_hint(present),
            PredictionsFault::Probability { got, .. } => probability_hint(got).to_owned(),
            PredictionsFault::Sum { .. } => {
                "give every class its probability, after the softmax".to_owned()
            }
            PredictionsFault::OtherTrial { .. } => {
                "trials are numbered from 0, in files' names and as `fsl-exp export` writes them"
                    .to_owned()
            }
            PredictionsFault::Index { .. } => {
                format!("`index` is the row of `{known}` without its header, from 0")
            }
            PredictionsFault::Repeated {
                has_trials: true, ..
            } => "a file has one trial of one row; write each trial into a file of its own and put `{trial}` into `file`".to_owned(),
            PredictionsFault::Repeated { .. } => "give every text one row".to_owned(),
            PredictionsFault::Missing { .. } => {
                "give every text its row; was another test set, or a part of it, predicted?"
                    .to_owned()
            }
            PredictionsFault::UnknownText { .. } | PredictionsFault::OtherText { .. } => {
                "texts must be as in that file, to the character; was another test set predicted? With a column `index`, that of texts may be left out".to_owned()
            }
            PredictionsFault::OtherLabel { column, .. } => format!(
                "was another test set predicted? `{column}` has the true labels; leave it out, or call predicted ones `predicted`"
            ),
        }
    }
}

/// What is wrong with the columns; `None` of faults of rows.
fn column_message(fault: &PredictionsFault) -> Option<String> {
    Some(match fault {
        PredictionsFault::NoProbabilities { present, .. } => format!(
            "no column of probabilities; the columns are {}",
            quoted(present)
        ),
        PredictionsFault::UnknownClasses { columns, classes } => format!(
            "{} {} of no class; the classes are {}",
            quoted(columns),
            if columns.len() == 1 { "is" } else { "are" },
            quoted(classes)
        ),
        PredictionsFault::MissingClasses { missing, present } => format!(
            "no probabilities of {}; the columns of probabilities are {}",
            quoted(missing),
            quoted(present)
        ),
        PredictionsFault::TwoColumns {
            columns: [first, second],
            class,
        } => format!(
            "`{first}` and `{second}` are both of class `{}`",
            shown(class)
        ),
        PredictionsFault::NoKey { column, present } => format!(
            "no column `index` or `{column}` tells which text a row is about; the columns are {}",
            quoted(present)
        ),
        _ => return None,
    })
}

/// What is wrong with a row of a file about the texts of the file `known`; empty for faults of columns.
fn row_message(fault: &PredictionsFault, known: &Path) -> String {
    let known = known.display();
    match fault {
        PredictionsFault::Probability { column, got, .. } => {
            format!("column `{column}`: got `{got}`, must be a number from 0 to 1")
        }
        PredictionsFault::Sum { sum, .. } => {
            format!("the probabilities sum to {sum:.4}, must be 1")
        }
        PredictionsFault::OtherTrial { got, trial, .. } => {
            format!("column `trial`: got `{got}`, but the file is that of trial {trial}")
        }
        PredictionsFault::Index { got, texts, .. } => format!(
            "column `index`: got `{got}`, must be a whole number from 0 to {}",
            texts.saturating_sub(1)
        ),
        PredictionsFault::Repeated { index, first, .. } => {
            format!("text {index} of `{known}` again, after line {first}")
        }
        PredictionsFault::Missing {
            count,
            index,
            text,
            texts,
        } => format!(
            "no row for {count} of the {texts} texts of `{known}`, the first of them text {index}, `{text}`"
        ),
        PredictionsFault::UnknownText {
            column,
            got,
            known: 0,
            ..
        } => format!("column `{column}`: `{got}` is no text of `{known}`"),
        PredictionsFault::UnknownText {
            column,
            got,
            known: times,
            ..
        } => format!(
            "column `{column}`: `{got}` is here more often than in `{known}`, which has it {times} {}",
            if *times == 1 { "time" } else { "times" }
        ),
        PredictionsFault::OtherText {
            column,
            got,
            index,
            expected,
            ..
        } => {
            format!("column `{column}`: got `{got}`, but text {index} of `{known}` is `{expected}`")
        }
        PredictionsFault::OtherLabel {
            column,
            got,
            expected,
            ..
        } => format!("column `{column}`: got `{got}`, but the label in `{known}` is `{expected}`"),
        _ => String::new(),
    }
}

/// Columns for these classes, at most 20.
fn named(classes: &[String]) -> String {
    let columns: Vec<String> = classes
        .iter()
        .map(|class| format!("probability_{class}"))
        .collect();
    quoted(&columns)
}

fn no_probabilities_hint(decision: Option<&str>, classes: &[String]) -> String {
    let columns = named(classes);
    decision.map_or_else(
        || format!("call them {columns}"),
        |decision| {
            format!(
                "`{decision}` alone has no probabilities; add {columns}. Where only the class is known, write 1 for it and 0 for the others"
            )
        },
    )
}

fn unknown_hint(columns: &[String], classes: &[String]) -> String {
    let near = columns.iter().find_map(|column| {
        let (prefix, class) = column.split_once('_')?;
        let near = nearest(class, classes.iter().map(String::as_str))?;
        Some(format!("did you mean `{prefix}_{near}`?"))
    });
    near.unwrap_or_else(|| "rename or remove the columns, or correct `data.classes`".to_owned())
}

fn no_key_hint(present: &[String]) -> String {
    if present.iter().any(String::is_empty) {
        return "pandas gives the index a name with to_csv(…, index_label=\"index\")".to_owned();
    }
    "add `index`, the row of the test file from 0".to_owned()
}

fn probability_hint(got: &str) -> &'static str {
    match got.trim().parse::<f64>() {
        Ok(number) if number > 1.0 && number <= 100.0 => "divide percentages by 100",
        Ok(number) if number.is_finite() => "give probabilities, not logits: apply the softmax",
        _ => "give every text the probability of every class",
    }
}
