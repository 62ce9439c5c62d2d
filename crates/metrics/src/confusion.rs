//! The confusion matrix of a trial, and the metrics that its record stores.

use fsl_common::classes::Label;
use serde::{Deserialize, Serialize};

use super::MetricError;
use super::class_counts::two_class_mcc;

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
        labels: &[Label],
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

    /// Matthews' correlation of answers and labels (Matthews 1975): (TP TN − FP FN) / √((TP + FP) (TP + FN) (TN + FP) (TN + FN)), from −1 to
    /// 1. 0 where a factor is 0, as with scikit-learn's `matthews_corrcoef`.
    pub fn mcc(&self) -> f64 {
        let [tp, fp, fn_, tn] = [
            self.true_positives,
            self.false_positives,
            self.false_negatives,
            self.true_negatives,
        ]
        .map(|count| count as f64);
        two_class_mcc([tp, fp, fn_, tn])
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

/// The figures of one trial as its record stores them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Metrics {
    /// [`Confusion::f1`], a fraction.
    pub f1: f64,
    /// [`Confusion::precision`], a fraction.
    pub precision: f64,
    /// [`Confusion::recall`], a fraction.
    pub recall: f64,
    /// [`Confusion::accuracy`], a fraction.
    pub accuracy: f64,
    /// [`Confusion::macro_f1`], a fraction.
    pub macro_f1: f64,
    /// The counts that the figures above follow from.
    pub confusion: Confusion,
}

impl From<Confusion> for Metrics {
    fn from(confusion: Confusion) -> Self {
        Self {
            f1: confusion.f1(),
            precision: confusion.precision(),
            recall: confusion.recall(),
            accuracy: confusion.accuracy(),
            macro_f1: confusion.macro_f1(),
            confusion,
        }
    }
}

/// The harmonic mean of two fractions, 0 where both are 0: 2 P R / (P + R).
pub fn f1(precision: f64, recall: f64) -> f64 {
    let sum = precision + recall;
    if sum == 0.0 {
        0.0
    } else {
        2.0 * precision * recall / sum
    }
}

/// [`f1`] as the published table forms it: precision and recall, as percent, are rounded to two decimals first.
/// Takes and returns fractions.
///
/// The source is the reference's evaluation (boostFSLBert at 92bc73b, `utils/evaluate.py`). A cell can differ by 0.01
/// from the F1 of the counts.
pub fn f1_from_rounded(precision: f64, recall: f64) -> f64 {
    // NumPy's rounding: scale, round half to even, scale back.
    let rounded = |fraction: f64| (100.0 * fraction * 100.0).round_ties_even() / 100.0;
    f1(rounded(precision), rounded(recall)) / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsl_test_support::golden;

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
        let error = |labels: &[Label], probabilities: &[f64], threshold| {
            Confusion::from_probabilities(labels, probabilities, threshold)
                .unwrap_err()
                .to_string()
        };
        insta::assert_snapshot!(error(&[0, 1], &[0.5], 0.5), @"cannot score 1 probabilities against 2 labels");
        insta::assert_snapshot!(error(&[0, 7], &[0.5, 0.5], 0.5), @"cannot score text 1: label `7` is neither 0 nor 1");
        insta::assert_snapshot!(error(&[0], &[f64::NAN], 0.5), @"cannot score text 0: probability `NaN` is outside [0, 1]");
        insta::assert_snapshot!(error(&[0], &[-0.1], 0.5), @"cannot score text 0: probability `-0.1` is outside [0, 1]");
        insta::assert_snapshot!(error(&[0], &[0.5], f64::NAN), @"cannot score predictions: the threshold is not a number");
    }

    /// One case of `tests/golden/metric/cases.json`.
    #[derive(Deserialize)]
    struct Case {
        name: String,
        labels: Vec<Label>,
        probabilities: Vec<f64>,
        threshold: f64,
        expected: Expected,
    }

    #[derive(Deserialize)]
    struct Expected {
        counts: [u64; 4],
        f1: f64,
        precision: f64,
        recall: f64,
        accuracy: f64,
        macro_f1: f64,
        mcc: f64,
        f1_from_rounded: f64,
    }

    /// Every figure is a quotient of small whole numbers, at most averaged once, or (MCC) divided by the root of one: a few units in
    /// the last place.
    const TOLERANCE: f64 = 1e-15;

    #[track_caller]
    fn close(case: &str, figure: &str, got: f64, expected: f64) {
        assert!(
            (got - expected).abs() <= TOLERANCE,
            "{case}: {figure} is {got}, not {expected}"
        );
    }

    #[test]
    fn figures_equal_scikit_learns() {
        let text = std::fs::read_to_string(golden("metric/cases.json")).unwrap();
        let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
        assert!(cases.len() >= 10);
        for Case {
            name,
            labels,
            probabilities,
            threshold,
            expected,
        } in cases
        {
            let counts = Confusion::from_probabilities(&labels, &probabilities, threshold).unwrap();
            let [
                true_positives,
                false_positives,
                false_negatives,
                true_negatives,
            ] = expected.counts;
            let wanted = Confusion {
                true_positives,
                false_positives,
                false_negatives,
                true_negatives,
            };
            assert_eq!(counts, wanted, "{name}");
            let metrics = Metrics::from(counts);
            close(&name, "F1", metrics.f1, expected.f1);
            close(&name, "precision", metrics.precision, expected.precision);
            close(&name, "recall", metrics.recall, expected.recall);
            close(&name, "accuracy", metrics.accuracy, expected.accuracy);
            close(&name, "macro F1", metrics.macro_f1, expected.macro_f1);
            close(&name, "MCC", counts.mcc(), expected.mcc);
            let rounded = f1_from_rounded(metrics.precision, metrics.recall);
            close(
                &name,
                "F1 of rounded P and R",
                rounded,
                expected.f1_from_rounded,
            );
        }
    }

    #[test]
    fn no_texts_give_zeros_and_no_nan() {
        let metrics = Metrics::from(Confusion::from_probabilities(&[], &[], 0.5).unwrap());
        let sum = metrics.accuracy + metrics.f1 + metrics.macro_f1;
        assert_eq!(sum.to_string(), "0");
    }

    /// The published bow row: P 63.07 and R 51.00 make F1 56.40 either way.
    #[test]
    fn rounding_before_f1_reproduces_the_published_bow_row() {
        assert_eq!(
            format!("{:.2}", 100.0 * f1_from_rounded(0.630_72, 0.509_96)),
            "56.40"
        );
        assert_eq!(f1_from_rounded(0.0, 0.0).to_string(), "0");
    }

    #[test]
    fn a_record_reads_back_and_refuses_unknown_figures() {
        let metrics = Metrics::from(Confusion {
            true_positives: 3,
            false_positives: 1,
            false_negatives: 2,
            true_negatives: 4,
        });
        let text = serde_json::to_string(&metrics).unwrap();
        insta::assert_snapshot!(text, @r#"{"f1":0.6666666666666666,"precision":0.75,"recall":0.6,"accuracy":0.7,"macro_f1":0.696969696969697,"confusion":{"true_positives":3,"false_positives":1,"false_negatives":2,"true_negatives":4}}"#);
        assert_eq!(serde_json::from_str::<Metrics>(&text).unwrap(), metrics);
        assert!(serde_json::from_str::<Metrics>(&text.replace("recall", "recal")).is_err());
    }
}
