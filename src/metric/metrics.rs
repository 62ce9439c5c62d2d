//! The figures of one trial.

use serde::{Deserialize, Serialize};

use super::Confusion;

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
    use crate::testing::golden;

    /// One case of `tests/golden/metric/cases.json`.
    #[derive(Deserialize)]
    struct Case {
        name: String,
        labels: Vec<u8>,
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
        f1_from_rounded: f64,
    }

    /// Every figure is a quotient of small whole numbers, at most averaged once: a few units in the last place.
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
