//! Temperature scaling (Guo et al. 2017, *On Calibration of Modern Neural Networks*): one number that all scores are divided by.

use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;

/// Probabilities below it count as it is: nothing can be said of their logarithms.
pub(super) const LEAST: f64 = f64::EPSILON;

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
    /// only grows, so that halving finds its root. Where every text has its class as the highest score, no temperature is the likeliest: the
    /// lower, the better, without an end. Nothing is scaled then, as the next text may well be wrong.
    pub(super) fn fit(scores: &[Vec<f64>], labels: &[Label]) -> Self {
        let texts = || {
            scores
                .iter()
                .zip(labels.iter().map(|&label| usize::from(label)))
        };
        let is_right = |(row, label): (&Vec<f64>, usize)| {
            let mut others = row.iter().enumerate();
            others.all(|(class, score)| class == label || *score < row[label])
        };
        if texts().all(is_right) {
            return Self::default();
        }
        let slope = |inverse: f64| -> f64 {
            let temperature = Self { inverse };
            let of_text = |(row, label): (&Vec<f64>, usize)| {
                let shares = temperature.shares(row);
                let apart = row.iter().map(|score| score - row[label]);
                apart
                    .zip(shares)
                    .map(|(apart, share)| share * apart)
                    .sum::<f64>()
            };
            texts().map(of_text).sum()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Of texts that are all right, the next one may be wrong; of texts that are all wrong, nothing is known.
    #[test]
    fn without_a_likeliest_temperature_nothing_is_made_certain() {
        let rows = [vec![-0.1, -2.4], vec![-3.0, -0.05]];
        assert_eq!(Temperature::fit(&rows, &[0, 1]), Temperature::default());
        let wrong = Temperature::fit(&rows, &[1, 0]);
        for row in &rows {
            assert!((wrong.shares(row)[0] - 0.5).abs() < 1e-3);
        }
        let tied = [vec![-0.5, -0.5], vec![-3.0, -0.05]];
        assert!(Temperature::fit(&tied, &[0, 1]).inverse.is_finite());
    }

    /// Three of four right at log-odds of 2: the likeliest log-odds are ln 3.
    #[test]
    fn the_share_that_is_right_becomes_the_probability() {
        let rows = vec![vec![0.0, 2.0]; 4];
        let found = Temperature::fit(&rows, &[1, 1, 1, 0]).shares(&rows[0])[1];
        assert!((found - 0.75).abs() < 1e-12, "{found}");
    }
}
