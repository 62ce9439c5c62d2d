//! Losses of two classes, by one logit.
//!
//! In the formulas `z` is the student's logit, `q` the target in [0, 1], `σ` the sigmoid, `T` the temperature, and
//! `t = log(q / (1 - q))` the teacher's logit with `q` kept in [1e-6, 1 - 1e-6]. All are means over `B`. The soft part is
//!
//! - `bce`: binary cross-entropy with the probabilities as targets, `BCE(σ(z), q)`; `T` must be 1
//! - `kl`: `T² · KL(Bernoulli(σ(t/T)) ‖ Bernoulli(σ(z/T)))`: Hinton et al. 2015 (arXiv 1503.02531), section 2, for two classes
//! - `mse`: `T² · (σ(z/T) - σ(t/T))²`
//!
//! `reference` is boostFSLBert's (`utils/loss.py` at commit 92bc73b), as it is. The student's output is a probability already,
//! `p = σ(z)`, and so is the target; the published loss squashes both once more:
//!
//! - `hard = 1[σ(q) > 0.5]`, `l1 = BCE(σ(p), hard)`, `l2 = (σ(q/T) - σ(p/T))²`
//! - the loss is `l2` if `α = 0`, `l1` if `α = 1`, else `α·l1 + (1 - α)·T²·l2`
//!
//! So every target above 0 has the hard label 1: with `α > 0` the student learns to say "positive". The soft targets
//! lie in [0.5, σ(1/T)], which is [0.5, 0.55] at `T = 5`, so gradients are tiny (without `T²` at `α = 0`, the more so).

use tch::{Reduction, Tensor};

use super::weighting::{PROBABILITY_FLOOR, Weighting};
use fsl_common::settings::{LossName, LossParams};

/// The cross-entropy of the likelier class: `[B, 1]` each → `[]`.
pub(super) fn hard(
    params: &LossParams,
    weighting: &Weighting,
    logits: &Tensor,
    targets: &Tensor,
) -> Tensor {
    if params.loss == LossName::Reference {
        // Keras clips σ(p) to [1e-7, 1 - 1e-7]; it lies in [0.5, 0.74], so that is never felt.
        let labels = targets.sigmoid().gt(0.5).to_kind(logits.kind());
        return binary_cross_entropy(&logits.sigmoid(), &labels);
    }
    cross_entropy(weighting, logits, &targets.gt(0.5).to_kind(logits.kind()))
}

/// The part of the loss that is of the probabilities: `[B, 1]` each → `[]`.
pub(super) fn soft(
    params: &LossParams,
    weighting: &Weighting,
    logits: &Tensor,
    targets: &Tensor,
) -> Tensor {
    let (temperature, factor) = (params.temperature, params.temperature.powi(2));
    match params.loss {
        LossName::Bce => cross_entropy(weighting, logits, targets),
        LossName::Kl => {
            let teacher = targets.logit(PROBABILITY_FLOOR);
            let divergences = divergences(logits, &teacher, temperature).squeeze_dim(1);
            factor * weighting.mean(&divergences, &both(targets))
        }
        LossName::Mse if weighting.are_equal() => {
            factor * sigmoid_mse(logits, &targets.logit(PROBABILITY_FLOOR), temperature)
        }
        LossName::Mse => {
            let teacher = targets.logit(PROBABILITY_FLOOR);
            let off = (logits / temperature).sigmoid() - (teacher / temperature).sigmoid();
            factor * weighting.mean(&off.square().squeeze_dim(1), &both(targets))
        }
        LossName::Reference => {
            let factor = if params.alpha > 0.0 { factor } else { 1.0 };
            factor * sigmoid_mse(&logits.sigmoid(), targets, temperature)
        }
    }
}

/// Binary cross-entropy; with class weights or label smoothing, the cross-entropy of the two classes with the logits 0 and `z`, which
/// is the same without them.
fn cross_entropy(weighting: &Weighting, logits: &Tensor, targets: &Tensor) -> Tensor {
    if weighting.is_plain() {
        return binary_cross_entropy(logits, targets);
    }
    let logits = Tensor::cat(&[&logits.zeros_like(), logits], 1); // [B, 2]
    weighting.cross_entropy(&logits, &both(targets))
}

/// The probabilities of label 1, `[B, 1]`, as those of both classes, `[B, 2]`.
fn both(targets: &Tensor) -> Tensor {
    Tensor::cat(&[&(1.0 - targets), targets], 1)
}

/// Binary cross-entropy of logits, the mean over `B`:
/// `-1/B · Σ [y·log σ(z) + (1 - y)·log(1 - σ(z))]`, computed as `max(z, 0) - z·y + log(1 + exp(-|z|))`, which never
/// overflows.
///
/// Shapes:
/// - `logits` `z`: `[B, 1]` Float, not probabilities
/// - `targets` `y`: `[B, 1]` Float in [0, 1], 1 = positive; values between are soft labels
/// - returns `[]` Float
pub fn binary_cross_entropy(logits: &Tensor, targets: &Tensor) -> Tensor {
    logits.binary_cross_entropy_with_logits::<Tensor>(targets, None, None, Reduction::Mean)
}

/// `KL(Bernoulli(σ(t/T)) ‖ Bernoulli(σ(z/T)))` of each text, by logarithms of sigmoids, which never overflow.
fn divergences(student: &Tensor, teacher: &Tensor, temperature: f64) -> Tensor {
    let (student, teacher) = (student / temperature, teacher / temperature);
    let positive = teacher.sigmoid() * (teacher.log_sigmoid() - student.log_sigmoid());
    let (student, teacher) = (-student, -teacher);
    let negative = teacher.sigmoid() * (teacher.log_sigmoid() - student.log_sigmoid());
    positive + negative
}

/// `(σ(a/T) - σ(b/T))²`, the mean over `B`.
fn sigmoid_mse(left: &Tensor, right: &Tensor, temperature: f64) -> Tensor {
    let right = (right / temperature).sigmoid();
    (left / temperature)
        .sigmoid()
        .mse_loss(&right, Reduction::Mean)
}
