//! A check of the samples that rows draw, before anything runs.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::resources::Resources;
use super::trial_template::{data_inputs, transfer_inputs};
use crate::spec::{Experiment, Row};
use crate::trial::{self, CheckedTransfers, DataWarnings, TrialError};
use fsl_common::seed::Stream;
use fsl_methods::TransferInputs;

/// Checks, for all rows whose texts are here, that there are as many texts of each class as the row draws, and columns and labels as the
/// spec has them. Returns what makes scores on the texts doubtful.
///
/// # Errors
/// [`TrialError::Data`] with file, line and remedy.
pub fn check_samples(
    experiments: &[Experiment],
    resources: &Resources,
) -> Result<Vec<DatasetWarnings>, TrialError> {
    let rows = experiments.iter().flat_map(|experiment| &experiment.rows);
    let (mut checked, mut warnings) = (HashSet::new(), Vec::new());
    let mut transfers = CheckedTransfers::default();
    for row in rows.filter(|row| row.method.requirements().has_trials()) {
        let data = resources.datasets.get(&row.data.source);
        let (Some(Ok(data)), Some(classes)) = (data, resources.classes(&row.data)) else {
            continue;
        };
        let Some((train, test)) = &data.paths else {
            continue;
        };
        let redraws = row.trials.vary.contains(&Stream::Sample);
        let asked = data_inputs(row, data, classes);
        let learnt = learnt_texts(row, resources);
        let known = (learnt.as_ref()).map(|(_, transfer, size)| (transfer.id(), *size));
        if !checked.insert((asked.canonical(), redraws, known)) {
            continue;
        }
        let transfer = match &learnt {
            Some((path, transfer, size)) => transfers.texts(path, (transfer, *size))?,
            None => &[],
        };
        let size = row.trials.train_size.filter(|_| asked.train_size.is_some());
        let found = trial::check_data(train, test, &asked, size, redraws, transfer)?;
        DatasetWarnings::add(&mut warnings, train, test, found);
    }
    Ok(warnings)
}

/// The transfer texts that a row learns from, and how many it draws; `None` if it learns from none, or they are not here.
fn learnt_texts(
    row: &Row,
    resources: &Resources,
) -> Option<(PathBuf, TransferInputs, Option<u32>)> {
    let drawn = row.method.requirements().transfer?;
    let set = resources.transfer(&row.data).ok()?;
    let path = set.path.clone()?;
    Some((path, transfer_inputs(row, &set), drawn.size))
}

/// What makes scores on a dataset doubtful.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetWarnings {
    /// The training file.
    pub train: PathBuf,
    /// The test file.
    pub test: PathBuf,
    /// The warnings, at least one.
    pub warnings: DataWarnings,
}

impl DatasetWarnings {
    /// Adds the warnings about two files to those found so far.
    pub fn add(all: &mut Vec<Self>, train: &Path, test: &Path, warnings: DataWarnings) {
        if warnings.is_empty() {
            return;
        }
        match (all.iter_mut()).find(|known| known.train == train && known.test == test) {
            Some(known) => known.warnings.merge(&warnings),
            None => all.push(Self {
                train: train.to_owned(),
                test: test.to_owned(),
                warnings,
            }),
        }
    }
}
