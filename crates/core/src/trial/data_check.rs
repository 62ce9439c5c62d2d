//! Checks of data files before any trial starts.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::texts::{cleaned, transfer_part};
use super::{DataInputs, DataWarnings, LabelledTexts, TrialError};
use crate::spec::Data;
use fsl_common::classes::{Classes, Label};
use fsl_common::settings::{Preprocess, Sampling};
use fsl_data::{self as data, Columns, DataError, Format, LabelColumn, SampleSize};
use fsl_methods::TransferInputs;

/// What the classes of a dataset follow from, beside its files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LabelSource {
    /// The column of labels.
    pub label: String,
    /// The classes, where they are named.
    pub classes: Option<Vec<String>>,
    /// The positive class, where it is named.
    pub positive: Option<String>,
    /// The character between two fields, where it is named.
    pub delimiter: Option<char>,
}

impl From<&Data> for LabelSource {
    fn from(data: &Data) -> Self {
        Self {
            label: data.label.clone(),
            classes: (data.classes.as_ref()).map(|classes| classes.names().to_vec()),
            positive: data.positive.clone(),
            delimiter: data.format.delimiter.map(char::from),
        }
    }
}

/// The classes that a spec names, otherwise the labels of the training file. Every label of both files must be one of them.
///
/// # Errors
/// [`TrialError::Data`] with file, line and remedy.
pub fn read_classes(train: &Path, test: &Path, data: &Data) -> Result<Classes, TrialError> {
    let columns = Columns {
        text: data.read_column(),
        label: Some(&data.label),
    };
    let pool = labels(train, &columns, data.format)?;
    let classes = match &data.classes {
        Some(classes) => classes.clone(),
        None => (pool.infer_classes(data.positive.as_deref()))
            .map_err(|error| TrialError::of_file(train, error))?,
    };
    pool.check_classes(&classes)
        .map_err(|error| TrialError::of_file(train, error))?;
    labels(test, &columns, data.format)?.labels(&classes)?;
    Ok(classes)
}

fn labels(path: &Path, columns: &Columns, format: Format) -> Result<LabelColumn, DataError> {
    Ok(labelled(path, columns, format)?.1)
}

fn labelled(
    path: &Path,
    columns: &Columns,
    format: Format,
) -> Result<(Vec<String>, LabelColumn), DataError> {
    let read = data::read_csv(path, columns, &format)?;
    Ok((read.texts, read.labels.unwrap_or_default()))
}

/// Checks that the files hold what the method needs, so that data errors are reported before training. A sample is of `size`, which
/// errors tell as the spec has it. With `resamples`, each trial is meant to train on a different sample. `transfer` are the texts that a
/// student is trained on. Returns what makes scores on these texts doubtful.
///
/// # Errors
/// [`TrialError::Data`] with file, line and remedy.
pub fn check_data(
    train: &Path,
    test: &Path,
    inputs: &DataInputs,
    size: Option<SampleSize>,
    resamples: bool,
    transfer: &[String],
) -> Result<DataWarnings, TrialError> {
    let columns = Columns {
        text: &inputs.text,
        label: Some(&inputs.label),
    };
    let classes = &inputs.classes;
    let (texts, pool) = labelled(train, &columns, inputs.format())?;
    pool.check_classes(classes)
        .map_err(|error| TrialError::of_file(train, error))?;
    let pool = pool.labels(classes)?;
    if let Some(size) = size {
        let rows = data::sample_labelled(&pool, classes, size, inputs.sampling, 0)
            .map_err(|error| TrialError::texts(train, error))?;
        // A random sample is another one in every trial.
        if inputs.sampling != Sampling::Random {
            every_class_is_drawn(train, classes, &pool, &rows)?;
        }
    }
    let is_whole = |size: &SampleSize| size.texts(classes.count()) == pool.len();
    if let Some(size) = size.filter(|size| resamples && is_whole(size)) {
        return Err(TrialError::SampleIsWholeSet {
            path: train.to_owned(),
            key: match size {
                SampleSize::Texts(_) => "train-size",
                SampleSize::Shots(_) => "shots",
            },
            size: pool.len(),
        });
    }
    let (test_texts, test_labels) = labelled(test, &columns, inputs.format())?;
    let test_labels = test_labels.labels(classes)?;
    let texts = some_text(train, inputs, texts)?;
    let test_texts = cleaned(test_texts, inputs.preprocess);
    let pool = LabelledTexts {
        texts: &texts,
        labels: &pool,
    };
    let test = LabelledTexts {
        texts: &test_texts,
        labels: &test_labels,
    };
    Ok(DataWarnings::new(pool, test, transfer, classes))
}

/// The texts after the text rules, unless nothing is left of any of them.
fn some_text(
    path: &Path,
    inputs: &DataInputs,
    texts: Vec<String>,
) -> Result<Vec<String>, TrialError> {
    let texts = cleaned(texts, inputs.preprocess);
    if texts.iter().any(|text| !text.trim().is_empty()) {
        return Ok(texts);
    }
    Err(TrialError::NoText {
        path: path.to_owned(),
        column: inputs.text.clone(),
        got: texts.len(),
        rules: inputs.preprocess != Preprocess::None,
    })
}

/// Refuses a sample that leaves a class without a text.
fn every_class_is_drawn(
    path: &Path,
    classes: &Classes,
    pool: &[Label],
    rows: &[usize],
) -> Result<(), TrialError> {
    let count = |label: &Label| pool.iter().filter(|other| *other == label).count();
    let drawn: HashSet<Label> = rows.iter().map(|&row| pool[row]).collect();
    let names = (0..).zip(classes.names());
    let missing = names.filter(|(label, _)| !drawn.contains(label));
    let missing: Vec<_> = missing
        .map(|(label, name)| (name.clone(), count(&label)))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(TrialError::ClassesNotDrawn {
        path: path.to_owned(),
        size: rows.len(),
        classes: missing,
    })
}

/// Transfer files that are checked, each of which is read once: thousands of students learn from one, and it may be large.
#[derive(Debug, Default)]
pub struct CheckedTransfers(HashMap<(PathBuf, String), Vec<String>>);

impl CheckedTransfers {
    /// The texts of a transfer file, after the text rules. It must have the column to read, and enough texts for a sample of `size`.
    ///
    /// # Errors
    /// [`TrialError::Data`] with file, line and remedy.
    pub fn texts(
        &mut self,
        path: &Path,
        (transfer, size): (&TransferInputs, Option<u32>),
    ) -> Result<&[String], TrialError> {
        let texts = match self.0.entry((path.to_owned(), transfer.id())) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(read_transfer(path, transfer)?),
        };
        let size = size.map_or(0, |size| size as usize);
        data::sample(texts.len(), size, 0).map_err(|error| TrialError::texts(path, error))?;
        Ok(texts)
    }
}

fn read_transfer(path: &Path, transfer: &TransferInputs) -> Result<Vec<String>, TrialError> {
    let columns = Columns {
        text: &transfer.text,
        label: None,
    };
    let format = Format::of(transfer.delimiter);
    let texts = data::read_csv(path, &columns, &format)?.texts;
    let texts = transfer_part(path, texts, transfer.size)?;
    Ok(cleaned(texts, transfer.preprocess))
}
