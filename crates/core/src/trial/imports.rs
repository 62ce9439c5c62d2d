//! Probabilities that another program made: read from its files and held against the texts that they are about.

use std::path::Path;

use super::TrialError;
use super::inputs::TrialInputs;
use super::record::ImportRecord;
use super::request::{PredictionFiles, TransferFile, TrialFiles};
use super::texts;
use fsl_common::classes::Classes;
use fsl_common::probabilities::Probabilities;
use fsl_data::{self as data, CheckedPredictions, KnownTexts};
use fsl_methods::{MethodError, PredictionsInputs};

/// What the files of a trial say.
pub(super) struct Imports {
    /// The probabilities of the test texts, then those of each transfer set.
    pub(super) probabilities: Vec<Probabilities>,
    /// Where those of the test texts are from.
    pub(super) record: ImportRecord,
}

/// Reads and checks the probabilities of the test texts and of the transfer sets, for methods that read them.
pub(super) fn read(
    inputs: &TrialInputs,
    files: &TrialFiles,
    transfers: &[TransferFile],
) -> Result<Option<Imports>, TrialError> {
    let (Some(predicted), Some(paths)) = (inputs.method.imported(), &files.predictions) else {
        return Ok(None);
    };
    let data = &inputs.data;
    let (texts, labels) = texts::test_texts(data, &files.test)?;
    // Who numbers files trains on the samples of the trials of these numbers.
    let sample = (predicted.trial).map(|_| texts::drawn_sha256(inputs, &files.train));
    let sample = sample.transpose()?;
    let known = KnownTexts {
        path: &files.test,
        column: &data.text,
        texts: &texts,
        labels: Some((&data.label, &labels)),
        trial: predicted.trial,
        sample: sample.as_deref(),
    };
    let CheckedPredictions {
        probabilities,
        checked,
    } = predictions(&paths.test, &predicted.sha256, &data.classes, &known)?;
    let record = ImportRecord {
        file: name(&paths.test),
        checked,
    };
    let mut all = vec![probabilities];
    for set in transfers {
        all.push(of_transfer_set(predicted, paths, &data.classes, set)?);
    }
    Ok(Some(Imports {
        probabilities: all,
        record,
    }))
}

fn of_transfer_set(
    inputs: &PredictionsInputs,
    files: &PredictionFiles,
    classes: &Classes,
    set: &TransferFile,
) -> Result<Probabilities, TrialError> {
    let (Some(sha256), Some(path)) = (&inputs.transfer, &files.transfer) else {
        return Err(MethodError::NoPredictions.into());
    };
    // The file is about all of the transfer texts: whoever made it does not know which of them are taken.
    let mut whole = set.clone();
    whole.inputs.size = None;
    let texts = texts::transfer_as_written(&whole)?;
    let known = KnownTexts {
        path: &set.path,
        column: &set.inputs.text,
        texts: &texts,
        labels: None,
        trial: inputs.trial,
        sample: None,
    };
    let probabilities = predictions(path, sha256, classes, &known)?.probabilities;
    Ok(
        match texts::part_rows(&set.path, texts.len(), set.inputs.size)? {
            None => probabilities,
            Some(rows) => probabilities.select(&rows),
        },
    )
}

fn predictions(
    path: &Path,
    sha256: &str,
    classes: &Classes,
    known: &KnownTexts,
) -> Result<CheckedPredictions, TrialError> {
    let bytes = texts::bytes(path, sha256)?;
    Ok(data::read_predictions(path, &bytes, classes, known)?)
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Checks the files of predictions of a trial, if it reads any.
///
/// # Errors
/// [`TrialError::Data`] with file, line and remedy.
pub fn check_imports(
    inputs: &TrialInputs,
    files: &TrialFiles,
    transfers: &[TransferFile],
) -> Result<(), TrialError> {
    read(inputs, files, transfers).map(drop)
}
