//! Ensembles: rows that are computed from the stored predictions of their members.

use super::stored_view::StoredView;
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use fsl_core::runner::PlannedRow;
use fsl_core::store::StoreError;
use fsl_core::trial::Predictions;
use fsl_methods::mean_probabilities;
use fsl_metrics::{
    EnsembleSpread, Metric, RecordMetrics, SizePoint, ensemble_sizes, ensemble_spread,
};

/// The members of an ensemble that has all of them.
#[derive(Debug)]
pub(crate) struct Members {
    /// What texts are sorted into.
    pub(crate) classes: Classes,
    /// The test texts' labels, `[N]`.
    pub(crate) labels: Vec<Label>,
    /// What each member says, `[M]`.
    pub(crate) probabilities: Vec<Probabilities>,
}

/// An ensemble's score.
pub(crate) struct EnsembleScore {
    /// The metrics of the mean.
    pub(crate) metrics: RecordMetrics,
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
        let mut predictions = view.predictions(row)?.into_iter();
        let Some(first) = predictions
            .next()
            .filter(|_| predictions.len() + 1 == row.members.len())
        else {
            return Ok(None);
        };
        let mut probabilities = vec![first.probabilities];
        probabilities.extend(predictions.map(|member| member.probabilities));
        Ok(Some(Self {
            classes: view.classes(row).clone(),
            labels: first.labels,
            probabilities,
        }))
    }

    /// A metric of means of fewer of them.
    pub(crate) fn sizes(&self, metric: &'static Metric) -> Vec<SizePoint> {
        ensemble_sizes(&self.probabilities, &self.labels, &self.classes, metric)
    }

    /// The score of their mean, with the spread of the metrics that tables show and of those in `also`; `None` where there is no text.
    pub(crate) fn score(&self, also: &[&'static Metric]) -> Option<EnsembleScore> {
        let mean = mean_probabilities(&self.probabilities)?;
        Some(EnsembleScore {
            metrics: RecordMetrics::new(&self.classes, &self.labels, &mean).ok()?,
            spread: ensemble_spread(&self.probabilities, &self.labels, &self.classes, also),
        })
    }

    /// The mean of their predictions.
    pub(crate) fn mean(self) -> Option<Predictions> {
        Some(Predictions {
            probabilities: mean_probabilities(&self.probabilities)?,
            labels: self.labels,
        })
    }
}

/// An ensemble's predictions: the mean of its members'; `None` where one of them is not stored yet.
///
/// # Errors
/// Predictions that cannot be read.
pub(crate) fn mean(row: &PlannedRow, view: StoredView) -> Result<Option<Predictions>, StoreError> {
    Ok(Members::load(row, view)?.and_then(Members::mean))
}
