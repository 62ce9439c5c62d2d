//! Standard errors of F1, precision and recall over test sets of the same kind.
//!
//! They are fractions, over test sets of the same size and class counts. With P positive and N negative texts, the rates
//! r = recall and f = FP / N are taken as independent. Each has the posterior of Jeffreys' prior: Beta(TP + ½, FN + ½) for r,
//! Beta(FP + ½, TN + ½) for f. Its mean m and variance m (1 − m) / (P + 2) are finite even where nothing was missed.
//! F1 = 2 P r / (P r + N f + P) and precision = P r / (P r + N f) get their errors by the delta method, at the means.

use super::Confusion;

/// Of F1.
pub(super) fn f1_error(counts: &Confusion) -> f64 {
    let rates = Rates::new(counts);
    gradient_error(
        2.0 * rates.positives * (rates.claimed - rates.found + rates.positives),
        2.0 * rates.found * rates.negatives,
        rates.claimed + rates.positives,
        &rates,
    )
}

/// Of precision.
pub(super) fn precision_error(counts: &Confusion) -> f64 {
    let rates = Rates::new(counts);
    gradient_error(
        rates.positives * (rates.claimed - rates.found),
        rates.found * rates.negatives,
        rates.claimed,
        &rates,
    )
}

/// Of recall.
pub(super) fn recall_error(counts: &Confusion) -> f64 {
    Rates::new(counts).recall.variance.sqrt()
}

/// The root of the mean squared error over several trials on the same texts; 0 where there are none.
pub(super) fn root_mean_square(errors: &[f64]) -> f64 {
    let sum = errors.iter().fold(0.0, |sum, error| sum + error.powi(2));
    (sum / errors.len().max(1) as f64).sqrt()
}

/// What a trial found and claimed, at the means of its rates.
struct Rates {
    recall: Rate,
    fallout: Rate,
    positives: f64,
    negatives: f64,
    found: f64,
    claimed: f64,
}

impl Rates {
    fn new(counts: &Confusion) -> Self {
        let recall = Rate::new(counts.true_positives, counts.false_negatives);
        let fallout = Rate::new(counts.false_positives, counts.true_negatives);
        let (positives, negatives) = (recall.texts, fallout.texts);
        let found = positives * recall.mean;
        Self {
            positives,
            negatives,
            found,
            claimed: found + negatives * fallout.mean,
            recall,
            fallout,
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
fn gradient_error(by_recall: f64, by_fallout: f64, denominator: f64, rates: &Rates) -> f64 {
    if denominator == 0.0 {
        return 0.0;
    }
    let variance =
        by_recall.powi(2) * rates.recall.variance + by_fallout.powi(2) * rates.fallout.variance;
    variance.sqrt() / denominator.powi(2)
}
