//! Means of several models' probabilities, from stored predictions: their spread over members, and a metric by their number.

use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::distribution::{mean, sample_quantile};
use super::interval::UPPER;
use super::rng::{StatisticRng, below};
use super::{Evaluation, MemberSpread, Metric, summarize};

/// Resamples from which a spread is computed. Its own relative error is then 1/√(2·1000), about 2 %.
pub const RESAMPLES: usize = 1000;

/// The seed of the resampling: a table must not change from one look at it to the next.
const SEED: u64 = 0x656e_7365_6d62_6c65;

/// Standard deviations of an ensemble's metrics, in the unit of each.
#[derive(Debug, Clone, PartialEq)]
pub struct EnsembleSpread {
    /// The number of members.
    pub members: usize,
    /// Of the metrics that tables show and of those asked for; without those that are not defined in every resample.
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
/// replacement, the sample standard deviation (ddof 1) of each metric that tables [show](Metric::shown), and of those in `also`. It speaks
/// of the draw of the members only, not of the test texts.
///
/// `None` for fewer than two members, and where their probabilities are not of these texts and classes.
pub fn ensemble_spread(
    members: &[Probabilities],
    labels: &[Label],
    classes: &Classes,
    also: &[&'static Metric],
) -> Option<EnsembleSpread> {
    if members.len() < 2 || !members.iter().all(|one| fits(one, labels, classes)) {
        return None;
    }
    let mut metrics = Metric::shown(classes);
    for metric in also {
        if metric.suits(classes) && !metrics.contains(metric) {
            metrics.push(metric);
        }
    }
    let resamples: Vec<Vec<Option<f64>>> = (0..RESAMPLES)
        .into_par_iter()
        .filter_map(|resample| {
            let mean = resampled(members, resample as u64)?;
            values(&metrics, classes, labels, &mean)
        })
        .collect();
    let sd = |place: usize| {
        let values: Option<Vec<f64>> = resamples.iter().map(|values| values[place]).collect();
        summarize(&values?, 1)?.sd
    };
    let sds: Vec<_> = (0..)
        .zip(metrics)
        .filter_map(|(place, metric)| Some((metric, sd(place)?)))
        .collect();
    (!sds.is_empty()).then_some(EnsembleSpread {
        members: members.len(),
        sds,
    })
}

/// Whether probabilities are of these texts and classes.
fn fits(one: &Probabilities, labels: &[Label], classes: &Classes) -> bool {
    one.texts() == labels.len() && one.classes() == classes.count()
}

/// The values of metrics, in their order; `None` where the probabilities cannot be scored.
fn values(
    metrics: &[&'static Metric],
    classes: &Classes,
    labels: &[Label],
    probabilities: &Probabilities,
) -> Option<Vec<Option<f64>>> {
    let of = Evaluation::new(classes, labels, probabilities).ok()?;
    let all = metrics.iter().map(|metric| metric.evaluate(&of).ok());
    all.collect()
}

/// The mean of as many members as there are, drawn with replacement.
fn resampled(members: &[Probabilities], resample: u64) -> Option<Probabilities> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    random.set_stream(resample);
    let mut counts = vec![0_u32; members.len()];
    for _ in 0..members.len() {
        counts[random.random_range(0..members.len())] += 1;
    }
    weighted_mean(members, &counts)
}

/// The mean of the members' probabilities where member m counts `weights[m]` times. Members are added in order, so that the same
/// members give the same bits. `None` for no members.
pub(super) fn weighted_mean(members: &[Probabilities], weights: &[u32]) -> Option<Probabilities> {
    let first = members.first()?;
    let mut sums = vec![0.0; first.values().len()];
    for (member, &weight) in members.iter().zip(weights) {
        if weight > 0 {
            let weight = f64::from(weight);
            for (sum, probability) in sums.iter_mut().zip(member.values()) {
                *sum += weight * probability;
            }
        }
    }
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    for sum in &mut sums {
        // No rounding takes a mean of numbers up to 1 above 1.
        *sum /= total;
    }
    Some(Probabilities::new(first.classes(), sums))
}

/// Subsets of one size, where there are more.
pub const SUBSETS: usize = 200;

/// Means of so many of the models.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SizePoint {
    /// Models in the mean.
    pub members: usize,
    /// Subsets that were tried.
    pub subsets: usize,
    /// What is measured.
    pub metric: &'static Metric,
    /// The mean value of the subsets.
    pub value: f64,
    /// The 2.5th percentile of their values.
    pub low: f64,
    /// The 97.5th percentile.
    pub high: f64,
}

/// The mean stands under the metric's name.
impl Serialize for SizePoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("members", &self.members)?;
        map.serialize_entry("subsets", &self.subsets)?;
        map.serialize_entry(self.metric.id, &self.value)?;
        map.serialize_entry("low", &self.low)?;
        map.serialize_entry("high", &self.high)?;
        map.end()
    }
}

/// A metric of the mean of k of the M models, for k from 1 to M: over every subset where there are at most [`SUBSETS`], otherwise over as many
/// random ones. Subsets overlap the more the larger they are, and there is only one of all M: the range narrows for that reason too, and is no
/// interval for other models.
///
/// Empty where the probabilities are not of these texts and classes, a value cannot be scored, or the metric is not defined.
pub fn ensemble_sizes(
    members: &[Probabilities],
    labels: &[Label],
    classes: &Classes,
    metric: &'static Metric,
) -> Vec<SizePoint> {
    if !members.iter().all(|one| fits(one, labels, classes)) {
        return Vec::new();
    }
    let scored = (1..=members.len()).map(|size| {
        let chosen = subsets(members.len(), size);
        let figures: Option<Vec<f64>> = chosen
            .par_iter()
            .map(|subset| {
                let mut weights = vec![0; members.len()];
                for &member in subset {
                    weights[member] = 1;
                }
                let mean = weighted_mean(members, &weights)?;
                values(&[metric], classes, labels, &mean)?[0]
            })
            .collect();
        let mut figures = figures?;
        figures.sort_by(f64::total_cmp);
        Some(SizePoint {
            members: size,
            subsets: figures.len(),
            metric,
            value: mean(&figures),
            low: sample_quantile(&figures, 1.0 - UPPER),
            high: sample_quantile(&figures, UPPER),
        })
    });
    scored.collect::<Option<Vec<_>>>().unwrap_or_default()
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
