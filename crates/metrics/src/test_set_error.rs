//! Standard errors of F1, precision and recall over test sets of the same kind.

use super::Confusion;

/// The standard errors of a trial's figures over test sets of the same size and class counts, as fractions.
///
/// With P positive and N negative texts, the rates r = recall and f = FP / N are taken as independent. Each has the
/// posterior of Jeffreys' prior: Beta(TP + ½, FN + ½) for r, Beta(FP + ½, TN + ½) for f. Its mean m and variance
/// m (1 − m) / (P + 2) are finite even where nothing was missed. F1 = 2 P r / (P r + N f + P) and
/// precision = P r / (P r + N f) get their errors by the delta method, at the means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestSetErrors {
    /// Of F1.
    pub f1: f64,
    /// Of precision.
    pub precision: f64,
    /// Of recall.
    pub recall: f64,
}

impl TestSetErrors {
    /// The errors of one trial's figures.
    pub fn from_counts(counts: &Confusion) -> Self {
        let recall = Rate::new(counts.true_positives, counts.false_negatives);
        let fallout = Rate::new(counts.false_positives, counts.true_negatives);
        let (positives, negatives) = (recall.texts, fallout.texts);
        let found = positives * recall.mean;
        let claimed = found + negatives * fallout.mean;
        let precision = gradient_error(
            positives * (claimed - found),
            found * negatives,
            claimed,
            &recall,
            &fallout,
        );
        let f1 = gradient_error(
            2.0 * positives * (claimed - found + positives),
            2.0 * found * negatives,
            claimed + positives,
            &recall,
            &fallout,
        );
        Self {
            f1,
            precision,
            recall: recall.variance.sqrt(),
        }
    }

    /// The root of the mean squared error over several trials on the same texts; zeros where there are none.
    pub fn over(trials: &[Confusion]) -> Self {
        let errors: Vec<Self> = trials.iter().map(Self::from_counts).collect();
        let root = |figure: fn(&Self) -> f64| {
            let sum = errors
                .iter()
                .fold(0.0, |sum, one| sum + figure(one).powi(2));
            (sum / errors.len().max(1) as f64).sqrt()
        };
        Self {
            f1: root(|one| one.f1),
            precision: root(|one| one.precision),
            recall: root(|one| one.recall),
        }
    }
}

/// The share of a class that was predicted positive.
struct Rate {
    texts: f64,
    mean: f64,
    variance: f64,
}

impl Rate {
    fn new(positive: u64, negative: u64) -> Self {
        let texts = (positive + negative) as f64;
        let mean = (positive as f64 + 0.5) / (texts + 1.0);
        let variance = mean * (1.0 - mean) / (texts + 2.0);
        Self {
            texts,
            mean,
            variance,
        }
    }
}

/// The error of a quotient whose derivatives are `by_recall` / d² and −`by_fallout` / d². 0 where the denominator d is 0.
fn gradient_error(
    by_recall: f64,
    by_fallout: f64,
    denominator: f64,
    recall: &Rate,
    fallout: &Rate,
) -> f64 {
    if denominator == 0.0 {
        return 0.0;
    }
    let variance = by_recall.powi(2) * recall.variance + by_fallout.powi(2) * fallout.variance;
    variance.sqrt() / denominator.powi(2)
}
