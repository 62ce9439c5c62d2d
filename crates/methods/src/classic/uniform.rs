//! Uniform draws among classes.

use fsl_common::probabilities::Probabilities;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// For each of `texts` texts, the share of `draws` uniform draws among `classes` (at least 3) that fell on each class.
///
/// Draws come from ChaCha8, 32 bits each, two to a number: `⌊u K / 2³²⌋`, which favours no class by more than K / 2³².
pub fn uniform_shares(classes: usize, texts: usize, draws: u32, seed: u64) -> Probabilities {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut values = Vec::with_capacity(texts * classes);
    let mut counts = vec![0_u32; classes];
    let class = |bits: u64| ((bits * classes as u64) >> 32) as usize;
    for _ in 0..texts {
        counts.fill(0);
        for _ in 0..draws / 2 {
            let bits = generator.next_u64();
            counts[class(bits >> 32)] += 1;
            counts[class(bits & 0xffff_ffff)] += 1;
        }
        if draws % 2 == 1 {
            counts[class(generator.next_u64() >> 32)] += 1;
        }
        values.extend(
            counts
                .iter()
                .map(|&count| f64::from(count) / f64::from(draws)),
        );
    }
    Probabilities::new(classes, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A class's share of `d` draws has mean 1/K and standard deviation sqrt((1/K)(1 − 1/K) / d); 2,000 texts estimate the latter
    /// within 10 %, and the mean within five of its standard errors.
    #[test]
    fn every_class_gets_its_share_and_the_spread_tightens_with_the_draws() {
        for (classes, draws) in [(3, 1), (3, 101), (6, 1_000), (77, 300)] {
            let found = uniform_shares(classes, 2_000, draws, 7);
            let mean = 1.0 / classes as f64;
            let spread = (mean * (1.0 - mean) / f64::from(draws)).sqrt();
            for class in 0..classes as u16 {
                let shares: Vec<f64> = (0..2_000).map(|text| found.of(text, class)).collect();
                let center = shares.iter().sum::<f64>() / 2_000.0;
                assert!((center - mean).abs() < 5.0 * spread / 2_000_f64.sqrt());
                let squares: f64 = shares.iter().map(|share| (share - mean).powi(2)).sum();
                let ratio = (squares / 2_000.0).sqrt() / spread;
                assert!((ratio - 1.0).abs() < 0.1, "{classes} classes: {ratio}");
            }
            for row in found.rows() {
                assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn equal_seeds_draw_equally() {
        assert_eq!(uniform_shares(3, 9, 10, 1), uniform_shares(3, 9, 10, 1));
        assert_ne!(uniform_shares(3, 9, 10, 1), uniform_shares(3, 9, 10, 2));
    }
}
