//! Random: fair coins, or fair draws of one of several classes, a baseline that every method must beat.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Cost, Declared, Dependencies, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, Settings,
};
use crate::classic::uniform_shares;
use fsl_common::probabilities::Probabilities;
use fsl_common::seed::Stream;

/// Fair coins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Random {
    /// Fair draws per text, whose mean is the text's probability.
    #[serde(default = "default_draws")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub draws: u32,
}

fn default_draws() -> u32 {
    100_000
}

impl Settings for Random {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            streams: &[Stream::Init],
            ignores_words: true,
            ..Requirements::default()
        }
    }
}

impl Declared for Random {
    type Inputs = Self;

    fn resolve(&self, _: Dependencies) -> Option<Self> {
        Some(self.clone())
    }
}

impl Method for Random {
    fn run(
        &self,
        context: &MethodContext,
        _: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let classes = context.classes.count();
        Ok(context.predict_unfitted(|set, texts| {
            let seed = context.seed(Stream::Init) ^ if set == 0 { 0 } else { TRANSFER_COINS };
            if classes == 2 {
                Probabilities::two_class(coins(texts.len(), self.draws, seed))
            } else {
                uniform_shares(classes, texts.len(), self.draws, seed)
            }
        }))
    }

    fn cost(&self) -> Cost {
        Cost {
            tosses_per_text: f64::from(self.draws),
            ..Cost::default()
        }
    }
}

/// Turns the seed of the test texts' coins into that of a transfer set's, whatever the number of sets.
const TRANSFER_COINS: u64 = 0x7472_616e_7366_6572;

/// The mean of `draws` fair coins for each of `texts` texts, as the published `Random` row has it
/// (notebook 2.0: 100,000 random label vectors, their mean thresholded above one half).
///
/// Coins come 64 at a time from ChaCha8, so 10,000 texts with 100,000 draws each take a tenth of a second.
fn coins(texts: usize, draws: u32, seed: u64) -> Vec<f64> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_are_fair_and_their_mean_tightens_with_the_draws() {
        for (draws, tolerance) in [(1, 0.5), (100, 0.05), (10_001, 0.005)] {
            let means = coins(2_000, draws, 7);
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
        assert_eq!(coins(10, 100, 1), coins(10, 100, 1));
        assert_ne!(coins(10, 100, 1), coins(10, 100, 2));
    }
}
