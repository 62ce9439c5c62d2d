//! Rows with trials, members or texts drawn anew.

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::class_bootstrap::Replicate;
use super::predictions::{ComparisonInput, Pairing, RowPredictions};
use super::text_values::{Stand, TextValues, weighted};
use crate::distribution::variance;
use crate::interval::{Interval, UPPER, percentiles};
use crate::rng::{StatisticRng, below};

/// A part of the variance that is due to the seeds of one row, or of pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeedNoise {
    /// The variance of the difference that is due to it.
    pub variance: f64,
    /// The trials, pairs or members that it is told from.
    pub n: usize,
}

/// Times that the members of a mean are drawn anew, at most.
pub(super) const MEMBER_RESAMPLES: usize = 1000;

/// One row's trials among the predictions, and what its mean would predict with other members.
pub(super) struct Row<'a> {
    pub(super) side: &'a RowPredictions,
    pub(super) first: usize,
    pub(super) trials: usize,
    pub(super) drawn: Vec<Replicate>,
}

impl<'a> Row<'a> {
    /// The first row or the second one; `None` where the metric is not defined with other members.
    pub(super) fn new(
        values: &TextValues<'a>,
        place: usize,
        weights: Vec<Vec<u32>>,
    ) -> Option<Self> {
        let [first, second] = values.trials();
        let drawn = weights.into_par_iter();
        let drawn = drawn.map(|weights| values.replicate(place, weights));
        Some(Self {
            side: [values.input.a, values.input.b][place],
            first: [0, first][place],
            trials: [first, second][place],
            drawn: drawn.collect::<Option<_>>()?,
        })
    }

    pub(super) fn trial_range(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.trials
    }

    /// The variance of the row's own figure that is due to its seeds.
    pub(super) fn part(&self, scores: &[f64]) -> Option<SeedNoise> {
        let n = self.side.seeds()?;
        let variance = match self.side {
            RowPredictions::Trials { .. } => variance(&scores[self.trial_range()]) / n as f64,
            RowPredictions::Average(_) => {
                let figures: Vec<f64> = self.drawn.iter().map(|one| one.value).collect();
                drawn_variance(&figures, n)
            }
        };
        Some(SeedNoise { variance, n })
    }

    /// What the row is in the resample of this number, where its members are drawn anew.
    fn replicate(&self, number: usize) -> Option<&Replicate> {
        let all = self.drawn.len();
        (all > 0).then(|| &self.drawn[number % all])
    }

    /// The row's figure in a resample where its trials count `weights` times.
    pub(super) fn figure(&self, values: &[f64], weights: Option<&[u32]>) -> f64 {
        let own = &values[self.trial_range()];
        match weights {
            Some(weights) if self.trials > 1 => weighted(own, weights),
            _ => own.iter().sum::<f64>() / self.trials as f64,
        }
    }
}

/// n values drawn from n have a variance that is too small by (n − 1) / n.
pub(super) fn drawn_variance(figures: &[f64], n: usize) -> f64 {
    variance(figures) * n as f64 / (n - 1) as f64
}

/// How often each model of each row counts, replicate by replicate: of means whose members are drawn anew, and of both rows together where
/// one has models of the other. None for a row that stays as it is.
pub(super) fn member_weights(values: &TextValues) -> [Vec<Vec<u32>>; 2] {
    let input = &values.input;
    let resamples = values.member_resamples(MEMBER_RESAMPLES);
    let sides = [input.a, input.b];
    let models = input.models();
    if input.draws_together() {
        let draws = StatisticRng::new("members");
        let both = (0..resamples).map(|number| shared_weights(&draws, number, &models, sides));
        return both.fold([Vec::new(), Vec::new()], |[mut a, mut b], [of_a, of_b]| {
            a.push(of_a);
            b.push(of_b);
            [a, b]
        });
    }
    // Each row has draws of its own: two means are not drawn together.
    [(input.a, "members a"), (input.b, "members b")].map(|(side, purpose)| match side {
        RowPredictions::Average(mean) if side.seeds().is_some() => {
            let draws = StatisticRng::new(purpose);
            let members = mean.members.len();
            let one = |number: usize| weights(&mut draws.for_resample(number), members);
            (0..resamples).map(one).collect()
        }
        _ => Vec::new(),
    })
}

/// One draw of all models, as each row sees it. A draw that leaves a row without a model is no draw of that row, and is made again.
fn shared_weights(
    draws: &StatisticRng,
    number: usize,
    models: &[usize],
    sides: [&RowPredictions; 2],
) -> [Vec<u32>; 2] {
    let mut random = draws.for_resample(number);
    loop {
        let all = weights(&mut random, models.len());
        let of = |side: &RowPredictions| -> Vec<u32> {
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

/// The two-way bootstrap: trials and texts drawn with replacement in every resample (Owen 2007, *The pigeonhole bootstrap*).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoWay {
    /// The standard deviation of the resamples.
    pub sd: f64,
    /// Their percentiles.
    pub interval: Interval,
    /// The share of resamples in which the first row is ahead, ties counting one half.
    pub ahead: f64,
}

pub(super) fn two_way(values: &TextValues, rows: &[Row; 2], resamples: usize) -> TwoWay {
    let draws = StatisticRng::new("trials");
    let stand = |number: usize| rows.each_ref().map(|row| row.replicate(number));
    let replaces = rows.iter().any(|row| !row.drawn.is_empty());
    let stand: Option<&Stand> = if replaces { Some(&stand) } else { None };
    let mut figures = values.over_texts(resamples, "two-way", stand, |number, of_trials| {
        let [a, b] = drawn_weights(&values.input, rows, &draws, number);
        rows[0].figure(of_trials, a.as_deref()) - rows[1].figure(of_trials, b.as_deref())
    });
    let ahead = figures.iter().map(|&one| {
        if one > 0.0 {
            1.0
        } else if one < 0.0 {
            0.0
        } else {
            0.5
        }
    });
    let ahead = ahead.sum::<f64>() / figures.len() as f64;
    TwoWay {
        sd: variance(&figures).sqrt(),
        interval: percentiles(&mut figures, UPPER),
        ahead,
    }
}

/// How often each row's trials, or members, count in a resample; `None` for what stays as it is.
fn drawn_weights(
    input: &ComparisonInput,
    rows: &[Row; 2],
    draws: &StatisticRng,
    number: usize,
) -> [Option<Vec<u32>>; 2] {
    let mut random = draws.for_resample(number);
    let mut own = rows.each_ref().map(|row| {
        row.replicate(number)
            .map(|one| one.weights.clone())
            .or_else(|| (row.trials > 1).then(|| weights(&mut random, row.trials)))
    });
    let [first, second] = &mut own;
    if input.pairing == Pairing::Paired && rows[0].trials == rows[1].trials {
        second.clone_from(first);
    }
    own
}
