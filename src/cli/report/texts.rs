//! The test texts of an experiment with what its rows say of them.

use crate::cli::ensemble;
use fsl_core::runner::{Plan, PlannedRow};
use fsl_core::store::{Store, StoreError};
use fsl_core::trial::{self, THRESHOLD};
use fsl_report::ExperimentTable;
use fsl_report::html::TextSet;

/// The texts of the first row whose test file is here, with every row that was scored on the same ones; `None` where no file
/// is here or no row is finished.
pub(super) fn set(
    table: &ExperimentTable,
    rows: &[&PlannedRow],
    plan: &Plan,
    store: &Store,
) -> Result<Option<TextSet>, StoreError> {
    let trials = || {
        let indices = rows
            .iter()
            .flat_map(|row| row.trials.iter().chain(&row.members));
        indices.map(|&index| &plan.trials[index])
    };
    // A file that has changed since, or is gone, only costs the texts.
    let read = |(trial, files): (&fsl_core::runner::PlannedTrial, &trial::TrialFiles)| {
        let texts = trial::test_texts(&trial.inputs.data, &files.test).ok()?;
        Some((trial.inputs.data.test.clone(), texts))
    };
    let found = trials()
        .filter_map(|trial| Some((trial, trial.files.as_deref()?)))
        .take(1)
        .find_map(read);
    let Some((test, (texts, labels))) = found else {
        return Ok(None);
    };
    let mut said = Vec::new();
    for (row, shown) in rows.iter().zip(&table.rows) {
        let same_test = |&index: &usize| plan.trials[index].inputs.data.test == test;
        if !row.trials.iter().chain(&row.members).all(same_test) {
            continue;
        }
        if let Some(mean) = mean(row, plan, store)?.filter(|mean| mean.len() == texts.len()) {
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
fn mean(row: &PlannedRow, plan: &Plan, store: &Store) -> Result<Option<Vec<f64>>, StoreError> {
    if !row.members.is_empty() {
        let mean = ensemble::mean(row, plan, store)?;
        return Ok(mean.map(|said| said.iter().map(|one| one.probability).collect()));
    }
    let mut all = Vec::new();
    for &index in &row.trials {
        let key = &plan.trials[index].key;
        if store.has(key) {
            let said = store.predictions(key)?;
            all.push(said.iter().map(|one| one.probability).collect());
        }
    }
    Ok(fsl_methods::mean_probabilities(&all))
}
