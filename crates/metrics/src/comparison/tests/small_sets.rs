//! Test sets that are small, or on which no text is an exception.

use super::*;
use crate::distribution::mean;
use crate::testing::normals;

/// Bow against majority: thirty texts of one class, all of them right in one row and wrong in the other. No resample of the texts can
/// differ, and yet another test set could. By hand: one text moves F1 by 2 / 30 and 2 / 60, three texts on average by 0.15.
#[test]
fn rows_that_differ_on_a_whole_class_have_noise() {
    let labels: Vec<Label> = (0..60).map(|text| Label::from(text % 2 == 0)).collect();
    let right = side(std::slice::from_ref(&labels), false);
    let none = side(&[vec![0; 60]], false);
    let evidence = measured(&labels, &none, &right, Pairing::Unpaired);
    close("difference", evidence.difference, -1.0, 1e-12);
    close("low", evidence.interval.low, -1.0, 1e-12);
    close("high", evidence.interval.high, -0.85, 1e-9);
    assert_eq!(decide(&[evidence], 0.01)[0].verdict, Verdict::Worse);
}

/// The difference of two shares lies in [-1, 1]: no standard error is above 1, and no interval leaves it.
#[test]
fn no_noise_is_larger_than_differences_can_be() {
    for texts in 1..8 {
        let labels: Vec<Label> = (0..texts).map(|text| Label::from(text % 2 == 0)).collect();
        let none = side(&[vec![0; texts]], false);
        for other in [labels.clone(), vec![1; texts], vec![0; texts]] {
            let other = side(&[other], false);
            let evidence = measured(&labels, &none, &other, Pairing::Unpaired);
            let (error, interval) = (evidence.noise.error(), evidence.interval);
            assert!(error > 0.0 && error <= 1.0, "{texts} texts: {error}");
            assert!(interval.low >= -1.0 && interval.high <= 1.0, "{interval:?}");
            let decision = &decide(&[evidence], 0.01)[0];
            assert_eq!(decision.verdict, Verdict::Undecided, "{texts} texts");
        }
    }
}

/// The share of test sets on which the interval covers the true difference between a row that is right on nearly every text, and one that finds
/// none. `least` says whether noise has its lower bound.
fn coverage(sets: usize, texts: usize, right: f64, least: bool) -> f64 {
    let labels: Vec<Label> = (0..texts).map(|text| Label::from(text % 2 == 0)).collect();
    let none = side(&[vec![0; texts]], false);
    // At the class balance of the test set, recall and the share of true negatives being `right`, F1 is 2 r / (r + (1 - r) + 1).
    let truth = right;
    let bound = crate::distribution::normal_quantile(right);
    let covered = (0..sets).filter(|&number| {
        let luck = normals("small sets", number, texts);
        let said = labels.iter().zip(luck);
        let said = said.map(|(&label, luck)| label ^ Label::from(luck > bound));
        let good = side(&[said.collect()], false);
        let input = of_f1(&labels, &good, &none, Pairing::Unpaired);
        let values = text_values::TextValues::new(&input).unwrap();
        let half = if least {
            noise::estimate(&values, 200).unwrap().half_width(0.975)
        } else {
            let resampled = values.over_texts(200, "texts", None, |_, of| of[0] - of[1]);
            1.96 * crate::distribution::variance(&resampled).sqrt()
        };
        let [of_a, of_b] = values.rows().map(mean);
        (of_a - of_b - truth).abs() <= half
    });
    covered.count() as f64 / sets as f64
}

/// Without the lower bound, every test set without an exception claims certainty: at 97 % right, 16 % of those of sixty texts.
#[test]
fn intervals_of_small_sets_cover_the_truth() {
    for (texts, right) in [(20, 0.9), (60, 0.9), (60, 0.97)] {
        let share = coverage(300, texts, right, true);
        assert!(share >= 0.93, "{texts} texts, {right}: {share}");
    }
    assert!(coverage(300, 60, 0.97, false) < 0.9);
}
