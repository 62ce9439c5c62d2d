//! The test texts of an experiment, with its rows' predictions of them.

use crate::ensemble;
use crate::stored_view::{StoredView, probabilities};
use fsl_core::runner::{PlannedRow, PlannedTrial};
use fsl_core::store::StoreError;
use fsl_core::trial::{self, THRESHOLD};
use fsl_report::ExperimentTable;
use fsl_report::html::TextSet;

/// The test texts of the first trial whose files were found, with every row that was scored on the same ones; `None` where there is
/// no such trial, its file cannot be read, or no row is finished.
pub(crate) fn test_texts(
    table: &ExperimentTable,
    rows: &[&PlannedRow],
    view: StoredView,
) -> Result<Option<TextSet>, StoreError> {
    let mut trials = rows.iter().flat_map(|row| view.trials(row));
    // A file that has changed since, or is gone, only costs the texts.
    let read = |(trial, files): (&PlannedTrial, &trial::TrialFiles)| {
        let texts = trial::test_texts(&trial.inputs.data, &files.test).ok()?;
        Some((trial.inputs.data.test.clone(), texts))
    };
    let found = trials
        .find_map(|trial| Some((trial, trial.files.as_deref()?)))
        .and_then(read);
    let Some((test, (texts, labels))) = found else {
        return Ok(None);
    };
    let mut said = Vec::new();
    for (row, shown) in rows.iter().zip(&table.rows) {
        let trials = view.trials(row);
        if !trials.iter().all(|trial| trial.inputs.data.test == test) {
            continue;
        }
        if let Some(mean) = mean(row, view)?.filter(|mean| mean.len() == texts.len()) {
            said.push((shown.label.clone(), mean));
        }
    }
    Ok((!said.is_empty()).then_some(TextSet {
        texts,
        labels,
        rows: said,
        threshold: THRESHOLD,
    }))
}

/// The mean of what the row's finished trials say of each text.
fn mean(row: &PlannedRow, view: StoredView) -> Result<Option<Vec<f64>>, StoreError> {
    if !row.members.is_empty() {
        let mean = ensemble::mean(row, view)?;
        return Ok(mean.map(|mean| probabilities(&mean)));
    }
    let predictions = view.predictions(row)?;
    let all: Vec<Vec<f64>> = predictions.iter().map(|one| probabilities(one)).collect();
    Ok(fsl_methods::mean_probabilities(&all))
}
