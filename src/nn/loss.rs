//! Losses.

use tch::{Reduction, Tensor};

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

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: the formula by hand, in f64. 1e-6: a few units in the last place of f32.
    #[test]
    fn the_loss_is_its_formula_also_far_out() {
        let loss = |logit: f32, target: f32| {
            binary_cross_entropy(
                &Tensor::from_slice(&[logit]),
                &Tensor::from_slice(&[target]),
            )
            .double_value(&[])
        };
        let formula = |z: f64, y: f64| {
            let p = 1.0 / (1.0 + (-z).exp());
            -(y * p.ln() + (1.0 - y) * (1.0 - p).ln())
        };
        for (z, y) in [(0.0, 1.0), (1.5, 0.25), (-3.0, 1.0)] {
            assert!((loss(z, y) - formula(f64::from(z), f64::from(y))).abs() < 1e-6);
        }
        assert!((loss(200.0, 0.0) - 200.0).abs() < 1e-6);
        assert!(loss(-200.0, 0.0) < 1e-6);
    }
}
