//! Temperature scaling (Guo et al. 2017, *On Calibration of Modern Neural Networks*): one number that all scores are divided by.

use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;

/// Probabilities below it count as it is: nothing can be said of their logarithms.
const LEAST: f64 = f64::EPSILON;

/// The logarithm of the inverse temperature lies within this distance of 0.
const FARTHEST: f64 = 10.0;

/// Halvings of that range; more do not change the number.
const HALVINGS: usize = 60;

/// What logarithms of probabilities are divided by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Temperature {
    /// One over the temperature.
    inverse: f64,
}

impl Default for Temperature {
    /// Nothing changes.
    fn default() -> Self {
        Self { inverse: 1.0 }
    }
}

/// The logarithms of the probabilities of all classes, also of two, text by text.
pub(super) fn log_probabilities(of: &Probabilities) -> Vec<Vec<f64>> {
    let log = |probability: f64| probability.max(LEAST).ln();
    let texts = 0..of.texts();
    texts
        .map(|text| {
            let classes = 0..of.classes();
            classes
                .map(|class| log(of.of(text, class as Label)))
                .collect()
        })
        .collect()
}

impl Temperature {
    /// The temperature that makes the labels the likeliest. The slope of the mean log loss over the inverse temperature, `E[s] − s_y`,
    /// only grows, so that halving finds its root. Where all texts are right, or nothing is, it ends at e⁻¹⁰ or e¹⁰.
    pub(super) fn fit(scores: &[Vec<f64>], labels: &[Label]) -> Self {
        let slope = |inverse: f64| -> f64 {
            let temperature = Self { inverse };
            let of_text = |(row, label): (&Vec<f64>, &Label)| {
                let shares = temperature.shares(row);
                let expected: f64 = shares
                    .iter()
                    .zip(row)
                    .map(|(share, score)| share * score)
                    .sum();
                expected - row[usize::from(*label)]
            };
            scores.iter().zip(labels).map(of_text).sum()
        };
        let (mut low, mut high) = (-FARTHEST, FARTHEST);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if slope(middle.exp()) < 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        Self {
            inverse: f64::midpoint(low, high).exp(),
        }
    }

    /// The probabilities of a text with these scores: the softmax of `s / T`.
    pub(super) fn shares(self, scores: &[f64]) -> Vec<f64> {
        let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let raised = scores
            .iter()
            .map(|score| (self.inverse * (score - largest)).exp());
        let raised: Vec<f64> = raised.collect();
        let sum: f64 = raised.iter().sum();
        raised.into_iter().map(|value| value / sum).collect()
    }
}
