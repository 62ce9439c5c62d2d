//! Means of several models' probabilities, from stored predictions: their spread over members, and F1 by their number.

use fsl_common::classes::Label;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::distribution::{mean, sample_quantile};
use super::interval::UPPER;
use super::rng::{StatisticRng, below};
use super::{Confusion, MemberSpread, Metric, Metrics, RecordMetrics, summarize};

/// Resamples from which a spread is computed. Its own relative error is then 1/√(2·1000), about 2 %.
pub const RESAMPLES: usize = 1000;

/// The seed of the resampling: a table must not change from one look at it to the next.
const SEED: u64 = 0x656e_7365_6d62_6c65;

/// Standard deviations of an ensemble's metrics, in the unit of each.
#[derive(Debug, Clone, PartialEq)]
pub struct EnsembleSpread {
    /// The number of members.
    pub members: usize,
    /// Of the metrics that tables show; without those that are not defined in every resample.
    pub sds: Vec<(&'static Metric, f64)>,
}

impl EnsembleSpread {
    /// The spread of one metric; `None` where it has none.
    pub fn spread(&self, metric: &Metric) -> Option<MemberSpread> {
        let members = self.members;
        let (_, sd) = self.sds.iter().find(|(of, _)| *of == metric)?;
        Some(MemberSpread { sd: *sd, members })
    }
}

/// How much the mean's metrics would vary, had other members been drawn: from [`RESAMPLES`] times as many members drawn with
/// replacement, the sample standard deviation (ddof 1) of each metric that tables show, at `threshold`. It speaks of the draw of the
/// members only, not of the test texts.
///
/// `members` holds `[M][N]` probabilities, `labels` `[N]` of 0 and 1. `None` for fewer than two members, and where the lengths
/// differ.
pub fn ensemble_spread(
    members: &[Vec<f64>],
    labels: &[Label],
    threshold: f64,
) -> Option<EnsembleSpread> {
    if members.len() < 2 || members.iter().any(|member| member.len() != labels.len()) {
        return None;
    }
    let resamples: Vec<Vec<Option<f64>>> = (0..RESAMPLES)
        .into_par_iter()
        .filter_map(|resample| {
            let mean = resampled(members, resample as u64);
            table_metrics(labels, &mean, threshold)
        })
        .collect();
    let sd = |place: usize| {
        let values: Option<Vec<f64>> = resamples.iter().map(|values| values[place]).collect();
        summarize(&values?, 1)?.sd
    };
    let sds: Vec<_> = (0..)
        .zip(Metric::in_tables())
        .filter_map(|(place, metric)| Some((metric, sd(place)?)))
        .collect();
    (!sds.is_empty()).then_some(EnsembleSpread {
        members: members.len(),
        sds,
    })
}

/// The metrics that tables show, in their order; `None` where the probabilities cannot be scored.
fn table_metrics(
    labels: &[Label],
    probabilities: &[f64],
    threshold: f64,
) -> Option<Vec<Option<f64>>> {
    let counts = Confusion::from_probabilities(labels, probabilities, threshold).ok()?;
    let record = RecordMetrics::from(Metrics::from(counts));
    let value = |metric: &Metric| metric.from_record(&record);
    Some(Metric::in_tables().map(value).collect())
}

/// The mean of as many members as there are, drawn with replacement.
fn resampled(members: &[Vec<f64>], resample: u64) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    random.set_stream(resample);
    let mut counts = vec![0_u32; members.len()];
    for _ in 0..members.len() {
        counts[random.random_range(0..members.len())] += 1;
    }
    weighted_mean(members, &counts)
}

/// The mean of the members' probabilities where member m counts `weights[m]` times. Members are added in order, so that the same
/// members give the same bits.
pub(super) fn weighted_mean(members: &[Vec<f64>], weights: &[u32]) -> Vec<f64> {
    let mut sums = vec![0.0; members.first().map_or(0, Vec::len)];
    for (member, &weight) in members.iter().zip(weights) {
        if weight > 0 {
            let weight = f64::from(weight);
            for (sum, probability) in sums.iter_mut().zip(member) {
                *sum += weight * probability;
            }
        }
    }
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    // No rounding takes a mean of numbers up to 1 above 1.
    sums.iter().map(|sum| sum / total).collect()
}

/// Subsets of one size, where there are more.
pub const SUBSETS: usize = 200;

/// Means of so many of the models.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct SizePoint {
    /// Models in the mean.
    pub members: usize,
    /// Subsets that were tried.
    pub subsets: usize,
    /// The mean F1 of the subsets.
    pub f1: f64,
    /// The 2.5th percentile of their F1.
    pub low: f64,
    /// The 97.5th percentile.
    pub high: f64,
}

/// F1 of the mean of k of the M models, for k from 1 to M: over every subset where there are at most [`SUBSETS`], otherwise over as many random
/// ones. Subsets overlap the more the larger they are, and there is only one of all M: the range narrows for that reason too, and is no
/// interval for other models.
///
/// `members` holds `[M][N]` probabilities, `labels` `[N]` of 0 and 1. Empty where the lengths differ or a value cannot be scored.
pub fn ensemble_sizes(members: &[Vec<f64>], labels: &[Label], threshold: f64) -> Vec<SizePoint> {
    let scored = (1..=members.len()).map(|size| {
        let chosen = subsets(members.len(), size);
        let figures: Option<Vec<f64>> = chosen
            .par_iter()
            .map(|subset| f1(members, labels, threshold, subset))
            .collect();
        let mut figures = figures?;
        figures.sort_by(f64::total_cmp);
        Some(SizePoint {
            members: size,
            subsets: figures.len(),
            f1: mean(&figures),
            low: sample_quantile(&figures, 1.0 - UPPER),
            high: sample_quantile(&figures, UPPER),
        })
    });
    scored.collect::<Option<Vec<_>>>().unwrap_or_default()
}

fn f1(members: &[Vec<f64>], labels: &[Label], threshold: f64, subset: &[usize]) -> Option<f64> {
    if subset
        .iter()
        .any(|&member| members[member].len() != labels.len())
    {
        return None;
    }
    let mut weights = vec![0; members.len()];
    for &member in subset {
        weights[member] = 1;
    }
    let mean = weighted_mean(members, &weights);
    let counts = Confusion::from_probabilities(labels, &mean, threshold).ok()?;
    Some(counts.f1())
}

/// Subsets of `size` of the numbers below `all`, each in ascending order.
fn subsets(all: usize, size: usize) -> Vec<Vec<usize>> {
    let mut subset: Vec<usize> = (0..size).collect();
    let mut every = Vec::new();
    while every.len() <= SUBSETS {
        every.push(subset.clone());
        let movable = |&place: &usize| subset[place] < all - size + place;
        let Some(place) = (0..size).rev().find(movable) else {
            return every;
        };
        subset[place] += 1;
        for next in place + 1..size {
            subset[next] = subset[next - 1] + 1;
        }
    }
    let draws = StatisticRng::new("ensemble sizes");
    let one =
        |number: usize| random_subset(&mut draws.for_resample(number * all + size), all, size);
    (0..SUBSETS).map(one).collect()
}

fn random_subset(random: &mut ChaCha8Rng, all: usize, size: usize) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..all).collect();
    for place in 0..size {
        let left = (all - place) as u32;
        numbers.swap(place, place + below(random, left) as usize);
    }
    numbers.truncate(size);
    numbers.sort_unstable();
    numbers
}

#[cfg(test)]
mod tests;
