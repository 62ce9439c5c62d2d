//! Probabilities that another program gave to known texts, out of a CSV file.
//!
//! A row of the file is about the text that its `index` (from 0) or its text names; a column is about the class that its name
//! ends with. What does not fit the known texts, their labels or their classes is refused.

mod column_fault;
mod columns;
mod error;
mod matching;
mod row_fault;
#[cfg(test)]
mod tests;

use std::path::Path;

use super::distinct::label_text;
use super::soft_labels::{SUM_TOLERANCE, parse_probability};
use super::stream::{Delimiter, unpacked};
use super::{DataError, Table};
pub use column_fault::ColumnFault;
use columns::{DECISIONS, ProbabilityColumns};
pub use error::{PredictionsError, PredictionsFault};
use fsl_common::classes::Classes;
use fsl_common::probabilities::Probabilities;
use fsl_common::spreadsheet;
pub use matching::KnownTexts;
use matching::{INDEX, Matched};
pub use row_fault::RowFault;

/// The probabilities of known texts.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedPredictions {
    /// The probabilities, in the order of the texts.
    pub probabilities: Probabilities,
    /// The columns that were held against the texts and their labels, such as `index` and `label`.
    pub checked: Vec<String>,
}

/// Reads the probabilities of `known` texts from `bytes`, packed or not, which errors call `path`. Fields are separated by a comma, a semicolon,
/// a tab or `|`. A class has the column `probability_NAME` or `prob_NAME`; of two classes one of them is enough, or `probability`, that of the
/// second class. Rows are found by the column `index`, by the column of texts (called as that of the known texts, or `text`), or by both,
/// and may have any order; texts that are there several times are taken in their order. A column of labels (called as that of the known
/// texts, or `label`) must hold the true ones, and one of predicted classes (`predicted`) must go with most of the probabilities. Other
/// columns do not matter.
///
/// # Errors
/// A file that is no CSV (see [`Table::parse`]); [`PredictionsError`] for the first thing that does not fit.
pub fn read_predictions(
    path: &Path,
    bytes: &[u8],
    classes: &Classes,
    known: &KnownTexts,
) -> Result<CheckedPredictions, DataError> {
    let (bytes, _) = unpacked(path, bytes)?;
    let delimiter = Delimiter::Auto.resolve(&bytes, INDEX);
    let table = Table::parse(path, &bytes, delimiter)?;
    let refused = |fault| {
        DataError::Predictions(Box::new(PredictionsError {
            path: path.to_owned(),
            known: known.path.to_owned(),
            fault,
        }))
    };
    // All columns are looked up before any row, so that a wrong name is the fault that is told.
    let columns = ProbabilityColumns::find(table.columns(), classes)
        .map_err(|fault| refused(fault.into()))?;
    let Matched { rows, checked } = Matched::find(&table, classes, known, &refused)?;
    let rows_of_file = probabilities(&table, &columns, classes, &refused)?;
    let decision = same_decisions(&table, &columns, classes, &rows_of_file);
    let decision = decision.map_err(|fault| refused(fault.into()))?;
    Ok(CheckedPredictions {
        probabilities: rows_of_file.select(&rows),
        checked: checked.into_iter().chain(decision).collect(),
    })
}

/// Whether a column of predicted classes goes with the probabilities; its name, where there is one. Some rows may differ, by another
/// threshold than one half; if most do, the probabilities are of another class than they were taken for.
fn same_decisions(
    table: &Table,
    columns: &ProbabilityColumns,
    classes: &Classes,
    probabilities: &Probabilities,
) -> Result<Option<String>, ColumnFault> {
    let mut header = table.columns().iter();
    let Some(decision) = header.find(|name| DECISIONS.contains(&name.as_str())) else {
        return Ok(None);
    };
    let Ok(fields) = table.column(decision) else {
        return Ok(None);
    };
    let label = |field: &str| {
        let field = label_text(field);
        let as_exported = || classes.label(spreadsheet::unescaped(field));
        classes.label(field).or_else(as_exported)
    };
    let labels = fields.map(|(_, field)| label(field));
    let pairs: Vec<_> = labels.zip(probabilities.predicted()).collect();
    let known = pairs.iter().filter(|(label, _)| label.is_some()).count();
    let same = pairs
        .iter()
        .filter(|(label, predicted)| *label == Some(*predicted));
    let same = same.count();
    if known > 0 && 2 * same < known {
        return Err(ColumnFault::OtherDecisions {
            column: decision.clone(),
            differ: known - same,
            rows: known,
            columns: columns.names.clone(),
            classes: classes.names().to_vec(),
        });
    }
    Ok((known > 0).then(|| decision.clone()))
}

/// The probabilities of every row, in the order of the file.
fn probabilities(
    table: &Table,
    columns: &ProbabilityColumns,
    classes: &Classes,
    refused: &dyn Fn(PredictionsFault) -> DataError,
) -> Result<Probabilities, DataError> {
    let fields = (columns.names.iter())
        .map(|column| Ok(table.column(column)?.collect::<Vec<_>>()))
        .collect::<Result<Vec<_>, DataError>>()?;
    let mut values = Vec::with_capacity(table.rows() * columns.names.len());
    for row in 0..table.rows() {
        let before = values.len();
        for (column, fields) in columns.names.iter().zip(&fields) {
            let (line, field) = fields[row];
            let value = parse_probability(field).ok_or_else(|| {
                let (column, got) = (column.clone(), field.to_owned());
                refused(RowFault::Probability { column, got }.at(line))
            })?;
            values.push(value);
        }
        if !normalise(&mut values[before..]) {
            let sum = values[before..].iter().sum();
            return Err(refused(RowFault::Sum(sum).at(table.line(row))));
        }
    }
    Ok(columns.by_class(classes, &values))
}

/// How far a sum may be from 1 before its terms are divided by it: single precision rounds to less.
const EXACT: f64 = 1e-6;

/// Divides probabilities by their sum where they were rounded; returns whether they sum to 1, nearly. A single one has no sum.
fn normalise(values: &mut [f64]) -> bool {
    let sum: f64 = values.iter().sum();
    let off = (sum - 1.0).abs();
    if values.len() == 1 || off <= EXACT {
        return true;
    }
    // Two decimals of every class: 3.5 standard deviations of what rounding leaves.
    if off > SUM_TOLERANCE * (values.len() as f64).sqrt() {
        return false;
    }
    for value in values {
        *value /= sum;
    }
    true
}
