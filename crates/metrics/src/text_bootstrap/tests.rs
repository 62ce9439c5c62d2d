//! The noise of texts against brute force in NumPy.

use super::*;
use crate::distribution::variance;
use crate::interval::{Interval, UPPER, percentiles};
use crate::rng::StatisticRng;
use crate::testing::{close, noise_cases};
use rand::RngExt as _;

fn predicted(trials: &[Vec<Label>]) -> Vec<Vec<bool>> {
    let one = |trial: &Vec<Label>| trial.iter().map(|&one| one == 1).collect();
    trials.iter().map(one).collect()
}

fn slices(trials: &[Vec<bool>]) -> Vec<&[bool]> {
    trials.iter().map(Vec::as_slice).collect()
}

/// The standard deviation and the percentile interval of ΔF1, the mean F1 of `a` less that of `b`, over resamples of the texts.
fn text_bootstrap(labels: &[Label], a: &[&[bool]], b: &[&[bool]]) -> (f64, Interval) {
    let trials: Vec<&[bool]> = a.iter().chain(b).copied().collect();
    let predictions = BitSlicedPredictions::new(labels, &trials);
    let mut figures = over_texts(&predictions, TEXT_RESAMPLES, "texts", None, |_, counts| {
        let mean = |trials: std::ops::Range<usize>| {
            let n = trials.len() as f64;
            trials.map(|trial| counts.f1(trial)).sum::<f64>() / n
        };
        mean(0..a.len()) - mean(a.len()..trials.len())
    });
    let sd = variance(&figures).sqrt();
    (sd, percentiles(&mut figures, UPPER))
}

/// NumPy draws 20,000 resamples and we 10,000: the standard deviations have relative errors of 0.5 and 0.7 %, four of which together are
/// 3.5 %; percentiles wobble by 2.5 % of a standard deviation.
#[test]
fn the_spread_over_texts_is_that_of_brute_force() {
    for case in noise_cases() {
        let (a, b) = (predicted(&case.a), predicted(&case.b));
        let (sd, interval) = text_bootstrap(&case.labels, &slices(&a), &slices(&b));
        let [expected, low, high] = case.texts;
        close("sd", sd, expected, 0.035 * expected);
        close("low", interval.low, low, 0.15 * expected);
        close("high", interval.high, high, 0.15 * expected);
    }
}

/// Adding up bit by bit is adding up.
#[test]
fn counts_are_those_of_plain_addition() {
    let mut random = StatisticRng::new("lanes").for_resample(0);
    for (texts, trials) in [(1, 1), (7, 3), (100, 64), (333, 130)] {
        let labels: Vec<Label> = (0..texts)
            .map(|_| Label::from(random.random_bool(0.4)))
            .collect();
        let predicted: Vec<Vec<bool>> = (0..trials)
            .map(|_| (0..texts).map(|_| random.random_bool(0.5)).collect())
            .collect();
        let predictions = BitSlicedPredictions::new(&labels, &slices(&predicted));
        let mut drawn = predictions.texts().map(|of| vec![0_u32; of]);
        for class in &mut drawn {
            let of = class.len() as u32;
            for one in class.iter_mut() {
                *one = random.random_range(0..of);
            }
        }
        let mut counts = Counts::default();
        predictions.count([&drawn[0], &drawn[1]], &mut counts);
        for (trial, predicted) in predicted.iter().enumerate() {
            let class = |label: Label| -> Vec<bool> {
                let both = labels.iter().zip(predicted);
                both.filter(|&(&one, _)| one == label)
                    .map(|(_, &one)| one)
                    .collect()
            };
            let count = |label: Label, drawn: &[u32]| {
                let class = class(label);
                drawn.iter().filter(|&&one| class[one as usize]).count() as f64
            };
            let (true_positives, false_positives) = (count(1, &drawn[0]), count(0, &drawn[1]));
            let whole = true_positives + false_positives + drawn[0].len() as f64;
            let expected = if whole == 0.0 {
                0.0
            } else {
                2.0 * true_positives / whole
            };
            close("F1", counts.f1(trial), expected, 1e-15);
        }
    }
}

#[test]
fn one_class_alone_can_be_resampled() {
    let (sd, _) = text_bootstrap(&[1, 1, 1], &[&[true, false, true]], &[&[true; 3]]);
    assert!(sd > 0.0);
    let (sd, interval) = text_bootstrap(&[0, 0], &[&[true, false]], &[&[true; 2]]);
    assert_eq!((sd, interval.high), (0.0, 0.0));
}
