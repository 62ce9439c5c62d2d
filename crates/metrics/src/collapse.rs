//! Detection of trials that did not learn.

use super::Confusion;

/// The mean loss of a classifier that says one half of every text: ln 2.
const COIN_LOSS: f64 = std::f64::consts::LN_2;

/// A loss within this share of [`COIN_LOSS`] is one of a coin.
const STUCK_WITHIN: f64 = 0.02;

/// So many standard errors apart, two shares differ in one direction at a level of 5 %.
const BEYOND_CHANCE: f64 = 1.64;

/// What is wrong with a trial that did not learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Collapse {
    /// Every text got the same answer.
    OneClass,
    /// The training loss did not fall, or never left that of a coin.
    LossStuck,
    /// Positive texts are predicted positive less often than negative ones, beyond the error of sampling.
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
/// - one class only: no text, or every text, is predicted positive (of texts that have both classes);
/// - loss stuck: of two epochs or more, the last one's mean loss is no smaller than the first one's; or, for losses that are cross-entropies
///   of hard labels (`cross_entropy`), it is still within 2 % of ln 2 or above it;
/// - worse than chance: recall is below the share of negatives that are predicted positive, so that a coin of the same bias does better,
///   and by more than 1.64 standard errors of two shares that are one (a one-sided test at 5 %).
pub fn collapse(counts: &Confusion, epoch_losses: &[f64], cross_entropy: bool) -> Vec<Collapse> {
    let positives = counts.true_positives + counts.false_negatives;
    let negatives = counts.false_positives + counts.true_negatives;
    let predicted = counts.true_positives + counts.false_positives;
    let mut found = Vec::new();
    if positives > 0 && negatives > 0 && (predicted == 0 || predicted == counts.total()) {
        found.push(Collapse::OneClass);
    }
    if let (Some(first), Some(last)) = (epoch_losses.first(), epoch_losses.last()) {
        let flat = epoch_losses.len() > 1 && last >= first;
        let coin = cross_entropy && *last >= (1.0 - STUCK_WITHIN) * COIN_LOSS;
        // NaN compares with nothing.
        if flat || coin || last.is_nan() {
            found.push(Collapse::LossStuck);
        }
    }
    if recall_behind(counts).is_some_and(|errors| errors > BEYOND_CHANCE) {
        found.push(Collapse::WorseThanChance);
    }
    found
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
}
