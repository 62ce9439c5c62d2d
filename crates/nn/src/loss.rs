//! Losses: of a student's logits against a teacher's probabilities, or against labels.
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

use tch::{Kind, Reduction, Tensor};

use fsl_common::settings::{LossName, LossParams};

/// How far from 0 and 1 a teacher's probability is kept where its logit is taken.
const PROBABILITY_FLOOR: f64 = 1e-6;

/// The loss, the mean over `B`. A part without weight is not computed. All but [`LossName::Bce`] is worked out in f64,
/// for `T²` would magnify what f32 rounds away.
///
/// Shapes:
/// - `logits` `z`: `[B]` Float or Double, not probabilities
/// - `targets` `q`: `[B]` of the same kind in [0, 1], a teacher's probabilities, or labels with 1 = positive
/// - returns `[]` of the same kind
pub(super) fn compute(params: &LossParams, logits: &Tensor, targets: &Tensor) -> Tensor {
    let kind = logits.kind();
    let double = |tensor: &Tensor| tensor.to_kind(Kind::Double);
    match params.loss {
        LossName::Bce => mix(
            params,
            || hard(logits, &targets.gt(0.5)),
            || binary_cross_entropy(logits, targets),
        ),
        LossName::Reference => reference_loss(params, &double(logits), &double(targets)),
        LossName::Kl | LossName::Mse => {
            distillation_loss(params, &double(logits), &double(targets))
        }
    }
    .to_kind(kind)
}

/// [`LossName::Kl`] and [`LossName::Mse`].
fn distillation_loss(params: &LossParams, logits: &Tensor, targets: &Tensor) -> Tensor {
    let part = if params.loss == LossName::Kl {
        divergence
    } else {
        sigmoid_mse
    };
    mix(
        params,
        || hard(logits, &targets.gt(0.5)),
        || {
            let teacher = targets.logit(PROBABILITY_FLOOR);
            params.temperature.powi(2) * part(logits, &teacher, params.temperature)
        },
    )
}

/// [`LossName::Reference`].
fn reference_loss(params: &LossParams, logits: &Tensor, targets: &Tensor) -> Tensor {
    let probabilities = logits.sigmoid();
    let factor = if params.alpha > 0.0 {
        params.temperature.powi(2)
    } else {
        1.0
    };
    mix(
        params,
        // Keras clips σ(p) to [1e-7, 1 - 1e-7]; it lies in [0.5, 0.74], so that is never felt.
        || hard(&probabilities, &targets.sigmoid().gt(0.5)),
        || factor * sigmoid_mse(&probabilities, targets, params.temperature),
    )
}

/// `α · hard + (1 - α) · soft`.
fn mix(params: &LossParams, hard: impl Fn() -> Tensor, soft: impl Fn() -> Tensor) -> Tensor {
    if params.alpha <= 0.0 {
        soft()
    } else if params.alpha >= 1.0 {
        hard()
    } else {
        params.alpha * hard() + (1.0 - params.alpha) * soft()
    }
}

/// The cross-entropy of labels that are true or false.
fn hard(logits: &Tensor, labels: &Tensor) -> Tensor {
    binary_cross_entropy(logits, &labels.to_kind(logits.kind()))
}

/// Binary cross-entropy of logits, the mean over `B`:
/// `-1/B · Σ [y·log σ(z) + (1 - y)·log(1 - σ(z))]`, computed as `max(z, 0) - z·y + log(1 + exp(-|z|))`, which never
/// overflows.
///
/// Shapes:
/// - `logits` `z`: `[B]` Float, not probabilities
/// - `targets` `y`: `[B]` Float in [0, 1], 1 = positive; values between are soft labels
/// - returns `[]` Float
pub fn binary_cross_entropy(logits: &Tensor, targets: &Tensor) -> Tensor {
    logits.binary_cross_entropy_with_logits::<Tensor>(targets, None, None, Reduction::Mean)
}

/// `KL(Bernoulli(σ(t/T)) ‖ Bernoulli(σ(z/T)))`, the mean over `B`, by logarithms of sigmoids, which never overflow.
fn divergence(student: &Tensor, teacher: &Tensor, temperature: f64) -> Tensor {
    let (student, teacher) = (student / temperature, teacher / temperature);
    let positive = teacher.sigmoid() * (teacher.log_sigmoid() - student.log_sigmoid());
    let (student, teacher) = (-student, -teacher);
    let negative = teacher.sigmoid() * (teacher.log_sigmoid() - student.log_sigmoid());
    (positive + negative).mean(student.kind())
}

/// `(σ(a/T) - σ(b/T))²`, the mean over `B`.
fn sigmoid_mse(left: &Tensor, right: &Tensor, temperature: f64) -> Tensor {
    let right = (right / temperature).sigmoid();
    (left / temperature)
        .sigmoid()
        .mse_loss(&right, Reduction::Mean)
}

#[cfg(test)]
mod tests;
