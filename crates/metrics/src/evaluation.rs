//! A trial's answers, checked: what metrics are computed from.

use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;

use super::error::check_classes;
use super::{ConfusionMatrix, MetricError};

/// Labels and probabilities that can be scored.
#[derive(Debug, Clone)]
pub struct Evaluation<'a> {
    pub(super) classes: &'a Classes,
    pub(super) labels: &'a [Label],
    pub(super) probabilities: &'a Probabilities,
    pub(super) matrix: ConfusionMatrix,
}

impl<'a> Evaluation<'a> {
    /// Checks and counts.
    ///
    /// # Errors
    /// Lengths or numbers of classes that differ, a label that is none of the classes, a probability outside [0, 1].
    pub fn new(
        classes: &'a Classes,
        labels: &'a [Label],
        probabilities: &'a Probabilities,
    ) -> Result<Self, MetricError> {
        check_classes(classes.count(), labels, probabilities)?;
        let matrix = ConfusionMatrix::new(classes.count(), labels, &probabilities.predicted())?;
        Ok(Self {
            classes,
            labels,
            probabilities,
            matrix,
        })
    }

    /// How often each class was predicted for each.
    pub fn matrix(&self) -> &ConfusionMatrix {
        &self.matrix
    }
}
