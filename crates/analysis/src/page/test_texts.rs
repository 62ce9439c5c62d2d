//! The test texts of an experiment, with its rows' predictions of them.

use crate::ensemble;
use crate::stored_view::StoredView;
use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;
use fsl_core::runner::{PlannedRow, PlannedTrial};
use fsl_core::store::StoreError;
use fsl_core::trial;
use fsl_methods::RunningMean;
use fsl_report::ExperimentTable;
use fsl_report::html::{TextRow, TextSet};

/// The test texts of the first trial whose files were found, with every row that was scored on the same ones; `None` where there is
/// no such trial, its file cannot be read, or no row is finished.
pub(crate) fn test_texts(
    table: &ExperimentTable,
    rows: &[&PlannedRow],
    view: StoredView,
    notes: &mut Vec<String>,
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
    let (mut said, mut left_out) = (Vec::new(), 0_u64);
    let most = (MOST_PROBABILITIES / (texts.len() * data.classes.count()).max(1)).max(1);
    for ((place, shown), row) in table.rows.iter().enumerate().zip(rows) {
        let trials = view.trials(row);
        let is_scored_on_these = |trial: &&PlannedTrial| {
            let own = &trial.inputs.data;
            (&own.test, &own.classes) == (&data.test, &data.classes)
        };
        if !trials.iter().all(is_scored_on_these) {
            continue;
        }
        if said.len() == most {
            left_out += u64::from(has_result(&trials, view)?);
            continue;
        }
        let on_these = |one: &Said| one.mean.texts() == texts.len();
        if let Some(one) = what_it_says(row, view)?.filter(on_these) {
            said.push(TextRow {
                place,
                label: shown.label.clone(),
                probabilities: one.mean,
                predicted: one.predicted,
            });
        }
    }
    if left_out > 0 {
        notes.push(format!(
            "the page's test texts show the first {most} rows; {left_out} more would make it too large"
        ));
    }
    Ok((!said.is_empty()).then_some(TextSet {
        texts,
        labels,
        classes: data.classes.clone(),
        rows: said,
    }))
}

fn has_result(trials: &[&PlannedTrial], view: StoredView) -> Result<bool, StoreError> {
    for trial in trials {
        if view.result(trial)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Probabilities that a page holds of one experiment's texts, at most: some five megabytes.
const MOST_PROBABILITIES: usize = 1_000_000;

/// What a row says of each text.
struct Said {
    /// The mean over its finished trials.
    mean: Probabilities,
    /// The labels that each of them predicts; of an ensemble those of the mean.
    predicted: Vec<Vec<Label>>,
}

fn what_it_says(row: &PlannedRow, view: StoredView) -> Result<Option<Said>, StoreError> {
    if !row.members.is_empty() {
        return Ok(ensemble::mean(row, view)?.map(|mean| Said {
            predicted: vec![mean.probabilities.predicted()],
            mean: mean.probabilities,
        }));
    }
    // Pages of the classes 0 and 1 show the mean only.
    let votes = !view.classes(row).are_zero_one();
    let (mut mean, mut predicted) = (RunningMean::default(), Vec::new());
    view.each_prediction(row, |one| {
        if votes {
            predicted.push(one.probabilities.predicted());
        }
        mean.add(&one.probabilities);
    })?;
    Ok(mean.mean().map(|mean| Said { mean, predicted }))
}
