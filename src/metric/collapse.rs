//! Trials that did not learn.

use super::Confusion;

/// The mean loss of a classifier that says one half of every text: ln 2.
const COIN_LOSS: f64 = std::f64::consts::LN_2;

/// A loss within this share of [`COIN_LOSS`] is one of a coin.
const STUCK_WITHIN: f64 = 0.02;

/// What is wrong with a trial that did not learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Collapse {
    /// Every text got the same answer.
    OneClass,
    /// The training loss did not fall, or never left that of a coin.
    LossStuck,
    /// Positive texts are predicted positive less often than negative ones.
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
/// - worse than chance: recall is below the share of negatives that are predicted positive, so that a coin of the same bias does better.
pub fn collapse(counts: &Confusion, epoch_losses: &[f64], cross_entropy: bool) -> Vec<Collapse> {
    let positives = counts.true_positives + counts.false_negatives;
    let negatives = counts.false_positives + counts.true_negatives;
    let said = counts.true_positives + counts.false_positives;
    let mut found = Vec::new();
    if positives > 0 && negatives > 0 && (said == 0 || said == counts.total()) {
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
    // TP / P < FP / N, in whole numbers.
    let hits = u128::from(counts.true_positives) * u128::from(negatives);
    if hits < u128::from(counts.false_positives) * u128::from(positives) {
        found.push(Collapse::WorseThanChance);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(hits: u64, alarms: u64) -> Confusion {
        Confusion {
            true_positives: hits,
            false_positives: alarms,
            false_negatives: 50 - hits,
            true_negatives: 50 - alarms,
        }
    }

    #[test]
    fn trials_that_learnt_nothing_are_found() {
        use Collapse::{LossStuck, OneClass, WorseThanChance};
        let learnt = [0.7, 0.3, 0.1];
        assert_eq!(collapse(&counts(40, 10), &learnt, true), []);
        assert_eq!(collapse(&counts(0, 0), &learnt, true), [OneClass]);
        assert_eq!(collapse(&counts(50, 50), &[], true), [OneClass]);
        assert_eq!(collapse(&counts(10, 11), &learnt, true), [WorseThanChance]);
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
    fn test_sets_of_one_class_do_not_make_a_trial_collapse() {
        let negatives = Confusion {
            true_negatives: 9,
            ..Confusion::default()
        };
        assert_eq!(collapse(&negatives, &[], true), []);
    }
}
