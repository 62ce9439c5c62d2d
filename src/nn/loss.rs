//! Losses: of a student's logits against a teacher's probabilities, or against labels.

use serde::{Deserialize, Serialize};
use tch::{Kind, Reduction, Tensor};

use super::NnError;

/// How far from 0 and 1 a teacher's probability is kept where its logit is taken.
const PROBABILITY_FLOOR: f64 = 1e-6;

/// Which loss: the soft part of [`LossParams`], or the published whole.
///
/// In the formulas `z` is the student's logit, `q` the target in [0, 1], `σ` the sigmoid, `T` the temperature, and
/// `t = log(q / (1 - q))` the teacher's logit with `q` kept in [1e-6, 1 - 1e-6]. All are means over `B`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossName {
    /// Binary cross-entropy with the probabilities as targets, `BCE(σ(z), q)`; `T` must be 1.
    Bce,
    /// `T² · KL(Bernoulli(σ(t/T)) ‖ Bernoulli(σ(z/T)))`: Hinton et al. 2015 (arXiv 1503.02531), section 2, for two classes.
    Kl,
    /// `T² · (σ(z/T) - σ(t/T))²`.
    Mse,
    /// boostFSLBert's (`utils/loss.py` at commit 92bc73b), as it is. The student's output is a probability already,
    /// `p = σ(z)`, and so is the target; the published loss squashes both once more:
    ///
    /// - `hard = 1[σ(q) > 0.5]`, `l1 = BCE(σ(p), hard)`, `l2 = (σ(q/T) - σ(p/T))²`
    /// - the loss is `l2` if `α = 0`, `l1` if `α = 1`, else `α·l1 + (1 - α)·T²·l2`
    ///
    /// So every target above 0 has the hard label 1: with `α > 0` the student learns to say "positive". The soft targets
    /// lie in [0.5, σ(1/T)], which is [0.5, 0.55] at `T = 5`, so gradients are tiny (without `T²` at `α = 0`, the more so).
    Reference,
}

/// A loss with its weights, as a trial request carries it (kebab-case keys, none optional, unknown ones refused).
///
/// For all but [`LossName::Reference`] it is `α · BCE(σ(z), y) + (1 - α) · soft` with the hard label `y = 1[q > 0.5]`
/// and `soft` as [`LossName`] says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LossParams {
    /// Which loss.
    pub loss: LossName,
    /// The weight `α` of the hard part, in [0, 1].
    pub alpha: f64,
    /// The temperature `T`, above 0; 1 with [`LossName::Bce`].
    pub temperature: f64,
}

impl LossParams {
    /// Binary cross-entropy, of labels or of probabilities.
    pub fn bce() -> Self {
        Self {
            loss: LossName::Bce,
            alpha: 0.0,
            temperature: 1.0,
        }
    }

    /// The published loss with `α = 0` and `T = 5`, the defaults of the published `train_distilled_model`. (Its command line
    /// has `α = 0.5`, which makes the student answer "positive"; the values of the published experiments are not stated.)
    pub fn reference() -> Self {
        Self {
            loss: LossName::Reference,
            alpha: 0.0,
            temperature: 5.0,
        }
    }

    /// Refuses values out of range.
    ///
    /// # Errors
    /// [`NnError::Param`] for the first one.
    pub fn check(&self) -> Result<(), NnError> {
        let refused = |key, got: f64, allowed| {
            let got = got.to_string();
            Err(NnError::Param { key, got, allowed })
        };
        if !(0.0..=1.0).contains(&self.alpha) {
            return refused("alpha", self.alpha, "from 0 to 1");
        }
        if !(0.01..=1000.0).contains(&self.temperature) {
            return refused("temperature", self.temperature, "from 0.01 to 1000");
        }
        if self.loss == LossName::Bce && (self.temperature - 1.0).abs() > 0.0 {
            return refused("temperature", self.temperature, "1 with the loss `bce`");
        }
        Ok(())
    }

    /// The loss, the mean over `B`. A part without weight is not computed. All but [`LossName::Bce`] is worked out in f64,
    /// for `T²` would magnify what f32 rounds away.
    ///
    /// Shapes:
    /// - `logits` `z`: `[B]` Float or Double, not probabilities
    /// - `targets` `q`: `[B]` of the same kind in [0, 1], a teacher's probabilities, or labels with 1 = positive
    /// - returns `[]` of the same kind
    pub fn compute(&self, logits: &Tensor, targets: &Tensor) -> Tensor {
        let kind = logits.kind();
        let double = |tensor: &Tensor| tensor.to_kind(Kind::Double);
        match self.loss {
            LossName::Bce => self.mix(
                || hard(logits, &targets.gt(0.5)),
                || binary_cross_entropy(logits, targets),
            ),
            LossName::Reference => self.published(&double(logits), &double(targets)),
            LossName::Kl | LossName::Mse => self.tempered(&double(logits), &double(targets)),
        }
        .to_kind(kind)
    }

    /// [`LossName::Kl`] and [`LossName::Mse`].
    fn tempered(&self, logits: &Tensor, targets: &Tensor) -> Tensor {
        let part = if self.loss == LossName::Kl {
            divergence
        } else {
            squashed_error
        };
        self.mix(
            || hard(logits, &targets.gt(0.5)),
            || {
                let teacher = targets.logit(PROBABILITY_FLOOR);
                self.temperature.powi(2) * part(logits, &teacher, self.temperature)
            },
        )
    }

    /// [`LossName::Reference`].
    fn published(&self, logits: &Tensor, targets: &Tensor) -> Tensor {
        let probabilities = logits.sigmoid();
        let factor = if self.alpha > 0.0 {
            self.temperature.powi(2)
        } else {
            1.0
        };
        self.mix(
            // Keras clips σ(p) to [1e-7, 1 - 1e-7]; it lies in [0.5, 0.74], so that is never felt.
            || hard(&probabilities, &targets.sigmoid().gt(0.5)),
            || factor * squashed_error(&probabilities, targets, self.temperature),
        )
    }

    /// `α · hard + (1 - α) · soft`.
    fn mix(&self, hard: impl Fn() -> Tensor, soft: impl Fn() -> Tensor) -> Tensor {
        if self.alpha <= 0.0 {
            soft()
        } else if self.alpha >= 1.0 {
            hard()
        } else {
            self.alpha * hard() + (1.0 - self.alpha) * soft()
        }
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
fn squashed_error(left: &Tensor, right: &Tensor, temperature: f64) -> Tensor {
    let right = (right / temperature).sigmoid();
    (left / temperature)
        .sigmoid()
        .mse_loss(&right, Reduction::Mean)
}

#[cfg(test)]
mod tests;
