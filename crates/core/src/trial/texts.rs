//! Loading of a trial's training, test and transfer texts, with checksums verified.

use std::path::Path;

use super::predictions::read_transfer;
use super::request::{TeacherFile, TransferFile, TrialRequest};
use super::{DataInputs, TrialError, TrialInputs};
use fsl_common::classes::{Classes, Label};
use fsl_common::fsio;
use fsl_common::probabilities::Probabilities;
use fsl_common::seed::{Stream, derive};
use fsl_common::settings::Preprocess;
use fsl_data::{self as data, Columns, DataError, Format, SampleSize, Texts};
use fsl_methods::{PoolInputs, SoftTargetsInputs, TransferInputs, mean_probabilities};

/// Training texts and their row indices in the file.
pub(super) struct Train {
    pub(super) texts: Vec<String>,
    pub(super) labels: Vec<Label>,
    pub(super) rows: Vec<usize>,
}

/// Transfer texts and the teachers' mean probabilities.
pub(super) struct DistillData {
    pub(super) texts: Vec<String>,
    pub(super) probabilities: Probabilities,
}

/// The training texts, sampled if the inputs ask for it.
pub(super) fn train(request: &TrialRequest) -> Result<Train, TrialError> {
    let data = &request.inputs.data;
    let (texts, labels) = labelled(&request.files.train, &data.train, data)?;
    let rows = sampled_rows(&labels, &request.inputs)?;
    let drawn = rows.iter().map(|&row| texts[row].clone()).collect();
    Ok(Train {
        texts: cleaned(drawn, rules(request)),
        labels: rows.iter().map(|&row| labels[row]).collect(),
        rows,
    })
}

/// The indices (from 0) of the training rows that a trial uses, given the labels of the training file.
///
/// # Errors
/// If the file has too few texts for the sample.
pub fn sampled_rows(labels: &[Label], inputs: &TrialInputs) -> Result<Vec<usize>, DataError> {
    let DataInputs {
        classes, sampling, ..
    } = &inputs.data;
    match inputs.data.train_size {
        Some(size) => {
            let size = SampleSize::Texts(size as usize);
            data::sample_labelled(labels, classes, size, *sampling, sample_seed(inputs))
        }
        None => Ok((0..labels.len()).collect()),
    }
}

/// The SHA-256 over the indices of the training rows of the file `train` that a trial uses.
pub(super) fn drawn_sha256(inputs: &TrialInputs, train: &Path) -> Result<String, TrialError> {
    let (_, labels) = labelled(train, &inputs.data.train, &inputs.data)?;
    let rows = sampled_rows(&labels, inputs).map_err(|error| TrialError::texts(train, error))?;
    Ok(rows_sha256(&rows))
}

/// The SHA-256 over row indices in decimal, joined by `,`, as stored in records.
pub fn rows_sha256(rows: &[usize]) -> String {
    let numbers: Vec<String> = rows.iter().map(ToString::to_string).collect();
    fsio::sha256_hex(numbers.join(",").as_bytes())
}

/// The test texts and their labels.
pub(super) fn test(request: &TrialRequest) -> Result<(Vec<String>, Vec<Label>), TrialError> {
    let data = &request.inputs.data;
    let (texts, labels) = labelled(&request.files.test, &data.test, data)?;
    Ok((cleaned(texts, rules(request)), labels))
}

/// The unprocessed test texts and their labels.
///
/// # Errors
/// [`TrialError::Unreadable`], [`TrialError::Changed`], [`TrialError::Data`].
pub fn test_texts(
    inputs: &DataInputs,
    path: &Path,
) -> Result<(Vec<String>, Vec<Label>), TrialError> {
    labelled(path, &inputs.test, inputs)
}

/// The texts of a transfer set.
pub(super) fn transfer(file: &TransferFile) -> Result<Vec<String>, TrialError> {
    let texts = transfer_as_written(file)?;
    Ok(cleaned(texts, file.inputs.preprocess))
}

/// The unprocessed texts of a transfer set.
pub(super) fn transfer_as_written(file: &TransferFile) -> Result<Vec<String>, TrialError> {
    let TransferInputs {
        sha256,
        text,
        delimiter,
        size,
        ..
    } = &file.inputs;
    let columns = Columns { text, label: None };
    let texts = read(&file.path, sha256, &columns, Format::of(*delimiter))?.texts;
    transfer_part(&file.path, texts, *size)
}

/// The texts of a transfer file of which so many are taken.
pub(super) fn transfer_part(
    path: &Path,
    texts: Vec<String>,
    size: Option<u32>,
) -> Result<Vec<String>, TrialError> {
    Ok(match part_rows(path, texts.len(), size)? {
        None => texts,
        Some(rows) => rows.iter().map(|&row| texts[row].clone()).collect(),
    })
}

/// Which rows of a transfer file are taken, in their order; `None` for all. They are the same in every trial of every experiment, and a
/// smaller part is a part of every larger one.
pub(super) fn part_rows(
    path: &Path,
    texts: usize,
    size: Option<u32>,
) -> Result<Option<Vec<usize>>, TrialError> {
    let Some(size) = size else { return Ok(None) };
    // Whatever the spec's seed is: the part is a property of the data.
    let seed = derive(0, Stream::Sample, 0);
    let rows = data::sample(texts, size as usize, seed);
    rows.map(Some)
        .map_err(|error| TrialError::texts(path, error))
}

