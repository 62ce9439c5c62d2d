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
