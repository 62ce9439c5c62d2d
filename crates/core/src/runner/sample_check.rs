//! A check of the samples that rows draw, before anything runs.

use super::resources::Resources;
use super::trial_template::data_inputs;
use crate::spec::Experiment;
use crate::trial::{self, TrialError};
use fsl_common::seed::Stream;

/// Checks, for all rows whose texts are here, that there are as many texts of each class as the row draws, and columns and labels as the
/// spec has them.
///
/// # Errors
/// [`TrialError::Data`] with file, line and remedy.
pub fn check_samples(experiments: &[Experiment], resources: &Resources) -> Result<(), TrialError> {
    let rows = experiments.iter().flat_map(|experiment| &experiment.rows);
    let mut checked = Vec::new();
    for row in rows.filter(|row| row.method.requirements().has_trials()) {
        let data = resources.datasets.get(&row.data.source);
        let (Some(Ok(data)), Some(classes)) = (data, resources.classes(&row.data)) else {
            continue;
        };
        let Some((train, test)) = &data.paths else {
            continue;
        };
        let redraws = row.trials.vary.contains(&Stream::Sample);
        let asked = (data_inputs(row, data, classes), redraws);
        if checked.contains(&asked) {
            continue;
        }
        let size = row
            .trials
            .train_size
            .filter(|_| asked.0.train_size.is_some());
        trial::check_data(train, test, &asked.0, size, redraws)?;
        checked.push(asked);
    }
    Ok(())
}
