//! Metrics of probabilities at no single threshold: ranking (ROC AUC, average precision, the threshold curve) and calibration.

use fsl_common::classes::Label;

use super::MetricError;

/// A threshold and what it gives.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct CurvePoint {
    /// The smallest probability that is predicted positive.
    pub from: f64,
    /// F1 of the positive class.
    pub f1: f64,
    /// Precision.
    pub precision: f64,
    /// Recall.
    pub recall: f64,
}

/// The area under the receiver operating characteristic: the share of (positive, negative) pairs of texts in the right order, ties
/// counting one half. `None` where a class has no text.
///
/// # Errors
/// Lengths that differ, a label other than 0 and 1, a probability outside [0, 1].
pub fn roc_auc(labels: &[Label], probabilities: &[f64]) -> Result<Option<f64>, MetricError> {
    let steps = steps(labels, probabilities)?;
    let (positives, negatives) = steps
        .last()
        .map_or((0, 0), |last| (last.true_positives, last.false_positives));
    if positives == 0 || negatives == 0 {
        return Ok(None);
    }
    let mut doubled = 0_u128;
    let mut before = (0_u64, 0_u64);
    for step in &steps {
        // The trapezoid between two neighbouring thresholds.
        doubled += u128::from(step.false_positives - before.1)
            * u128::from(step.true_positives + before.0);
        before = (step.true_positives, step.false_positives);
    }
    Ok(Some(
        doubled as f64 / (2.0 * positives as f64 * negatives as f64),
    ))
}

/// Average precision: Σ (Rₖ − Rₖ₋₁) Pₖ over the distinct probabilities from the highest down, without interpolation. `None` where
/// there is no positive text.
///
/// # Errors
/// As [`roc_auc`].
pub fn average_precision(
    labels: &[Label],
    probabilities: &[f64],
) -> Result<Option<f64>, MetricError> {
    let steps = steps(labels, probabilities)?;
    let positives = steps.last().map_or(0, |last| last.true_positives);
    if positives == 0 {
        return Ok(None);
    }
    let (mut area, mut true_positives) = (0.0, 0);
    for step in &steps {
        area += (step.true_positives - true_positives) as f64 * step.precision();
        true_positives = step.true_positives;
    }
    Ok(Some(area / positives as f64))
}

/// F1, precision and recall at every threshold that makes a difference, from the highest down. It is for looking at: a threshold that
/// is read off test labels flatters the model, so nothing here picks one. Choose it on validation data.
///
/// # Errors
/// As [`roc_auc`].
pub fn threshold_curve(
    labels: &[Label],
    probabilities: &[f64],
) -> Result<Vec<CurvePoint>, MetricError> {
    let steps = steps(labels, probabilities)?;
    let positives = steps.last().map_or(0, |last| last.true_positives);
    let point = |step: &Step| {
        let predicted = step.true_positives + step.false_positives;
        CurvePoint {
            from: step.from,
            f1: share(2 * step.true_positives, predicted + positives),
            precision: step.precision(),
            recall: share(step.true_positives, positives),
        }
    };
    Ok(steps.iter().map(point).collect())
}

/// What is predicted positive from one probability on.
struct Step {
    from: f64,
    true_positives: u64,
    false_positives: u64,
}

impl Step {
    fn precision(&self) -> f64 {
        share(
            self.true_positives,
            self.true_positives + self.false_positives,
        )
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// One step per distinct probability, from the highest down.
fn steps(labels: &[Label], probabilities: &[f64]) -> Result<Vec<Step>, MetricError> {
    super::error::check(labels, probabilities)?;
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&left, &right| probabilities[right].total_cmp(&probabilities[left]));
    let mut steps: Vec<Step> = Vec::new();
    let (mut true_positives, mut false_positives) = (0, 0);
    for text in order {
        true_positives += u64::from(labels[text] == 1);
        false_positives += u64::from(labels[text] == 0);
        let from = probabilities[text];
        match steps.last_mut() {
            Some(last) if last.from <= from => {
                (last.true_positives, last.false_positives) = (true_positives, false_positives);
            }
            _ => steps.push(Step {
                from,
                true_positives,
                false_positives,
            }),
        }
    }
    Ok(steps)
}

/// Bins of a calibration error, as in Guo et al. 2017 (arXiv 1706.04599).
pub const CALIBRATION_BINS: usize = 15;

/// The texts whose probability falls into one bin.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct CalibrationBin {
    /// How many texts.
    pub texts: u64,
    /// Their mean probability.
    pub probability: f64,
    /// The share of them that is positive.
    pub positives: f64,
}

