//! Columns of probabilities: which of a header are of which class.

use super::column_fault::ColumnFault;
use crate::distinct::label_text;
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use fsl_common::settings::model_folder::PROBABILITY_COLUMN;

/// The column of the second of two classes.
const OF_SECOND: &str = "probability";
/// How the columns of classes begin.
const PREFIXES: [&str; 2] = ["probability_", "prob_"];
/// Columns that hold a decision.
pub(super) const DECISIONS: [&str; 4] = ["predicted", "prediction", "pred", "predicted_label"];

/// The columns of probabilities.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ProbabilityColumns {
    /// Their names, as they are in the header.
    pub(super) names: Vec<String>,
    /// The class of each.
    labels: Vec<Label>,
}

impl ProbabilityColumns {
    /// Finds the columns of the classes in a header.
    pub(super) fn find(header: &[String], classes: &Classes) -> Result<Self, ColumnFault> {
        let mut found = Self {
            names: Vec::new(),
            labels: Vec::new(),
        };
        let mut unknown = Vec::new();
        for name in header {
            let Some(class) = class_name(name, classes) else {
                continue;
            };
            match classes.label(label_text(class)) {
                Some(label) => found.add(name, label, classes)?,
                None => unknown.push(name.clone()),
            }
        }
        if !unknown.is_empty() {
            return Err(ColumnFault::UnknownClasses {
                columns: unknown,
                classes: classes.names().to_vec(),
            });
        }
        found.checked(header, classes)
    }

    fn add(&mut self, name: &str, label: Label, classes: &Classes) -> Result<(), ColumnFault> {
        if let Some(first) = self.labels.iter().position(|known| *known == label) {
            return Err(ColumnFault::TwoColumns {
                columns: [self.names[first].clone(), name.to_owned()],
                class: classes.name(label).to_owned(),
            });
        }
        self.names.push(name.to_owned());
        self.labels.push(label);
        Ok(())
    }

    /// One of two classes is enough, otherwise all are needed.
    fn checked(self, header: &[String], classes: &Classes) -> Result<Self, ColumnFault> {
        if self.names.is_empty() {
            let mut decisions = header.iter();
            let decision = decisions.find(|name| DECISIONS.contains(&name.as_str()));
            return Err(ColumnFault::NoProbabilities {
                present: header.to_vec(),
                decision: decision.cloned(),
                classes: classes.names().to_vec(),
            });
        }
        let names = classes.names().iter().zip(0..);
        let missing = names.filter(|(_, label)| !self.labels.contains(label));
        let missing: Vec<String> = missing.map(|(name, _)| name.clone()).collect();
        if missing.is_empty() || classes.count() == 2 {
            return Ok(self);
        }
        Err(ColumnFault::MissingClasses {
            missing,
            present: self.names,
        })
    }

    /// Probabilities in the order of the classes, from rows of values in the order of the columns.
    pub(super) fn by_class(&self, classes: &Classes, values: &[f64]) -> Probabilities {
        let count = classes.count();
        let rows = values.chunks_exact(self.labels.len());
        let place = |label: Label| self.labels.iter().position(|known| *known == label);
        if count == 2 {
            let second = |row: &[f64]| match place(1) {
                Some(place) => row[place],
                None => 1.0 - row[0],
            };
            return Probabilities::two_class(rows.map(second).collect());
        }
        let mut sorted = vec![0.0; values.len()];
        for (row, sorted) in rows.zip(sorted.chunks_exact_mut(count)) {
            for (&label, &value) in self.labels.iter().zip(row) {
                sorted[usize::from(label)] = value;
            }
        }
        Probabilities::new(count, sorted)
    }
}

/// The name of the class whose probabilities a column of this name has; `None` for other columns. Of two classes the second has columns
/// that do not name it, too.
fn class_name<'a>(column: &'a str, classes: &'a Classes) -> Option<&'a str> {
    let column = column.trim();
    let mut prefixes = PREFIXES.iter();
    let class = prefixes.find_map(|prefix| column.strip_prefix(prefix));
    let is_named = class.is_some_and(|class| classes.label(label_text(class)).is_some());
    let is_of_second = [OF_SECOND, PROBABILITY_COLUMN].contains(&column);
    if classes.count() == 2 && is_of_second && !is_named {
        return Some(classes.name(1));
    }
    class
}
