//! Ensembles: rows that are computed from the stored predictions of their members.

use super::stored_view::{StoredView, labels, probabilities};
use fsl_core::runner::PlannedRow;
use fsl_core::store::StoreError;
use fsl_core::trial::{Prediction, THRESHOLD};
use fsl_methods::mean_probabilities;
use fsl_metrics::{Confusion, EnsembleSpread, Metrics, SizePoint, ensemble_sizes, ensemble_spread};

/// The members of an ensemble that has all of them.
#[derive(Debug)]
pub(crate) struct Members {
    /// The test texts' labels, `[N]`.
    pub(crate) labels: Vec<u8>,
    /// Probabilities of label 1, `[M][N]`.
    pub(crate) probabilities: Vec<Vec<f64>>,
    /// The first member's predictions, for their rows and labels.
    first: Vec<Prediction>,
}

/// An ensemble's score.
pub(crate) struct EnsembleScore {
    /// The metrics of the mean.
    pub(crate) metrics: Metrics,
    /// How much they would vary with other members; `None` for one member.
    pub(crate) spread: Option<EnsembleSpread>,
}

impl Members {
    /// `None` for a row that is no ensemble, and for an ensemble that lacks members.
    ///
    /// # Errors
    /// Predictions that cannot be read.
    pub(crate) fn load(row: &PlannedRow, view: StoredView) -> Result<Option<Self>, StoreError> {
        let is_stored = |&index: &usize| view.store.has(&view.plan.trials[index].key);
        if row.members.is_empty() || !row.members.iter().all(is_stored) {
            return Ok(None);
        }
        let mut predictions = view.predictions(row)?;
        if predictions.len() != row.members.len() {
            return Ok(None);
        }
        Ok(Some(Self {
            labels: labels(&predictions[0]),
            probabilities: predictions.iter().map(|one| probabilities(one)).collect(),
            first: predictions.swap_remove(0),
        }))
    }

    /// F1 of means of fewer of them.
    pub(crate) fn sizes(&self) -> Vec<SizePoint> {
        ensemble_sizes(&self.probabilities, &self.labels, THRESHOLD)
    }

    /// The score of their mean; `None` where there is no text.
    pub(crate) fn score(&self) -> Option<EnsembleScore> {
        let mean = mean_probabilities(&self.probabilities)?;
        let confusion = Confusion::from_probabilities(&self.labels, &mean, THRESHOLD).ok()?;
        Some(EnsembleScore {
            metrics: Metrics::from(confusion),
            spread: ensemble_spread(&self.probabilities, &self.labels, THRESHOLD),
        })
    }

    /// The mean of their predictions.
    pub(crate) fn mean(self) -> Option<Vec<Prediction>> {
        let mean = mean_probabilities(&self.probabilities)?;
        let predictions = self.first.into_iter().zip(mean);
        let predictions = predictions.map(|(prediction, probability)| Prediction {
            probability,
            ..prediction
        });
        Some(predictions.collect())
    }
}

/// An ensemble's predictions: the mean of its members'; `None` where one of them is not stored yet.
///
/// # Errors
/// Predictions that cannot be read.
pub(crate) fn mean(
    row: &PlannedRow,
    view: StoredView,
) -> Result<Option<Vec<Prediction>>, StoreError> {
    Ok(Members::load(row, view)?.and_then(Members::mean))
}