/// The texts by their P(label = 1), in [`CALIBRATION_BINS`] bins of equal width: bin k holds those above k / 15 and up to (k + 1) / 15,
/// the first one also 0. Empty bins are left out.
///
/// # Errors
/// Lengths that differ, a label other than 0 and 1, a probability outside [0, 1].
pub fn calibration_bins(
    labels: &[Label],
    probabilities: &[f64],
) -> Result<Vec<CalibrationBin>, MetricError> {
    super::error::check(labels, probabilities)?;
    let mut bins = [(0_u64, 0.0, 0_u64); CALIBRATION_BINS];
    for (&label, &probability) in labels.iter().zip(probabilities) {
        let bin = &mut bins[calibration_bin(probability)];
        *bin = (bin.0 + 1, bin.1 + probability, bin.2 + u64::from(label));
    }
    let filled = bins.into_iter().filter(|bin| bin.0 > 0);
    Ok(filled
        .map(|(texts, sum, positives)| CalibrationBin {
            texts,
            probability: sum / texts as f64,
            positives: positives as f64 / texts as f64,
        })
        .collect())
}

/// The bin of a probability.
pub(super) fn calibration_bin(probability: f64) -> usize {
    let width = 1.0 / CALIBRATION_BINS as f64;
    let above = (1..CALIBRATION_BINS).take_while(|&edge| probability > edge as f64 * width);
    above.count()
}

/// The expected calibration error: Σ (n_b / n) |mean probability − share of positives| over the [bins](calibration_bins). 0 for no texts.
///
/// It is about P(label = 1), not about the probability of the predicted class, so that it does not depend on a threshold.
///
/// # Errors
/// As [`calibration_bins`].
pub fn calibration_error(labels: &[Label], probabilities: &[f64]) -> Result<f64, MetricError> {
    let bins = calibration_bins(labels, probabilities)?;
    let gap = |bin: &CalibrationBin| bin.texts as f64 * (bin.probability - bin.positives).abs();
    Ok(bins.iter().map(gap).sum::<f64>() / labels.len().max(1) as f64)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::testing::{close, golden};

    #[derive(Deserialize)]
    struct Case {
        labels: Vec<Label>,
        probabilities: Vec<f64>,
        auc: f64,
        ap: f64,
        ece: f64,
        bins: Vec<(u64, f64, f64)>,
        curve: Vec<[f64; 4]>,
    }

    #[test]
    fn areas_and_curves_are_scikit_learns() {
        let cases: Vec<Case> = golden("ranking.json");
        for case in cases {
            let (labels, probabilities) = (&case.labels, &case.probabilities);
            let auc = roc_auc(labels, probabilities).unwrap().unwrap();
            close("AUC", auc, case.auc, 1e-14);
            let ap = average_precision(labels, probabilities).unwrap().unwrap();
            close("AP", ap, case.ap, 1e-14);
            // scikit-learn ends its curve where every positive is found; ours goes on to the lowest probability.
            let curve = threshold_curve(labels, probabilities).unwrap();
            assert!(curve.len() >= case.curve.len());
            for (got, expected) in curve.iter().zip(&case.curve) {
                let got = [got.from, got.f1, got.precision, got.recall];
                for (got, expected) in got.into_iter().zip(expected) {
                    close("curve", got, *expected, 1e-14);
                }
            }
        }
    }

    #[test]
    fn calibration_is_scikit_learns() {
        let cases: Vec<Case> = golden("ranking.json");
        for case in cases {
            let error = calibration_error(&case.labels, &case.probabilities).unwrap();
            close("ECE", error, case.ece, 1e-14);
            let bins = calibration_bins(&case.labels, &case.probabilities).unwrap();
            assert_eq!(bins.len(), case.bins.len());
            assert!(bins.len() <= CALIBRATION_BINS);
            for (got, (texts, probability, positives)) in bins.iter().zip(case.bins) {
                assert_eq!(got.texts, texts);
                close("bin", got.probability, probability, 1e-14);
                close("bin", got.positives, positives, 1e-14);
            }
        }
    }

    /// By hand: a tie counts one half, so does every pair; of all texts, as many are positive as precision says.
    #[test]
    fn equal_probabilities_say_what_chance_does() {
        for probability in [0.0, 0.5, 1.0] {
            let said = [probability; 4];
            assert_eq!(roc_auc(&[0, 1, 1, 1], &said).unwrap(), Some(0.5));
            assert_eq!(average_precision(&[0, 1, 1, 1], &said).unwrap(), Some(0.75));
            assert_eq!(threshold_curve(&[0, 1, 1, 1], &said).unwrap().len(), 1);
        }
        assert_eq!(roc_auc(&[], &[]).unwrap(), None);
        assert_eq!(average_precision(&[], &[]).unwrap(), None);
    }

    #[test]
    fn without_both_classes_there_is_no_area() {
        assert_eq!(roc_auc(&[1, 1], &[0.1, 0.2]), Ok(None));
        assert_eq!(roc_auc(&[], &[]), Ok(None));
        assert_eq!(average_precision(&[0, 0], &[0.1, 0.2]), Ok(None));
        assert_eq!(calibration_error(&[], &[]), Ok(0.0));
        assert!(roc_auc(&[0, 1], &[0.5, f64::NAN]).is_err());
        assert!(roc_auc(&[0, 2], &[0.5, 0.5]).is_err());
        assert!(threshold_curve(&[0], &[]).is_err());
    }
}
