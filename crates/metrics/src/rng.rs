//! Random draws for statistics: reproducible, and the same however many threads take part.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Generators for one statistic: one per resample, each independent of the others.
#[derive(Debug, Clone)]
pub(super) struct StatisticRng {
    first: ChaCha8Rng,
}

impl StatisticRng {
    /// The generators of a statistic, by what it is for.
    pub(super) fn new(purpose: &str) -> Self {
        Self {
            first: ChaCha8Rng::seed_from_u64(fsl_common::seed::derive_for_statistic(purpose)),
        }
    }

    /// The generator of one resample.
    pub(super) fn for_resample(&self, number: usize) -> ChaCha8Rng {
        let mut generator = self.first.clone();
        generator.set_stream(number as u64);
        generator
    }
}

/// Values that the resamples of one statistic go over in all.
const VALUES: usize = 20_000_000;

/// The fewest resamples, which know a standard deviation to 2.2 %.
const FEWEST: usize = 1000;

/// How many of `most` resamples of so many values there is time for: all of them up to 2,000 values for 10,000 resamples, and beyond that
/// fewer, but at least 1,000.
pub(super) fn affordable(most: usize, values: usize) -> usize {
    (VALUES / values.max(1)).clamp(FEWEST.min(most), most)
}

/// A whole number below `end` (at least 1), each equally likely (Lemire 2019, arXiv 1805.10941).
pub(super) fn below(random: &mut ChaCha8Rng, end: u32) -> u32 {
    let mut wide = u64::from(random.next_u32()) * u64::from(end);
    if (wide as u32) < end {
        let rejected = end.wrapping_neg() % end;
        while (wide as u32) < rejected {
            wide = u64::from(random.next_u32()) * u64::from(end);
        }
    }
    (wide >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_numbers_of_trials_get_every_resample() {
        assert_eq!(affordable(10_000, 0), 10_000);
        assert_eq!(affordable(10_000, 2000), 10_000);
        assert_eq!(affordable(10_000, 10_000), 2000);
        assert_eq!(affordable(10_000, 1_000_000), 1000);
        assert_eq!(affordable(200, 1_000_000), 200);
    }

    #[test]
    fn draws_are_even_and_repeatable() {
        let draws = StatisticRng::new("test");
        let mut counts = [0_u32; 7];
        let mut random = draws.for_resample(3);
        for _ in 0..70_000 {
            counts[below(&mut random, 7) as usize] += 1;
        }
        // Each is binomial(70,000, 1/7) with standard deviation 93.
        assert!(
            counts.iter().all(|count| count.abs_diff(10_000) < 400),
            "{counts:?}"
        );
        let (mut one, mut other) = (draws.for_resample(3), draws.for_resample(4));
        assert_ne!(below(&mut one, u32::MAX), below(&mut other, u32::MAX));
        assert_eq!(
            draws.for_resample(3).next_u32(),
            draws.for_resample(3).next_u32()
        );
    }
}
