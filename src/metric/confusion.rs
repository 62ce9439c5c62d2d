//! The four counts of a two-class trial and the figures that follow from them.

use serde::{Deserialize, Serialize};

use super::MetricError;

/// How often each answer met each label. Label 1 is the positive class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Confusion {
    /// Label 1, predicted 1.
    pub true_positives: u64,
    /// Label 0, predicted 1.
    pub false_positives: u64,
    /// Label 1, predicted 0.
    pub false_negatives: u64,
    /// Label 0, predicted 0.
    pub true_negatives: u64,
}

impl Confusion {
    /// Counts the answers, where a text is predicted positive if and only if its probability is greater than
    /// `threshold`. The usual threshold is 0.5, as in the reference's evaluation: exactly one half is negative.
    ///
    /// # Errors
    /// Slices of different lengths, a label other than 0 and 1, a probability outside [0, 1] or NaN, a NaN threshold.
    pub fn from_probabilities(
        labels: &[u8],
        probabilities: &[f64],
        threshold: f64,
    ) -> Result<Self, MetricError> {
        if labels.len() != probabilities.len() {
            return Err(MetricError::Lengths {
                labels: labels.len(),
                probabilities: probabilities.len(),
            });
        }
        if threshold.is_nan() {
            return Err(MetricError::Threshold);
        }
        let mut counts = Self::default();
        for (index, (&label, &got)) in labels.iter().zip(probabilities).enumerate() {
            if !(0.0..=1.0).contains(&got) {
                return Err(MetricError::Probability { index, got });
            }
            let count = match (label, got > threshold) {
                (1, true) => &mut counts.true_positives,
                (0, true) => &mut counts.false_positives,
                (1, false) => &mut counts.false_negatives,
                (0, false) => &mut counts.true_negatives,
                (got, _) => return Err(MetricError::Label { index, got }),
            };
            *count += 1;
        }
        Ok(counts)
    }

    /// How many texts were counted.
    pub fn total(&self) -> u64 {
        self.true_positives + self.false_positives + self.false_negatives + self.true_negatives
    }

    /// The share of predicted positives that are positive: TP / (TP + FP). 0 where nothing was predicted positive, as
    /// with scikit-learn's `zero_division=0`.
    pub fn precision(&self) -> f64 {
        ratio(
            self.true_positives,
            self.true_positives + self.false_positives,
        )
    }

    /// The share of positives that were found: TP / (TP + FN). 0 where there are no positives.
    pub fn recall(&self) -> f64 {
        ratio(
            self.true_positives,
            self.true_positives + self.false_negatives,
        )
    }

    /// The harmonic mean of precision and recall, from the counts: 2 TP / (2 TP + FP + FN). 0 where there are neither
    /// positives nor predicted positives.
    pub fn f1(&self) -> f64 {
        f1_of_counts(
            self.true_positives,
            self.false_positives,
            self.false_negatives,
        )
    }

    /// The share of right answers: (TP + TN) / all. 0 where there are no texts.
    pub fn accuracy(&self) -> f64 {
        ratio(self.true_positives + self.true_negatives, self.total())
    }

    /// The unweighted mean of the F1 of both classes. A class that neither occurs nor is predicted counts as 0, as
    /// with scikit-learn's `f1_score(average="macro", labels=[0, 1], zero_division=0)`.
    pub fn macro_f1(&self) -> f64 {
        let negative = f1_of_counts(
            self.true_negatives,
            self.false_negatives,
            self.false_positives,
        );
        f64::midpoint(self.f1(), negative)
    }
}

fn f1_of_counts(hits: u64, false_alarms: u64, misses: u64) -> f64 {
    ratio(2 * hits, 2 * hits + false_alarms + misses)
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// linfa 0.8.1 swaps precision and recall on exactly this input; F1 does not tell them apart.
    #[test]
    fn precision_and_recall_are_not_swapped() {
        let predicted = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0];
        let counts =
            Confusion::from_probabilities(&[1, 0, 0, 0, 1, 0, 0, 0], &predicted, 0.5).unwrap();
        assert_eq!((counts.precision(), counts.recall()), (0.25, 0.5));
    }

    #[test]
    fn exactly_the_threshold_is_negative() {
        let counts = Confusion::from_probabilities(&[1, 1], &[0.5, 0.5 + 1e-12], 0.5).unwrap();
        assert_eq!((counts.true_positives, counts.false_negatives), (1, 1));
    }

    #[test]
    fn faulty_input_is_named() {
        let error = |labels: &[u8], probabilities: &[f64], threshold| {
            Confusion::from_probabilities(labels, probabilities, threshold)
                .unwrap_err()
                .to_string()
        };
        insta::assert_snapshot!(error(&[0, 1], &[0.5], 0.5), @"score 1 probabilities against 2 labels");
        insta::assert_snapshot!(error(&[0, 7], &[0.5, 0.5], 0.5), @"score text 1: label `7` is neither 0 nor 1");
        insta::assert_snapshot!(error(&[0], &[f64::NAN], 0.5), @"score text 0: probability `NaN` is outside [0, 1]");
        insta::assert_snapshot!(error(&[0], &[-0.1], 0.5), @"score text 0: probability `-0.1` is outside [0, 1]");
        insta::assert_snapshot!(error(&[0], &[0.5], f64::NAN), @"score predictions: the threshold is not a number");
    }
}
