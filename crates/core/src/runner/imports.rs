//! Files of predictions that rows are read from: their checksums, and a check of what they say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::resources::{Blocked, Resources, found, sha256};
use super::trial_template::{data_inputs, files, seeds, transfer_inputs};
use crate::spec::{Experiment, Row};
use crate::trial::{self, PredictionFiles, TransferFile, TrialError, TrialInputs};
use fsl_common::fsio::ChecksumCache;
use fsl_methods::{Predictions, PredictionsInputs};

/// The checksums of the files of predictions that the experiments refer to.
pub fn prediction_checksums(
    experiments: &[Experiment],
    sums: &ChecksumCache,
) -> BTreeMap<PathBuf, Result<String, Blocked>> {
    let rows = experiments.iter().flat_map(|experiment| &experiment.rows);
    let paths: BTreeSet<PathBuf> = rows.flat_map(Row::prediction_files).collect();
    let sum = |path: PathBuf| {
        let sha256 = sha256(&path, sums);
        (path, sha256)
    };
    paths.into_iter().map(sum).collect()
}

/// The files of predictions of a trial and their contents, for methods that read them.
pub(super) fn predictions(
    row: &Row,
    trial: u32,
    resources: &Resources,
) -> Result<Option<(PredictionsInputs, PredictionFiles)>, Blocked> {
    let Some(imported) = row.method.requirements().imported else {
        return Ok(None);
    };
    let test = Predictions::path(imported.file, trial);
    let transfer = imported.transfer.map(|file| Predictions::path(file, trial));
    let sha256 = |path: &PathBuf| found(resources.predictions.get(path));
    let inputs = PredictionsInputs {
        sha256: sha256(&test)?,
        transfer: transfer.as_ref().map(sha256).transpose()?,
        trial: imported.is_numbered.then_some(trial),
    };
    Ok(Some((inputs, PredictionFiles { test, transfer })))
}

/// The transfer set of a row that gives probabilities for it, where it is here.
fn transfers(row: &Row, resources: &Resources) -> Vec<TransferFile> {
    let imported = row.method.requirements().imported;
    if imported.is_none_or(|imported| imported.transfer.is_none()) {
        return Vec::new();
    }
    let set = resources.transfer(&row.data).ok();
    let file = set.and_then(|set| {
        Some(TransferFile {
            inputs: transfer_inputs(row, &set),
            path: set.path?,
        })
    });
    file.into_iter().collect()
}

/// Checks the files of predictions of all rows whose test texts are here.
///
/// # Errors
/// [`TrialError::Data`] with file, line and remedy.
pub fn check_predictions(
    experiments: &[Experiment],
    resources: &Resources,
) -> Result<(), TrialError> {
    let rows = experiments.iter().flat_map(|experiment| &experiment.rows);
    for row in rows {
        let data = resources.datasets.get(&row.data.source);
        let (Some(Ok(data)), Some(classes)) = (data, resources.classes(&row.data)) else {
            continue;
        };
        for trial in 0..row.trial_count() {
            let Ok(Some((inputs, paths))) = predictions(row, trial, resources) else {
                break;
            };
            if let Some(files) = files(data, Ok((None, Vec::new())), Ok(None), Some(paths)) {
                let data = data_inputs(row, data, classes);
                let inputs = TrialInputs::new(data, inputs.into(), seeds(row, trial));
                trial::check_imports(&inputs, &files, &transfers(row, resources))?;
            }
        }
    }
    Ok(())
}
