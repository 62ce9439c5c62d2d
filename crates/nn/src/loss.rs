//! Losses: of a student's logits against a teacher's probabilities, or against labels.
//!
//! Two classes have one logit and one target per text, the probability of label 1; more have one of each per class. All losses are
//! means over the texts, `α · hard + (1 - α) · soft`: `hard` is the cross-entropy of the likeliest class, `soft` is of the targets.
//! The formulas are in [`two_classes`] and [`several`]; [`weighting`] says what class weights and label smoothing change.

mod several;
mod two_classes;
mod weighting;

use tch::{Device, Kind, Tensor};

use fsl_common::settings::{FitParams, LossName, LossParams};
pub use two_classes::binary_cross_entropy;
use weighting::Weighting;

/// A loss, ready for batches.
pub(super) struct Loss {
    params: LossParams,
    weighting: Weighting,
}

impl Loss {
    /// The loss of a fit on these targets, row by row, of all its texts.
    pub(super) fn new(
        loss: &LossParams,
        fit: &FitParams,
        classes: usize,
        targets: &[f32],
        device: Device,
    ) -> Self {
        Self {
            params: loss.clone(),
            weighting: Weighting::new(fit, classes, targets, device),
        }
    }

    /// The loss of a batch. A part without weight is not computed. All but [`LossName::Bce`] is worked out in f64, for `T²` would
    /// magnify what f32 rounds away.
    ///
    /// Shapes:
    /// - `logits`: `[B, C]` Float or Double, not probabilities; one column for two classes, otherwise one per class
    /// - `targets`: `[B, C]` of the same kind in [0, 1], a teacher's probabilities, or labels
    /// - returns `[]` of the same kind
    pub(super) fn compute(&self, logits: &Tensor, targets: &Tensor) -> Tensor {
        let Self { params, weighting } = self;
        let kind = logits.kind();
        let working = if params.loss == LossName::Bce {
            kind
        } else {
            Kind::Double
        };
        let (logits, targets) = (&logits.to_kind(working), &targets.to_kind(working));
        let two = logits.size()[1] == 1;
        let hard = || {
            if two {
                two_classes::hard(params, weighting, logits, targets)
            } else {
                several::hard(weighting, logits, targets)
            }
        };
        let soft = || {
            if two {
                two_classes::soft(params, weighting, logits, targets)
            } else {
                several::soft(params, weighting, logits, targets)
            }
        };
        let loss = if params.alpha <= 0.0 {
            soft()
        } else if params.alpha >= 1.0 {
            hard()
        } else {
            params.alpha * hard() + (1.0 - params.alpha) * soft()
        };
        loss.to_kind(kind)
    }
}

#[cfg(test)]
mod tests;
