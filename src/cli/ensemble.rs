//! Rows that are computed from stored predictions: ensembles.

use fsl_core::runner::{Plan, PlannedRow};
use fsl_core::store::{Store, StoreError};
use fsl_core::trial::{Prediction, THRESHOLD};
use fsl_methods::mean_probabilities;
use fsl_metrics::{self as metric, Confusion, EnsembleSpread, Metrics};

/// An ensemble's score, and what it says of each test text.
pub(super) struct Derived {
    /// The score of the mean.
    pub(super) metrics: Metrics,
    /// How much it would vary with other members; `None` for one member.
    pub(super) spread: Option<EnsembleSpread>,
}

/// The mean of the members' predictions; `None` where one of them is not stored yet.
///
/// # Errors
/// [`StoreError`] where stored predictions cannot be read.
pub(super) fn mean(
    row: &PlannedRow,
    plan: &Plan,
    store: &Store,
) -> Result<Option<Vec<Prediction>>, StoreError> {
    let Some((members, first)) = members(row, plan, store)? else {
        return Ok(None);
    };
    let Some(mean) = mean_probabilities(&members) else {
        return Ok(None);
    };
    let predictions = first.into_iter().zip(mean);
    Ok(Some(
        predictions
            .map(|(prediction, probability)| Prediction {
                probability,
                ..prediction
            })
            .collect(),
    ))
}

/// The ensemble's score with its spread; `None` as in [`mean`].
///
/// # Errors
/// As [`mean`].
pub(super) fn score(
    row: &PlannedRow,
    plan: &Plan,
    store: &Store,
) -> Result<Option<Derived>, StoreError> {
    let Some((members, first)) = members(row, plan, store)? else {
        return Ok(None);
    };
    let labels: Vec<u8> = first.iter().map(|prediction| prediction.label).collect();
    let confusion = mean_probabilities(&members)
        .and_then(|mean| Confusion::from_probabilities(&labels, &mean, THRESHOLD).ok());
    Ok(confusion.map(|confusion| Derived {
        metrics: Metrics::from(confusion),
        spread: metric::ensemble_spread(&members, &labels, THRESHOLD),
    }))
}

/// Every member's probabilities, and the first one's predictions for their rows and labels.
type Members = (Vec<Vec<f64>>, Vec<Prediction>);

fn members(row: &PlannedRow, plan: &Plan, store: &Store) -> Result<Option<Members>, StoreError> {
    let keys = row.members.iter().map(|&index| &plan.trials[index].key);
    let mut first = None;
    let mut members = Vec::with_capacity(row.members.len());
    for key in keys {
        if !store.has(key) {
            return Ok(None);
        }
        let predictions = store.predictions(key)?;
        members.push(
            predictions
                .iter()
                .map(|prediction| prediction.probability)
                .collect(),
        );
        first.get_or_insert(predictions);
    }
    Ok(first.map(|first| (members, first)))
}
