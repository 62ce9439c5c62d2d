//! Random numbers that are the same on every machine: ChaCha8 and nothing but IEEE additions and multiplications.

use rand::{Rng as _, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A named stream of random numbers.
pub(crate) struct Rng(ChaCha8Rng);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A whole number from 0 to `bound` − 1.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        fsl_common::random::below(bound as u64, &mut self.0) as usize
    }

    /// Uniform in [-limit, limit).
    pub(crate) fn uniform(&mut self, limit: f64) -> f64 {
        (2.0 * self.unit() - 1.0) * limit
    }

    /// Standard normal, redrawn until it lies in [-2, 2].
    ///
    /// By rejection from the uniform distribution on [-2, 2] (von Neumann 1951): `x` is kept with probability
    /// `exp(-x²/2)`, 60 of 100 times.
    pub(crate) fn truncated_normal(&mut self) -> f64 {
        loop {
            let x = self.uniform(2.0);
            if self.unit() < exp_minus(x * x / 2.0) {
                return x;
            }
        }
    }

    /// Shuffles in place; every order is equally likely (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        fsl_common::random::shuffle(items, &mut self.0);
    }
}

/// `exp(-y)` for `y` in [0, 2]. The standard library's differs in the last bit between platforms.
fn exp_minus(y: f64) -> f64 {
    // The Taylor series at |z| ≤ 1/4 is exact to 1e-17 after 12 terms; then (exp(z))⁸.
    let z = -y / 8.0;
    let series = (1..=12)
        .rev()
        .fold(1.0, |sum, n| 1.0 + sum * z / f64::from(n));
    let squared = series * series;
    let fourth = squared * squared;
    fourth * fourth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_one() {
        // A few units in the last place of 1, where it decides about acceptance.
        assert!((0..=2000).all(|i| {
            (exp_minus(f64::from(i) / 1000.0) - (-f64::from(i) / 1000.0).exp()).abs() < 1e-15
        }));
    }

    /// Witness: the standard deviation of a standard normal truncated at ±2 is √(1 - 4φ(2)/(2Φ(2) - 1)) = 0.879626
    /// (scipy.stats.truncnorm(-2, 2).std()). The tolerance is four standard errors of 40,000 draws.
    #[test]
    fn truncated_normals_have_their_moments() {
        let mut draws = Rng::new(7);
        let values: Vec<f64> = (0..40_000).map(|_| draws.truncated_normal()).collect();
        let mean = values.iter().sum::<f64>() / 40_000.0;
        let sd = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 40_000.0).sqrt();
        assert!(values.iter().all(|x| x.abs() <= 2.0));
        assert!(
            mean.abs() < 0.0176 && (sd - 0.879_626).abs() < 0.0125,
            "{mean} {sd}"
        );
    }
}
