//! Detection of trials that did not learn.

use std::f64::consts::LN_2;

use super::class_counts::ClassCounts;
use super::{Confusion, ConfusionMatrix, RecordMetrics};

/// A loss within this share of [`guessing_loss`] is one of guessing.
const STUCK_WITHIN: f64 = 0.02;

/// So many standard errors apart, two shares differ in one direction at a level of 5 %.
const BEYOND_CHANCE: f64 = 1.64;

/// What is wrong with a trial that did not learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Collapse {
    /// Every text got the same answer.
    OneClass,
    /// The training loss did not fall, or never left that of guessing.
    LossStuck,
    /// Fewer predictions are right than if they had nothing to do with the labels, beyond the error of sampling.
    WorseThanChance,
}

impl Collapse {
    /// The name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneClass => "one-class",
            Self::LossStuck => "loss-stuck",
            Self::WorseThanChance => "worse-than-chance",
        }
    }

    /// The name for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::OneClass => "one class only",
            Self::LossStuck => "loss stuck",
            Self::WorseThanChance => "worse than chance",
        }
    }
}

/// What is wrong with a trial of a method that learns; empty where nothing is.
///
/// - one class only: every text is predicted to be of the same class (of texts that have more than one);
/// - loss stuck: of two epochs or more, the last one's mean loss is no smaller than the first one's; or, for losses that are cross-entropies
///   of hard labels (`cross_entropy`), it is still within 2 % of ln K for K classes, or above it;
/// - worse than chance: the same predictions, dealt out to the texts at random, are right more often, and by more than 1.64 standard errors (a
///   one-sided test at 5 %). Of two classes that is: recall is below the share of negatives that are predicted positive, so that a coin of
///   the same bias does better.
pub fn collapse(
    metrics: &RecordMetrics,
    epoch_losses: &[f64],
    cross_entropy: bool,
) -> Vec<Collapse> {
    let matrix = metrics.matrix();
    let counts = matrix.counts();
    let mut found = Vec::new();
    if is_single(&counts.predicted) && !is_single(&counts.support) {
        found.push(Collapse::OneClass);
    }
    if let (Some(first), Some(last)) = (epoch_losses.first(), epoch_losses.last()) {
        let flat = epoch_losses.len() > 1 && last >= first;
        let guessing = (1.0 - STUCK_WITHIN) * guessing_loss(counts.classes());
        // NaN compares with nothing.
        if flat || cross_entropy && *last >= guessing || last.is_nan() {
            found.push(Collapse::LossStuck);
        }
    }
    if behind_chance(&matrix, &counts).is_some_and(|errors| errors > BEYOND_CHANCE) {
        found.push(Collapse::WorseThanChance);
    }
    found
}

/// Whether all texts are in one class.
fn is_single(texts: &[f64]) -> bool {
    texts.iter().filter(|&&texts| texts > 0.0).count() == 1
}

/// The mean loss of a classifier that says 1 / K of every class: ln K.
fn guessing_loss(classes: usize) -> f64 {
    if classes == 2 {
        LN_2
    } else {
        (classes as f64).ln()
    }
}

/// By how many standard errors fewer predictions are right than by chance.
fn behind_chance(matrix: &ConfusionMatrix, counts: &ClassCounts) -> Option<f64> {
    match matrix.two_class() {
        Some(two) => recall_behind(&two),
        None => agreement_behind(counts),
    }
}

/// By how many standard errors the number of right predictions is below that of predictions dealt out to the texts at random, sₖ texts
/// and pₖ predictions of class k staying what they are. It is Σ sₖ pₖ / n on average; its variance follows from that of a random
/// permutation, times (n − 1) / n as in the test of two shares, which [`recall_behind`] is. `None` where nothing can vary.
fn agreement_behind(counts: &ClassCounts) -> Option<f64> {
    let (n, right) = (counts.total(), counts.hits.iter().sum::<f64>());
    let (mut products, mut pairs) = (0.0, 0.0);
    for (texts, predicted) in counts.support.iter().zip(&counts.predicted) {
        products += texts * predicted;
        pairs += texts * predicted * (texts + predicted - 1.0);
    }
    let variance = (products.powi(2) - pairs) / n.powi(2)
        + (n - 1.0) / n * (products / n - (products / n).powi(2));
    let behind = (products / n - right) / variance.sqrt();
    (variance > 1e-9 && behind.is_finite()).then_some(behind)
}

