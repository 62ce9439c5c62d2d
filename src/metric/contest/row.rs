//! The rows of a comparison, and what they would be with other members.

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::super::distribution::variance;
use super::super::draws::{Draws, below};
use super::super::texts::Counts;
use super::noise::Part;
use super::side::{Contest, Mean, Side, f1};

/// Times that the members of a mean are drawn anew.
pub(super) const MEMBER_RESAMPLES: usize = 1000;

/// One row's trials among the lanes, and what its mean would predict with other members.
pub(super) struct Row<'a> {
    pub(super) side: &'a Side,
    pub(super) first: usize,
    pub(super) trials: usize,
    pub(super) drawn: Vec<Replicate>,
}

/// A row with members drawn anew.
pub(super) struct Replicate {
    pub(super) weights: Vec<u32>,
    /// What a mean predicts then, of the positive and of the negative texts.
    pub(super) predictions: Option<[Vec<bool>; 2]>,
    pub(super) f1: f64,
}

impl<'a> Row<'a> {
    pub(super) fn new(
        labels: &[u8],
        side: &'a Side,
        first: usize,
        scores: &[f64],
        weights: Vec<Vec<u32>>,
    ) -> Self {
        let drawn = weights.into_par_iter().map(|weights| match side {
            Side::Mean(mean) => replicate(labels, mean, weights),
            Side::Trials { .. } => Replicate {
                f1: weighted(scores, &weights),
                predictions: None,
                weights,
            },
        });
        Self {
            side,
            first,
            trials: scores.len(),
            drawn: drawn.collect(),
        }
    }

    pub(super) fn lanes(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.trials
    }

    /// The variance of the row's own figure that is due to its seeds.
    pub(super) fn part(&self, scores: &[f64]) -> Option<Part> {
        let n = self.side.seeds()?;
        let variance = match self.side {
            Side::Trials { .. } => variance(&scores[self.lanes()]) / n as f64,
            Side::Mean(_) => {
                let figures: Vec<f64> = self.drawn.iter().map(|one| one.f1).collect();
                drawn_variance(&figures, n)
            }
        };
        Some(Part { variance, n })
    }

    /// The row's figure in a resample where its trials count `weights` times.
    pub(super) fn figure(&self, counts: &Counts, weights: Option<&[u32]>) -> f64 {
        let Some(weights) = weights.filter(|_| self.trials > 1) else {
            return self.lanes().map(|lane| counts.f1(lane)).sum::<f64>() / self.trials as f64;
        };
        let scores: Vec<f64> = self.lanes().map(|lane| counts.f1(lane)).collect();
        weighted(&scores, weights)
    }
}

/// The mean of values that count so often.
fn weighted(values: &[f64], weights: &[u32]) -> f64 {
    let total: u32 = weights.iter().sum();
    let sum: f64 = values
        .iter()
        .zip(weights)
        .map(|(value, &weight)| f64::from(weight) * value)
        .sum();
    sum / f64::from(total)
}

/// n values drawn from n have a variance that is too small by (n − 1) / n.
pub(super) fn drawn_variance(figures: &[f64], n: usize) -> f64 {
    variance(figures) * n as f64 / (n - 1) as f64
}

/// How often each model of each row counts, replicate by replicate: of means whose members are drawn anew, and of both rows together where
/// one has models of the other. None for a row that stays as it is.
pub(super) fn member_weights(contest: &Contest) -> [Vec<Vec<u32>>; 2] {
    let sides = [contest.a, contest.b];
    let models = contest.models();
    if contest.draws_together() {
        let draws = Draws::of("members");
        let both =
            (0..MEMBER_RESAMPLES).map(|number| shared_weights(&draws, number, &models, sides));
        return both.fold([Vec::new(), Vec::new()], |[mut a, mut b], [of_a, of_b]| {
            a.push(of_a);
            b.push(of_b);
            [a, b]
        });
    }
    // Each row has draws of its own: two means are not drawn together.
    [(contest.a, "members a"), (contest.b, "members b")].map(|(side, purpose)| match side {
        Side::Mean(mean) if side.seeds().is_some() => {
            let draws = Draws::of(purpose);
            let members = mean.members.len();
            let one = |number: usize| weights(&mut draws.resample(number), members);
            (0..MEMBER_RESAMPLES).map(one).collect()
        }
        _ => Vec::new(),
    })
}

/// One draw of all models, as each row sees it. A draw that leaves a row without a model is no draw of that row, and is made again.
fn shared_weights(
    draws: &Draws,
    number: usize,
    models: &[usize],
    sides: [&Side; 2],
) -> [Vec<u32>; 2] {
    let mut random = draws.resample(number);
    loop {
        let all = weights(&mut random, models.len());
        let of = |side: &Side| -> Vec<u32> {
            let place = |model: &usize| models.binary_search(model).map_or(0, |place| all[place]);
            side.models().iter().map(place).collect()
        };
        let both = sides.map(of);
        if both.iter().all(|of| of.iter().any(|&weight| weight > 0)) {
            return both;
        }
    }
}

/// How often each of n is among n draws.
pub(super) fn weights(random: &mut ChaCha8Rng, n: usize) -> Vec<u32> {
    let mut weights = vec![0; n];
    for _ in 0..n {
        weights[below(random, n as u32) as usize] += 1;
    }
    weights
}

fn replicate(labels: &[u8], mean: &Mean, weights: Vec<u32>) -> Replicate {
    let predictions = mean.of(&weights);
    let class = |label: u8| {
        let both = labels.iter().zip(&predictions);
        both.filter(|&(&one, _)| one == label)
            .map(|(_, &one)| one)
            .collect()
    };
    Replicate {
        f1: f1(labels, &predictions),
        predictions: Some([class(1), class(0)]),
        weights,
    }
}
