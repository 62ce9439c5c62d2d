//! Rows with trials, members or texts drawn anew.

use fsl_common::classes::Label;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::predictions::{AveragedModels, ComparisonInput, Pairing, RowPredictions, f1};
use crate::distribution::variance;
use crate::interval::{Interval, UPPER, percentiles};
use crate::rng::{StatisticRng, below};
use crate::text_bootstrap::{BitSlicedPredictions, Change, Counts, over_texts};

/// A part of the variance that is due to the seeds of one row, or of pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeedNoise {
    /// The variance of the difference that is due to it.
    pub variance: f64,
    /// The trials, pairs or members that it is told from.
    pub n: usize,
}

/// Times that the members of a mean are drawn anew.
pub(super) const MEMBER_RESAMPLES: usize = 1000;

/// One row's trials among the predictions, and what its mean would predict with other members.
pub(super) struct Row<'a> {
    pub(super) side: &'a RowPredictions,
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
        labels: &[Label],
        side: &'a RowPredictions,
        first: usize,
        scores: &[f64],
        weights: Vec<Vec<u32>>,
    ) -> Self {
        let drawn = weights.into_par_iter().map(|weights| match side {
            RowPredictions::Average(mean) => replicate(labels, mean, weights),
            RowPredictions::Trials { .. } => Replicate {
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

    pub(super) fn trial_range(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.trials
    }

    /// The variance of the row's own figure that is due to its seeds.
    pub(super) fn part(&self, scores: &[f64]) -> Option<SeedNoise> {
        let n = self.side.seeds()?;
        let variance = match self.side {
            RowPredictions::Trials { .. } => variance(&scores[self.trial_range()]) / n as f64,
            RowPredictions::Average(_) => {
                let figures: Vec<f64> = self.drawn.iter().map(|one| one.f1).collect();
                drawn_variance(&figures, n)
            }
        };
        Some(SeedNoise { variance, n })
    }

    /// The row's figure in a resample where its trials count `weights` times.
    pub(super) fn figure(&self, counts: &Counts, weights: Option<&[u32]>) -> f64 {
        let Some(weights) = weights.filter(|_| self.trials > 1) else {
            return self
                .trial_range()
                .map(|trial| counts.f1(trial))
                .sum::<f64>()
                / self.trials as f64;
        };
        let scores: Vec<f64> = self.trial_range().map(|trial| counts.f1(trial)).collect();
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
pub(super) fn member_weights(input: &ComparisonInput) -> [Vec<Vec<u32>>; 2] {
    let sides = [input.a, input.b];
    let models = input.models();
    if input.draws_together() {
        let draws = StatisticRng::new("members");
        let both =
            (0..MEMBER_RESAMPLES).map(|number| shared_weights(&draws, number, &models, sides));
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
            (0..MEMBER_RESAMPLES).map(one).collect()
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

fn replicate(labels: &[Label], mean: &AveragedModels, weights: Vec<u32>) -> Replicate {
    let predictions = mean.predict(&weights);
    let class = |label: Label| {
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

pub(super) fn two_way(
    input: &ComparisonInput,
    bits: &BitSlicedPredictions,
    rows: &[Row; 2],
    resamples: usize,
) -> TwoWay {
    let draws = StatisticRng::new("trials");
    let replace = |number: usize, bits: &mut BitSlicedPredictions| {
        for row in rows {
            let drawn = row.drawn.get(number % MEMBER_RESAMPLES);
            if let Some(predictions) = drawn.and_then(|one| one.predictions.as_ref()) {
                bits.replace(row.first, predictions.each_ref().map(Vec::as_slice));
            }
        }
    };
    let replaces = rows.iter().any(|row| !row.drawn.is_empty());
    let change: Option<&Change> = if replaces { Some(&replace) } else { None };
    let mut figures = over_texts(bits, resamples, "two-way", change, |number, counts| {
        let [a, b] = drawn_weights(input, rows, &draws, number);
        rows[0].figure(counts, a.as_deref()) - rows[1].figure(counts, b.as_deref())
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
        let drawn = row.drawn.get(number % MEMBER_RESAMPLES);
        drawn
            .map(|one| one.weights.clone())
            .or_else(|| (row.trials > 1).then(|| weights(&mut random, row.trials)))
    });
    let [first, second] = &mut own;
    if input.pairing == Pairing::Paired && rows[0].trials == rows[1].trials {
        second.clone_from(first);
    }
    own
}
