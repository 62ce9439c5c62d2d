//! Uniform whole numbers and random orders, written out so that no release of a library can change a dataset or a fit.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;

/// A whole number from 0 to `bound` − 1, each equally likely: draws from the incomplete last block of 2⁶⁴ are thrown away.
/// `bound` is at least 1.
pub fn below(bound: u64, rng: &mut ChaCha8Rng) -> u64 {
    let complete = u64::MAX - u64::MAX % bound;
    loop {
        let draw = rng.next_u64();
        if draw < complete {
            return draw % bound;
        }
    }
}

/// Shuffles in place; every order is equally likely (Fisher and Yates, from the end).
pub fn shuffle<T>(items: &mut [T], rng: &mut ChaCha8Rng) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(last as u64 + 1, rng) as usize);
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng as _;

    use super::*;

    #[test]
    fn draws_below_a_bound_reach_every_number_equally_often() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut counts = [0_i32; 5];
        for _ in 0..5000 {
            counts[below(5, &mut rng) as usize] += 1;
        }
        // Standard deviation of a count: sqrt(5000 * 0.2 * 0.8) = 28; five of them.
        assert!(
            counts.iter().all(|count| (count - 1000).abs() < 141),
            "{counts:?}"
        );
    }

    #[test]
    fn a_shuffle_is_a_permutation_that_its_seed_decides() {
        let shuffled = |seed| {
            let mut items: Vec<u8> = (0..100).collect();
            shuffle(&mut items, &mut ChaCha8Rng::seed_from_u64(seed));
            items
        };
        let mut sorted = shuffled(1);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<u8>>());
        assert_eq!(shuffled(1), shuffled(1));
        assert_ne!(shuffled(1), shuffled(2));
    }
}
