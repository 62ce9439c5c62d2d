//! Class weights and label smoothing.
//!
//! Cross-entropy is that of `torch.nn.CrossEntropyLoss(weight=w, label_smoothing=ε)` with labels:
//!
//! `Σₙ Σ_c w_c·((1 - ε)·q[n,c] + ε/K)·(-log p[n,c]) / Σₙ Σ_c w_c·q[n,c]`
//!
//! The divisor is the weight of the targets, also where these are probabilities (PyTorch then divides by the number of texts), so that
//! a probability of 1 is a label. The other losses are means of the texts, each with the weight `Σ_c w_c·q[n,c]`; nothing in them is
//! smoothed.

use tch::{Device, Tensor};

use fsl_common::settings::{ClassWeights, FitParams};

/// How far from 0 and 1 a teacher's probability is kept where its logit is taken.
pub(super) const PROBABILITY_FLOOR: f64 = 1e-6;

/// What classes weigh, and how much targets are smoothed.
pub(super) struct Weighting {
    /// `[K]` Double; none = all the same.
    pub(super) weights: Option<Tensor>,
    /// `ε`, in [0, 1).
    pub(super) smoothing: f64,
}

impl Weighting {
    /// That of a fit on these targets of all its texts.
    pub(super) fn new(fit: &FitParams, classes: usize, targets: &[f32], device: Device) -> Self {
        let weights = match fit.class_weights {
            ClassWeights::None => None,
            ClassWeights::Balanced => Some(balanced(classes, targets)),
        };
        Self {
            weights: weights.map(|weights| Tensor::from_slice(&weights).to_device(device)),
            smoothing: fit.label_smoothing,
        }
    }

    /// Whether all classes weigh the same.
    pub(super) fn are_equal(&self) -> bool {
        self.weights.is_none()
    }

    /// Whether all classes weigh the same and targets are left as they are.
    pub(super) fn is_plain(&self) -> bool {
        self.are_equal() && self.smoothing <= 0.0
    }

    /// The cross-entropy of logits and probabilities, `[B, K]` each → `[]`.
    pub(super) fn cross_entropy(&self, logits: &Tensor, targets: &Tensor) -> Tensor {
        let kind = logits.kind();
        let surprises = -logits.log_softmax(1, kind); // [B, K]
        let smoothed = if self.smoothing > 0.0 {
            let spread = self.smoothing / targets.size()[1] as f64;
            &(targets * (1.0 - self.smoothing) + spread)
        } else {
            targets
        };
        match &self.weights {
            None => (smoothed * surprises)
                .sum_dim_intlist(1, false, kind)
                .mean(kind),
            Some(weights) => {
                let weights = weights.to_kind(kind);
                (smoothed * surprises * &weights).sum(kind) / (targets * weights).sum(kind)
            }
        }
    }

    /// The mean of the texts' `values` `[B]`, weighted by their probabilities `targets` `[B, K]` → `[]`.
    pub(super) fn mean(&self, values: &Tensor, targets: &Tensor) -> Tensor {
        let kind = values.kind();
        match &self.weights {
            None => values.mean(kind),
            Some(weights) => {
                let texts = (targets * weights.to_kind(kind)).sum_dim_intlist(1, false, kind); // [B]
                (values * &texts).sum(kind) / texts.sum(kind)
            }
        }
    }
}

/// `n / (K · n_c)` by class: `n` texts, of which `n_c` are of class `c`, or expected to be. No class counts for less than one text, so
/// that weights stay within bounds.
fn balanced(classes: usize, targets: &[f32]) -> Vec<f64> {
    let mut counts = vec![0.0; classes];
    if classes == 2 {
        let positive: f64 = targets.iter().copied().map(f64::from).sum();
        counts = vec![targets.len() as f64 - positive, positive];
    } else {
        for row in targets.chunks_exact(classes) {
            for (count, &target) in counts.iter_mut().zip(row) {
                *count += f64::from(target);
            }
        }
    }
    let texts: f64 = counts.iter().sum();
    let weight = |count: f64| texts / (classes as f64 * count.max(1.0));
    counts.into_iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: the formula by hand.
    #[test]
    fn every_class_has_the_same_weight_in_all() {
        let close = |got: &[f64], expected: &[f64]| {
            got.iter()
                .zip(expected)
                .all(|(got, expected)| (got - expected).abs() < 1e-12)
        };
        assert!(close(
            &balanced(2, &[1.0, 0.0, 0.0, 0.0]),
            &[4.0 / 6.0, 2.0]
        ));
        let rows = [
            [1.0, 0.0, 0.0],
            [1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0],
            [0.5, 0.5, 0.0],
        ];
        let weights = balanced(3, rows.as_flattened());
        assert!(
            close(&weights, &[4.0 / 7.5, 4.0 / 4.5, 4.0 / 3.0]),
            "{weights:?}"
        );
    }
}
