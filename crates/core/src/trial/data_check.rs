//! Checks of data files before any trial starts.

use std::path::Path;

use super::{DataInputs, TrialError};
use fsl_data::{self as data, Columns, DataError};
use fsl_methods::SoftTargetsInputs;

/// Checks that the files hold what the method needs, so that data errors are reported before training. With `resamples`, each
/// trial is meant to train on a different sample.
///
/// # Errors
/// [`TrialError::Data`] with file, line and remedy.
pub fn check_data(
    train: &Path,
    test: &Path,
    inputs: &DataInputs,
    resamples: bool,
) -> Result<(), TrialError> {
    let columns = Columns {
        text: &inputs.text,
        label: Some(&inputs.label),
    };
    let texts = data::read_csv(train, &columns)?;
    let labels = texts.labels.unwrap_or_default();
    let sampled = match inputs.train_size {
        Some(size) => data::sample_balanced(&labels, size as usize, 0).map(drop),
        None => Ok(()),
    };
    sampled
        .and_then(|()| match data::single_class(&labels) {
            Some(class) => Err(DataError::OneClass {
                got: labels.len(),
                class,
            }),
            None => Ok(()),
        })
        .map_err(|source| TrialError::Texts {
            path: train.to_owned(),
            source,
        })?;
    if let Some(size) = inputs
        .train_size
        .filter(|&size| resamples && size as usize == labels.len())
    {
        return Err(TrialError::SampleIsWholeSet {
            path: train.to_owned(),
            size,
        });
    }
    data::read_csv(test, &columns)?;
    Ok(())
}

/// Checks that a transfer file has the column to read and enough texts for the sample.
///
/// # Errors
/// [`TrialError::Data`] with file, line and remedy.
pub fn check_transfer(path: &Path, soft_targets: &SoftTargetsInputs) -> Result<(), TrialError> {
    let columns = Columns {
        text: &soft_targets.transfer.text,
        label: None,
    };
    let texts = data::read_csv(path, &columns)?.texts.len();
    let size = soft_targets.transfer_size.map_or(0, |size| size as usize);
    data::sample(texts, size, 0)
        .map(drop)
        .map_err(|source| TrialError::Texts {
            path: path.to_owned(),
            source,
        })
}
