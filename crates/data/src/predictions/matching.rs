//! Rows of a file of predictions, and the known texts that they are about.

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use super::column_fault::ColumnFault;
use super::error::PredictionsFault;
use super::row_fault::RowFault;
use crate::distinct::label_text;
use crate::{DataError, Table};
use fsl_common::classes::{Classes, Label};
use fsl_common::spreadsheet;

/// The column that numbers the texts, from 0.
pub(super) const INDEX: &str = "index";

/// The texts that a file of predictions has to be about.
#[derive(Debug, Clone, Copy)]
pub struct KnownTexts<'a> {
    /// What errors call the file that they are from.
    pub path: &'a Path,
    /// The column that they are from.
    pub column: &'a str,
    /// The texts.
    pub texts: &'a [String],
    /// The column of their labels and the labels, where they have any.
    pub labels: Option<(&'a str, &'a [Label])>,
    /// The number, from 0, of the trial that the file is of, where there are several.
    pub trial: Option<u32>,
    /// The checksum of the numbers of the training texts that this trial should have learnt from.
    pub sample: Option<&'a str>,
}

/// What columns of texts and labels are called where they are not called as those of the known texts.
const TEXT: &str = "text";
const LABEL: &str = "label";
/// The column of trials, numbered from 0.
const TRIAL: &str = "trial";
/// The column of checksums of samples.
const SAMPLE: &str = "train_rows_sha256";

/// For every known text its row.
pub(super) struct Matched {
    /// Rows by text, from 0.
    pub(super) rows: Vec<usize>,
    /// The columns that were compared.
    pub(super) checked: Vec<String>,
}

/// The fields of a column, each with its line.
type Fields<'a> = Vec<(u64, &'a str)>;

impl Matched {
    /// Finds the row of every text: exactly one.
    pub(super) fn find(
        table: &Table,
        classes: &Classes,
        known: &KnownTexts,
        refused: &dyn Fn(PredictionsFault) -> DataError,
    ) -> Result<Self, DataError> {
        if let (Some(trial), Some((_, fields))) = (known.trial, fields(table, &[TRIAL])?) {
            same_trial(&fields, trial).map_err(refused)?;
        }
        let mut checked = Vec::new();
        if let (Some(sample), Some((column, fields))) = (known.sample, fields(table, &[SAMPLE])?) {
            same_sample(&fields, sample).map_err(refused)?;
            checked.push(column.to_owned());
        }
        let indices = fields(table, &[INDEX])?;
        let texts = fields(table, &[known.column, TEXT])?;
        let places = match (&indices, &texts) {
            (Some((column, indices)), _) => {
                checked.push((*column).to_owned());
                numbers(indices, known).map_err(refused)?
            }
            (None, Some((column, texts))) => {
                checked.push((*column).to_owned());
                occurrences(texts, column, known).map_err(refused)?
            }
            (None, None) => {
                let fault = ColumnFault::NoKey {
                    column: known.column.to_owned(),
                    present: table.columns().to_vec(),
                };
                return Err(refused(fault.into()));
            }
        };
        if let (Some(_), Some((column, texts))) = (&indices, &texts) {
            same_texts(texts, column, &places, known).map_err(refused)?;
            checked.push((*column).to_owned());
        }
        let rows = one_row_each(table, &places, known).map_err(refused)?;
        if let Some((name, labels)) = known.labels
            && let Some((column, fields)) = fields(table, &[name, LABEL])?
        {
            let labels = places.iter().map(|&place| classes.name(labels[place]));
            same_labels(&fields, column, labels).map_err(refused)?;
            checked.push(column.to_owned());
        }
        Ok(Self { rows, checked })
    }
}

/// The fields of the first of these columns that the table has, and its name.
fn fields<'a>(
    table: &'a Table,
    names: &[&'a str],
) -> Result<Option<(&'a str, Fields<'a>)>, DataError> {
    let has = |name: &&&str| table.columns().iter().any(|column| column == **name);
    match names.iter().find(has) {
        Some(name) => Ok(Some((name, table.column(name)?.collect()))),
        None => Ok(None),
    }
}

