//! Made-up rows whose true F1 is known.

use fsl_common::classes::Label;
use rand_chacha::ChaCha8Rng;

use crate::distribution::normal_below;
use crate::testing::normal;

/// Made-up rows: each text is more or less hard for everyone, each trial is more or less good, and each answer has its own luck.
pub(super) struct World {
    pub(super) texts: usize,
    pub(super) skill: f64,
    pub(super) hard: f64,
    pub(super) trial: f64,
    pub(super) luck: f64,
}

impl World {
    pub(super) fn labels(&self) -> Vec<Label> {
        (0..self.texts)
            .map(|text| Label::from(text % 2 == 0))
            .collect()
    }

    pub(super) fn trials(
        &self,
        random: &mut ChaCha8Rng,
        hard: &[f64],
        n: usize,
    ) -> Vec<Vec<Label>> {
        let one = |random: &mut ChaCha8Rng| {
            let good = self.skill + self.trial * normal(random);
            let answer = |random: &mut ChaCha8Rng, text: usize| {
                let right = good + self.hard * hard[text] + self.luck * normal(random) > 0.0;
                Label::from(text.is_multiple_of(2) == right)
            };
            (0..self.texts).map(|text| answer(random, text)).collect()
        };
        (0..n).map(|_| one(random)).collect()
    }

    /// The probability of a right answer, the same in both classes: F1 over all seeds and texts, up to its curvature.
    pub(super) fn f1(&self) -> f64 {
        let spread = (self.hard.powi(2) + self.trial.powi(2) + self.luck.powi(2)).sqrt();
        normal_below(self.skill / spread)
    }
}

pub(super) const GOOD: World = World {
    texts: 400,
    skill: 0.9,
    hard: 0.8,
    trial: 0.12,
    luck: 0.5,
};
pub(super) const FAIR: World = World {
    skill: 0.75,
    ..GOOD
};
