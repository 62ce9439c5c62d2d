//! The test texts of an experiment, with its rows' predictions of them.

use crate::ensemble;
use crate::stored_view::StoredView;
use fsl_common::probabilities::Probabilities;
use fsl_core::runner::{PlannedRow, PlannedTrial};
use fsl_core::store::StoreError;
use fsl_core::trial;
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
        Some((trial.inputs.data.clone(), texts))
    };
    let found = trials
        .find_map(|trial| Some((trial, trial.files.as_deref()?)))
        .and_then(read);
    let Some((data, (texts, labels))) = found else {
        return Ok(None);
    };
    let classes = data.classes.clone();
    if classes.count() != 2 {
        return Ok(None);
    }
    let mut said = Vec::new();
    for (row, shown) in rows.iter().zip(&table.rows) {
        let trials = view.trials(row);
        if !trials
            .iter()
            .all(|trial| trial.inputs.data.test == data.test)
        {
            continue;
        }
        if let Some(mean) = mean(row, view)?.filter(|mean| mean.texts() == texts.len()) {
            said.push((shown.label.clone(), mean));
        }
    }
    Ok((!said.is_empty()).then_some(TextSet {
        texts,
        labels,
        classes,
        rows: said,
    }))
}

/// The mean of what the row's finished trials say of each text.
fn mean(row: &PlannedRow, view: StoredView) -> Result<Option<Probabilities>, StoreError> {
    if !row.members.is_empty() {
        return Ok(ensemble::mean(row, view)?.map(|mean| mean.probabilities));
    }
    let predictions = view.predictions(row)?.into_iter();
    let all: Vec<Probabilities> = predictions.map(|one| one.probabilities).collect();
    Ok(fsl_methods::mean_probabilities(&all))
}
