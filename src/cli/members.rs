//! What the stored trials of a row, or the members of a mean, predicted.

use rayon::prelude::*;

use super::compare::StoredView;
use fsl_core::runner::{PlannedRow, PlannedTrial};
use fsl_core::store::StoreError;
use fsl_core::trial::{Prediction, THRESHOLD};
use fsl_metrics::{SizePoint, ensemble_sizes};

/// The members of a mean that has all of them.
#[derive(Debug)]
pub(super) struct Members {
    /// The test texts' labels, `[N]`.
    pub(super) labels: Vec<u8>,
    /// Probabilities of label 1, `[M][N]`.
    pub(super) probabilities: Vec<Vec<f64>>,
}

impl Members {
    /// `None` for a row that is no mean, and for a mean that lacks members.
    pub(super) fn of(planned: &PlannedRow, held: StoredView) -> Result<Option<Self>, StoreError> {
        if planned.members.is_empty() {
            return Ok(None);
        }
        let predictions = predictions(planned, held)?;
        Ok(match predictions.first() {
            Some(first) if predictions.len() == planned.members.len() => Some(Self {
                labels: labels(first),
                probabilities: predictions
                    .iter()
                    .map(|trial| probabilities(trial))
                    .collect(),
            }),
            _ => None,
        })
    }

    /// F1 of means of fewer of them.
    pub(super) fn sizes(&self) -> Vec<SizePoint> {
        ensemble_sizes(&self.probabilities, &self.labels, THRESHOLD)
    }
}

/// What the row's stored trials, or members, predicted.
pub(super) fn predictions(
    planned: &PlannedRow,
    held: StoredView,
) -> Result<Vec<Vec<Prediction>>, StoreError> {
    let read: Vec<_> = trials(planned, held)
        .into_par_iter()
        .filter(|trial| held.store.has(&trial.key))
        .map(|trial| held.store.predictions(&trial.key))
        .collect();
    // Of several errors the first trial's, not that of the fastest thread.
    read.into_iter().collect()
}

/// The row's trials, or its members.
pub(super) fn trials<'a>(planned: &PlannedRow, held: StoredView<'a>) -> Vec<&'a PlannedTrial> {
    let indices = planned.trials.iter().chain(&planned.members);
    indices.map(|&index| &held.plan.trials[index]).collect()
}

/// The test texts' labels.
pub(super) fn labels(trial: &[Prediction]) -> Vec<u8> {
    trial.iter().map(|one| one.label).collect()
}

/// The probabilities of label 1.
pub(super) fn probabilities(trial: &[Prediction]) -> Vec<f64> {
    trial.iter().map(|one| one.probability).collect()
}
