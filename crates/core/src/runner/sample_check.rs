//! A check of the samples that rows draw, before anything runs.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::resources::Resources;
use super::trial_template::data_inputs;
use crate::spec::Experiment;
use crate::trial::{self, DataWarnings, TrialError};
use fsl_common::fsio::OpenFile;
use fsl_common::seed::Stream;
use fsl_common::settings::longest_text;
use fsl_methods::MethodError;

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
        if !checked.insert((asked.canonical(), redraws)) {
            continue;
        }
        let size = row.trials.train_size.filter(|_| asked.train_size.is_some());
        let found = trial::check_data(train, test, &asked, size, redraws, &[])?;
        DatasetWarnings::add(&mut warnings, train, test, found);
    }
    Ok(warnings)
}

/// The longest config.json that is read, in bytes.
const LONGEST_CONFIG: u64 = 16 << 20;

/// Checks, for all rows whose encoder is here, that it reads as many tokens as the spec allows. A config.json that does not say it is
/// left to those who load the encoder.
///
/// # Errors
/// [`MethodError::TooLong`].
pub fn check_max_tokens(
    experiments: &[Experiment],
    resources: &Resources,
) -> Result<(), TrialError> {
    let mut known: HashMap<&str, Option<i64>> = HashMap::new();
    for row in experiments.iter().flat_map(|experiment| &experiment.rows) {
        let Some(name) = row.method.requirements().encoder else {
            continue;
        };
        let Some((name, Ok(encoder))) = resources.encoders.get_key_value(name) else {
            continue;
        };
        let read = || {
            let file = OpenFile::open(&encoder.source.as_ref()?.config).ok()?;
            longest_text(&file.read(LONGEST_CONFIG).ok()?)
        };
        let positions = *known.entry(name.as_str()).or_insert_with(read);
        let max_tokens = row.data.max_tokens;
        if let Some(positions) = positions.filter(|&most| i64::from(max_tokens) > most) {
            return Err(TrialError::Method(MethodError::TooLong {
                max_tokens,
                positions,
            }));
        }
    }
    Ok(())
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