/// By how many standard errors recall TP / P is below the share FP / N of negatives that are predicted positive; the error is that of
/// both shares being (TP + FP) / (P + N). `None` where a class is missing, and where all texts got one answer.
fn recall_behind(counts: &Confusion) -> Option<f64> {
    let positives = (counts.true_positives + counts.false_negatives) as f64;
    let negatives = (counts.false_positives + counts.true_negatives) as f64;
    let [true_positives, false_positives] =
        [counts.true_positives, counts.false_positives].map(|count| count as f64);
    let share = (true_positives + false_positives) / (positives + negatives);
    let error = (share * (1.0 - share) * (1.0 / positives + 1.0 / negatives)).sqrt();
    let behind = (false_positives / negatives - true_positives / positives) / error;
    // One class alone divides by nothing.
    behind.is_finite().then_some(behind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{mean, variance};
    use crate::rng::{StatisticRng, below};
    use crate::testing::close;
    use crate::{ClassMetrics, Metrics};

    fn collapse(counts: &Confusion, losses: &[f64], cross_entropy: bool) -> Vec<Collapse> {
        super::collapse(&Metrics::from(*counts).into(), losses, cross_entropy)
    }

    fn counts(true_positives: u64, false_positives: u64) -> Confusion {
        Confusion {
            true_positives,
            false_positives,
            false_negatives: 50 - true_positives,
            true_negatives: 50 - false_positives,
        }
    }

    #[test]
    fn trials_that_learnt_nothing_are_found() {
        use Collapse::{LossStuck, OneClass, WorseThanChance};
        let learnt = [0.7, 0.3, 0.1];
        assert_eq!(collapse(&counts(40, 10), &learnt, true), []);
        assert_eq!(collapse(&counts(0, 0), &learnt, true), [OneClass]);
        assert_eq!(collapse(&counts(50, 50), &[], true), [OneClass]);
        assert_eq!(collapse(&counts(10, 25), &learnt, true), [WorseThanChance]);
        assert_eq!(collapse(&counts(0, 50), &learnt, true), [WorseThanChance]);
        assert_eq!(collapse(&counts(10, 10), &learnt, true), []);
        assert_eq!(collapse(&counts(40, 10), &[0.70, 0.69], true), [LossStuck]);
        // A student's loss may stay that high: its teacher's probabilities are not 0 and 1.
        assert_eq!(collapse(&counts(40, 10), &[0.70, 0.69], false), []);
        assert_eq!(collapse(&counts(40, 10), &[0.50, 0.51], false), [LossStuck]);
        assert_eq!(
            collapse(&counts(40, 10), &[0.5, f64::NAN], false),
            [LossStuck]
        );
    }

    #[test]
    fn a_recall_that_is_behind_by_chance_is_no_collapse() {
        // Of 50 and 50 texts: z = (0.20 - 0.34) / 0.0888 = -1.58, and (0.20 - 0.36) / 0.0898 = -1.78.
        let by = |true_positives, false_positives| {
            recall_behind(&counts(true_positives, false_positives)).unwrap()
        };
        assert!((by(10, 17) - 1.5768).abs() < 1e-3, "{}", by(10, 17));
        assert!((by(10, 18) - 1.7817).abs() < 1e-3, "{}", by(10, 18));
        for false_positives in [11, 12, 17] {
            assert_eq!(collapse(&counts(10, false_positives), &[], true), []);
        }
        let found = collapse(&counts(10, 18), &[], true);
        assert_eq!(found, [Collapse::WorseThanChance]);
        assert_eq!(recall_behind(&counts(0, 0)), None);
        assert_eq!(recall_behind(&Confusion::default()), None);
    }

    #[test]
    fn test_sets_of_one_class_do_not_make_a_trial_collapse() {
        let negatives = Confusion {
            true_negatives: 9,
            ..Confusion::default()
        };
        assert_eq!(collapse(&negatives, &[], true), []);
    }

    fn of_three(rows: [[u64; 3]; 3]) -> RecordMetrics {
        let rows = rows.map(Vec::from).to_vec();
        let matrix = ConfusionMatrix::try_from(rows).unwrap();
        RecordMetrics::Classes(ClassMetrics::from(matrix))
    }

    #[test]
    fn trials_of_three_classes_that_learnt_nothing_are_found() {
        use Collapse::{LossStuck, OneClass, WorseThanChance};
        let learnt = of_three([[8, 1, 1], [1, 8, 1], [1, 1, 8]]);
        assert_eq!(super::collapse(&learnt, &[1.2, 0.9], true), []);
        assert_eq!(super::collapse(&learnt, &[1.2, 1.09], true), [LossStuck]);
        assert_eq!(super::collapse(&learnt, &[1.2, 1.09], false), []);
        let one = of_three([[0, 10, 0], [0, 10, 0], [0, 10, 0]]);
        assert_eq!(super::collapse(&one, &[], true), [OneClass]);
        let alone = of_three([[0, 0, 0], [0, 10, 0], [0, 0, 0]]);
        assert_eq!(super::collapse(&alone, &[], true), []);
        let wrong = of_three([[1, 5, 4], [4, 1, 5], [5, 4, 1]]);
        assert_eq!(super::collapse(&wrong, &[], true), [WorseThanChance]);
        let guessed = of_three([[3, 4, 3], [3, 3, 4], [4, 3, 3]]);
        assert_eq!(super::collapse(&guessed, &[], true), []);
    }

    #[test]
    fn the_test_of_many_classes_is_that_of_two_shares() {
        for (true_positives, false_positives) in [(10, 17), (10, 18), (0, 50), (40, 10), (1, 2)] {
            let two = counts(true_positives, false_positives);
            let many = agreement_behind(&ConfusionMatrix::from(two).counts()).unwrap();
            close("z", many, recall_behind(&two).unwrap(), 1e-10);
        }
        for none in [counts(0, 0), counts(50, 50), Confusion::default()] {
            assert_eq!(
                agreement_behind(&ConfusionMatrix::from(none).counts()),
                None
            );
        }
    }

    /// Witness: predictions dealt out anew 20,000 times, whose mean and standard deviation have relative errors of 0.5 % or less.
    #[test]
    fn the_error_of_chance_is_that_of_dealing_out() {
        let rows = [[6_u64, 9, 2], [1, 3, 7], [4, 4, 4]];
        let matrix = ConfusionMatrix::try_from(rows.map(Vec::from).to_vec()).unwrap();
        let (mut labels, mut answers) = (Vec::new(), Vec::new());
        for (label, row) in rows.iter().enumerate() {
            for (answer, &texts) in row.iter().enumerate() {
                labels.extend((0..texts).map(|_| label));
                answers.extend((0..texts).map(|_| answer));
            }
        }
        let mut random = StatisticRng::new("dealing").for_resample(0);
        let dealt: Vec<f64> = (0..20_000)
            .map(|_| {
                for place in (1..answers.len()).rev() {
                    answers.swap(place, below(&mut random, place as u32 + 1) as usize);
                }
                let right = labels.iter().zip(&answers).filter(|(a, b)| a == b);
                right.count() as f64
            })
            .collect();
        let n = labels.len() as f64;
        let error = (variance(&dealt) * (n - 1.0) / n).sqrt();
        let expected = (mean(&dealt) - 13.0) / error;
        close(
            "z",
            agreement_behind(&matrix.counts()).unwrap(),
            expected,
            0.03,
        );
    }
}