/// Whether every row is of the trial that the file is of.
fn same_trial(fields: &Fields, trial: u32) -> Result<(), PredictionsFault> {
    let number = trial.to_string();
    match fields.iter().find(|(_, field)| label_text(field) != number) {
        Some(&(line, field)) => {
            let got = field.to_owned();
            Err(RowFault::OtherTrial { got, trial }.at(line))
        }
        None => Ok(()),
    }
}

/// Whether every row is of the trial's sample.
fn same_sample(fields: &Fields, sample: &str) -> Result<(), PredictionsFault> {
    match fields.iter().find(|(_, field)| field.trim() != sample) {
        Some(&(line, field)) => Err(RowFault::OtherSample {
            got: field.to_owned(),
            expected: sample.to_owned(),
        }
        .at(line)),
        None => Ok(()),
    }
}

/// The text that each row numbers.
fn numbers(fields: &Fields, known: &KnownTexts) -> Result<Vec<usize>, PredictionsFault> {
    let texts = known.texts.len();
    let number = |&(line, field): &(u64, &str)| {
        let number = label_text(field).parse::<usize>().ok();
        number.filter(|number| *number < texts).ok_or_else(|| {
            let got = field.to_owned();
            RowFault::Index { got, texts }.at(line)
        })
    };
    fields.iter().map(number).collect()
}

/// The text that each row repeats; texts that are there several times are taken in their order.
fn occurrences(
    fields: &Fields,
    column: &str,
    known: &KnownTexts,
) -> Result<Vec<usize>, PredictionsFault> {
    let mut places: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (place, text) in known.texts.iter().enumerate() {
        places.entry(text).or_default().push_back(place);
    }
    let place = |&(line, text): &(u64, &str)| {
        let place = places.get_mut(text).and_then(VecDeque::pop_front);
        place.ok_or_else(|| {
            let same = known.texts.iter().filter(|known| *known == text);
            let (column, got) = (column.to_owned(), text.to_owned());
            let times = same.count();
            RowFault::UnknownText { column, got, times }.at(line)
        })
    };
    fields.iter().map(place).collect()
}

/// Whether the rows repeat the texts that they number.
fn same_texts(
    fields: &Fields,
    column: &str,
    places: &[usize],
    known: &KnownTexts,
) -> Result<(), PredictionsFault> {
    let differs = |&(&(_, text), &place): &(&(u64, &str), &usize)| known.texts[place] != text;
    match fields.iter().zip(places).find(differs) {
        Some((&(line, text), &index)) => Err(RowFault::OtherText {
            column: column.to_owned(),
            got: text.to_owned(),
            index,
            expected: known.texts[index].clone(),
        }
        .at(line)),
        None => Ok(()),
    }
}

/// The row of every text.
fn one_row_each(
    table: &Table,
    places: &[usize],
    known: &KnownTexts,
) -> Result<Vec<usize>, PredictionsFault> {
    let mut rows: Vec<Option<usize>> = vec![None; known.texts.len()];
    for (row, &place) in places.iter().enumerate() {
        if let Some(first) = rows[place] {
            let fault = RowFault::Repeated {
                index: place,
                first: table.line(first),
                has_trials: table.columns().iter().any(|column| column == TRIAL),
            };
            return Err(fault.at(table.line(row)));
        }
        rows[place] = Some(row);
    }
    match rows.iter().position(Option::is_none) {
        Some(index) => Err(PredictionsFault::Missing {
            count: rows.iter().filter(|row| row.is_none()).count(),
            index,
            text: known.texts[index].clone(),
            texts: known.texts.len(),
        }),
        None => Ok(rows.into_iter().flatten().collect()),
    }
}

/// Whether a field is this label, as it is or as exports write it.
fn names(field: &str, label: &str) -> bool {
    let (field, label) = (label_text(field), label_text(label));
    field == label || spreadsheet::unescaped(field) == label
}

/// Whether a column of labels holds the true ones.
fn same_labels<'a>(
    fields: &Fields,
    column: &str,
    labels: impl Iterator<Item = &'a str>,
) -> Result<(), PredictionsFault> {
    let mut rows = fields.iter().zip(labels);
    match rows.find(|((_, field), label)| !names(field, label)) {
        Some((&(line, field), label)) => Err(RowFault::OtherLabel {
            column: column.to_owned(),
            got: label_text(field).to_owned(),
            expected: label.to_owned(),
        }
        .at(line)),
        None => Ok(()),
    }
}