/// A student's training data: transfer texts with the mean of its teachers' probabilities, sampled if the inputs ask for it.
pub(super) fn soft_targets(
    request: &TrialRequest,
    inputs: &SoftTargetsInputs,
) -> Result<Option<DistillData>, TrialError> {
    let Some(path) = &request.files.transfer else {
        return Ok(None);
    };
    let texts = transfer(&TransferFile {
        inputs: inputs.transfer.clone(),
        path: path.clone(),
    })?;
    let mut files: Vec<&TeacherFile> = request.extras.teacher.iter().collect();
    files.sort_by(|left, right| left.key.cmp(&right.key));
    let members = files
        .iter()
        .map(|file| probabilities(file, texts.len(), &request.inputs.data.classes))
        .collect::<Result<Vec<_>, _>>()?;
    let Some(probabilities) = mean_probabilities(&members) else {
        return Ok(None);
    };
    let Some(size) = inputs.transfer_size else {
        return Ok(Some(DistillData {
            texts,
            probabilities,
        }));
    };
    let rows = data::sample(texts.len(), size as usize, sample_seed(&request.inputs))?;
    Ok(Some(DistillData {
        texts: rows.iter().map(|&row| texts[row].clone()).collect(),
        probabilities: probabilities.select(&rows),
    }))
}

/// The texts without labels that a method learns from by itself, sampled if the inputs ask for it.
pub(super) fn pool(request: &TrialRequest, inputs: &PoolInputs) -> Result<Vec<String>, TrialError> {
    let Some(path) = &request.files.transfer else {
        return Ok(Vec::new());
    };
    let texts = transfer(&TransferFile {
        inputs: inputs.transfer.clone(),
        path: path.clone(),
    })?;
    let Some(size) = inputs.transfer_size else {
        return Ok(texts);
    };
    let rows = data::sample(texts.len(), size as usize, sample_seed(&request.inputs))?;
    Ok(rows.iter().map(|&row| texts[row].clone()).collect())
}

/// One teacher trial's probabilities for the transfer texts.
fn probabilities(
    file: &TeacherFile,
    texts: usize,
    classes: &Classes,
) -> Result<Probabilities, TrialError> {
    let refused = |problem: String| TrialError::Teacher {
        path: file.path.clone(),
        problem,
    };
    let bytes = std::fs::read(&file.path).map_err(|error| refused(error.to_string()))?;
    if fsio::sha256_hex(&bytes) != file.sha256 {
        return Err(refused("it has changed since it was stored".to_owned()));
    }
    let probabilities = read_transfer(&bytes, classes).map_err(refused)?;
    if probabilities.texts() == texts {
        Ok(probabilities)
    } else {
        Err(refused(format!(
            "probabilities of {} texts for {texts} texts",
            probabilities.texts()
        )))
    }
}

fn sample_seed(inputs: &TrialInputs) -> u64 {
    let seed = inputs.seeds.get(&Stream::Sample);
    seed.copied().unwrap_or_default()
}

fn labelled(
    path: &Path,
    expected: &str,
    data: &DataInputs,
) -> Result<(Vec<String>, Vec<Label>), TrialError> {
    let columns = Columns {
        text: &data.text,
        label: Some(&data.label),
    };
    let texts = read(path, expected, &columns, data.format())?;
    let labels = texts.labels.map(|column| column.labels(&data.classes));
    Ok((texts.texts, labels.transpose()?.unwrap_or_default()))
}

fn read(
    path: &Path,
    expected: &str,
    columns: &Columns,
    format: Format,
) -> Result<Texts, TrialError> {
    let bytes = bytes(path, expected)?;
    Ok(data::read_csv_bytes(path, &bytes, columns, &format)?)
}

/// The bytes of a file, read once, so that what is used is what was hashed.
pub(super) fn bytes(path: &Path, expected: &str) -> Result<Vec<u8>, TrialError> {
    let unreadable = |source| TrialError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let bytes = data::read_file(path).map_err(unreadable)?;
    let got = fsio::sha256_hex(&bytes);
    if got == expected {
        return Ok(bytes);
    }
    Err(TrialError::Changed {
        path: path.to_owned(),
        got,
        expected: expected.to_owned(),
    })
}

/// The text rules for labelled texts; none for methods that do not read texts.
fn rules(request: &TrialRequest) -> Preprocess {
    if request.inputs.method.requirements().ignores_words {
        Preprocess::None
    } else {
        request.inputs.data.preprocess
    }
}

/// The texts after the text rules.
pub(super) fn cleaned(texts: Vec<String>, rules: Preprocess) -> Vec<String> {
    match rules {
        Preprocess::None => texts,
        Preprocess::Reference => {
            data::preprocess::apply_all(data::preprocess::Rules::Reference, &texts)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows are pinned: results of `data.transfer-size` rest on them.
    #[test]
    fn a_part_is_pinned_and_lies_in_every_larger_one() {
        let part = |size| part_rows(Path::new("t.csv"), 12, size).unwrap();
        assert_eq!(part(None), None);
        let four = part(Some(4)).unwrap();
        assert_eq!(four, [0, 4, 7, 9]);
        let nine = part(Some(9)).unwrap();
        assert!(four.iter().all(|row| nine.contains(row)));
        assert!(part_rows(Path::new("t.csv"), 12, Some(13)).is_err());
    }
}
