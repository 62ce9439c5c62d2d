//! F1 of a mean against the number of models in it, from stored predictions.

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::Confusion;
use super::distribution::{mean, sample_quantile};
use super::draws::{Draws, below};
use super::interval::UPPER;

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
pub fn ensemble_sizes(members: &[Vec<f64>], labels: &[u8], threshold: f64) -> Vec<SizePoint> {
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

fn f1(members: &[Vec<f64>], labels: &[u8], threshold: f64, subset: &[usize]) -> Option<f64> {
    let mut sums = vec![0.0; labels.len()];
    for &member in subset {
        if members[member].len() != labels.len() {
            return None;
        }
        for (sum, probability) in sums.iter_mut().zip(&members[member]) {
            *sum += probability;
        }
    }
    let count = subset.len() as f64;
    for sum in &mut sums {
        *sum = (*sum / count).min(1.0);
    }
    let counts = Confusion::from_probabilities(labels, &sums, threshold).ok()?;
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
    let draws = Draws::of("ensemble sizes");
    let one = |number: usize| random_subset(&mut draws.resample(number * all + size), all, size);
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
mod tests {
    use serde::Deserialize;

    use super::super::testing::close;
    use super::*;

    #[derive(Deserialize)]
    struct Case {
        members: Vec<Vec<f64>>,
        labels: Vec<u8>,
        f1: f64,
    }

    /// Witness: scikit-learn's F1 of the mean of all members (tests/golden/ensemble).
    #[test]
    fn the_curve_ends_at_the_mean_of_all_and_begins_at_single_models() {
        let file = std::fs::read(crate::testing::golden("ensemble/cases.json")).unwrap();
        let cases: Vec<Case> = serde_json::from_slice(&file).unwrap();
        for Case {
            members,
            labels,
            f1,
        } in cases
        {
            let curve = ensemble_sizes(&members, &labels, 0.5);
            assert_eq!(curve.len(), members.len());
            let last = curve[members.len() - 1];
            assert_eq!(last.subsets, 1);
            close("all", last.f1, f1, 1e-12);
            let singles: Vec<f64> = members
                .iter()
                .map(|one| {
                    Confusion::from_probabilities(&labels, one, 0.5)
                        .unwrap()
                        .f1()
                })
                .collect();
            close("one", curve[0].f1, mean(&singles), 1e-12);
            assert_eq!(curve[0].subsets, members.len());
            assert!(
                curve
                    .iter()
                    .all(|point| point.low <= point.f1 && point.f1 <= point.high)
            );
        }
    }

    #[test]
    fn subsets_are_all_there_or_as_many_as_asked_for() {
        assert_eq!(subsets(5, 2).len(), 10);
        assert_eq!(subsets(4, 4), [[0, 1, 2, 3]]);
        let drawn = subsets(15, 7);
        assert_eq!(drawn.len(), SUBSETS);
        assert!(
            drawn
                .iter()
                .all(|one| one.len() == 7 && one.is_sorted_by(|a, b| a < b))
        );
        assert!(ensemble_sizes(&[], &[], 0.5).is_empty());
        assert!(ensemble_sizes(&[vec![0.5]], &[], 0.5).is_empty());
    }
}
