//! What a method must beat: fair coins and the most frequent class.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// The mean of `draws` fair coins for each of `texts` texts, as the published `Random` row has it
/// (notebook 2.0: 100,000 random label vectors, their mean thresholded above one half).
///
/// Coins come 64 at a time from ChaCha8, so 10,000 texts with 100,000 draws each take a tenth of a second.
pub(super) fn random(texts: usize, draws: u32, seed: u64) -> Vec<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut heads = || {
        let full: u32 = (0..draws / 64)
            .map(|_| generator.next_u64().count_ones())
            .sum();
        let rest = draws % 64;
        let partial = if rest == 0 {
            0
        } else {
            (generator.next_u64() >> (64 - rest)).count_ones()
        };
        full + partial
    };
    (0..texts)
        .map(|_| f64::from(heads()) / f64::from(draws))
        .collect()
}

/// 1 for every text where most training labels are 1, otherwise 0; a tie goes to 0, as in scikit-learn's
/// `DummyClassifier(strategy="most_frequent")`.
pub(super) fn majority(texts: usize, labels: &[u8]) -> Vec<f64> {
    let ones = labels.iter().filter(|&&label| label == 1).count();
    let probability = if 2 * ones > labels.len() { 1.0 } else { 0.0 };
    vec![probability; texts]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_are_fair_and_their_mean_tightens_with_the_draws() {
        for (draws, tolerance) in [(1, 0.5), (100, 0.05), (10_001, 0.005)] {
            let means = random(2_000, draws, 7);
            let spread =
                (means.iter().map(|mean| (mean - 0.5).powi(2)).sum::<f64>() / 2_000.0).sqrt();
            // A fair coin's mean has standard deviation 0.5 / sqrt(draws); 2,000 texts estimate it within 10 %.
            let expected = 0.5 / f64::from(draws).sqrt();
            assert!(
                (spread / expected - 1.0).abs() < 0.1,
                "{draws} draws: {spread} against {expected}"
            );
            let center = means.iter().sum::<f64>() / 2_000.0;
            assert!(
                (center - 0.5).abs() < tolerance / 5.0,
                "{draws} draws: mean {center}"
            );
        }
    }

    #[test]
    fn equal_seeds_draw_equal_coins() {
        assert_eq!(random(10, 100, 1), random(10, 100, 1));
        assert_ne!(random(10, 100, 1), random(10, 100, 2));
    }

    /// Witness: `DummyClassifier(strategy="most_frequent")` of scikit-learn, which takes the lower label on a tie.
    #[test]
    fn the_majority_wins_and_a_tie_goes_to_zero() {
        assert_eq!(majority(2, &[1, 1, 0]), [1.0, 1.0]);
        assert_eq!(majority(2, &[1, 0, 0]), [0.0, 0.0]);
        assert_eq!(majority(1, &[1, 0]), [0.0]);
    }
}
