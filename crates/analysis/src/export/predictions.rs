//! Stored predictions for other programs.

use crate::ensemble;
use crate::error::AnalysisError;
use crate::stored_view::StoredView;
use fsl_common::classes::Classes;
use fsl_core::trial::Predictions;
use fsl_report::{self as report, TrialPredictions};

/// A finished trial of a row, with what it predicted.
struct FinishedTrial<'a> {
    experiment: &'a str,
    row: &'a str,
    number: usize,
    classes: &'a Classes,
    predictions: Predictions,
}

/// The file, and how many trials are missing from it.
///
/// # Errors
/// Predictions that cannot be read.
pub fn predictions(view: StoredView) -> Result<(Vec<u8>, usize), AnalysisError> {
    let (mut found, mut missing) = (Vec::new(), 0);
    for planned in view.requested_rows() {
        let (experiment, row) = planned
            .name
            .split_once('/')
            .unwrap_or((planned.name.as_str(), ""));
        if !planned.members.is_empty() {
            match ensemble::mean(planned, view)? {
                Some(predictions) => found.push(FinishedTrial {
                    experiment,
                    row,
                    number: 0,
                    classes: view.classes(planned),
                    predictions,
                }),
                None => missing += 1,
            }
        } else if planned.trials.is_empty() {
            missing += view.declared(planned).trial_count().max(1) as usize;
        }
        for (number, &index) in planned.trials.iter().enumerate() {
            let key = &view.plan.trials[index].key;
            if view.store.has(key) {
                found.push(FinishedTrial {
                    experiment,
                    row,
                    number,
                    classes: view.classes(planned),
                    predictions: view.store.predictions(key)?,
                });
            } else {
                missing += 1;
            }
        }
    }
    let trials: Vec<TrialPredictions> = found
        .iter()
        .map(|stored| TrialPredictions {
            experiment: stored.experiment,
            row: stored.row,
            trial: stored.number as u64,
            classes: stored.classes,
            labels: &stored.predictions.labels,
            probabilities: &stored.predictions.probabilities,
        })
        .collect();
    let mut bytes = Vec::new();
    report::write_predictions(&mut bytes, &trials)?;
    Ok((bytes, missing))
}
