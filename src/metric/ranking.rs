//! What depends on the order of probabilities, and on every threshold.

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
pub fn roc_auc(labels: &[u8], probabilities: &[f64]) -> Result<Option<f64>, MetricError> {
    let steps = steps(labels, probabilities)?;
    let (positives, negatives) = steps.last().map_or((0, 0), |last| (last.hits, last.alarms));
    if positives == 0 || negatives == 0 {
        return Ok(None);
    }
    let mut doubled = 0_u128;
    let mut before = (0_u64, 0_u64);
    for step in &steps {
        // The trapezoid between two neighbouring thresholds.
        doubled += u128::from(step.alarms - before.1) * u128::from(step.hits + before.0);
        before = (step.hits, step.alarms);
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
pub fn average_precision(labels: &[u8], probabilities: &[f64]) -> Result<Option<f64>, MetricError> {
    let steps = steps(labels, probabilities)?;
    let positives = steps.last().map_or(0, |last| last.hits);
    if positives == 0 {
        return Ok(None);
    }
    let (mut area, mut hits) = (0.0, 0);
    for step in &steps {
        area += (step.hits - hits) as f64 * step.precision();
        hits = step.hits;
    }
    Ok(Some(area / positives as f64))
}

/// F1, precision and recall at every threshold that makes a difference, from the highest down. It is for looking at: a threshold that
/// is read off test labels flatters the model, so nothing here picks one. Choose it on validation data.
///
/// # Errors
/// As [`roc_auc`].
pub fn threshold_curve(
    labels: &[u8],
    probabilities: &[f64],
) -> Result<Vec<CurvePoint>, MetricError> {
    let steps = steps(labels, probabilities)?;
    let positives = steps.last().map_or(0, |last| last.hits);
    let point = |step: &Step| {
        let said = step.hits + step.alarms;
        CurvePoint {
            from: step.from,
            f1: share(2 * step.hits, said + positives),
            precision: step.precision(),
            recall: share(step.hits, positives),
        }
    };
    Ok(steps.iter().map(point).collect())
}

/// What is predicted positive from one probability on.
struct Step {
    from: f64,
    hits: u64,
    alarms: u64,
}

impl Step {
    fn precision(&self) -> f64 {
        share(self.hits, self.hits + self.alarms)
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
fn steps(labels: &[u8], probabilities: &[f64]) -> Result<Vec<Step>, MetricError> {
    super::error::check(labels, probabilities)?;
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&left, &right| probabilities[right].total_cmp(&probabilities[left]));
    let mut steps: Vec<Step> = Vec::new();
    let (mut hits, mut alarms) = (0, 0);
    for text in order {
        hits += u64::from(labels[text] == 1);
        alarms += u64::from(labels[text] == 0);
        let from = probabilities[text];
        match steps.last_mut() {
            Some(last) if last.from <= from => (last.hits, last.alarms) = (hits, alarms),
            _ => steps.push(Step { from, hits, alarms }),
        }
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::super::testing::{close, golden};
    use super::super::{CALIBRATION_BINS, calibration_bins, calibration_error};
    use super::*;

    #[derive(Deserialize)]
    struct Case {
        labels: Vec<u8>,
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
