//! Metrics of the probabilities of any number of classes. Labels are checked before ([`Evaluation`](super::Evaluation)).

use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;

use super::MetricError;
use super::probability_metrics::{
    CALIBRATION_BINS, average_precision, calibration_bin, calibration_error, roc_auc,
};

/// The mean of −ln P(label), with probabilities kept off 0 and 1 by the precision of an `f64`, as scikit-learn 1.9 does; not divided by
/// their sum. `None` for no texts.
pub(super) fn log_loss(labels: &[Label], probabilities: &Probabilities) -> Option<f64> {
    text_mean(labels, probabilities, text_log_loss)
}

/// What a text adds to [`log_loss`].
pub(super) fn text_log_loss(probabilities: &Probabilities, text: usize, label: Label) -> f64 {
    -probabilities
        .of(text, label)
        .clamp(f64::EPSILON, 1.0 - f64::EPSILON)
        .ln()
}

/// The mean squared distance of probabilities from 0 and 1 (Brier 1950), summed over the classes; of two classes, of label 1's alone.
/// `None` for no texts.
pub(super) fn brier(labels: &[Label], probabilities: &Probabilities) -> Option<f64> {
    text_mean(labels, probabilities, text_brier)
}

/// What a text adds to [`brier`].
pub(super) fn text_brier(probabilities: &Probabilities, text: usize, label: Label) -> f64 {
    let classes = probabilities.classes();
    let which = if classes == 2 { 1..2 } else { 0..classes };
    let distance = |class: usize| {
        let class = class as Label;
        (probabilities.of(text, class) - f64::from(u8::from(label == class))).powi(2)
    };
    which.map(distance).sum()
}

fn text_mean(
    labels: &[Label],
    probabilities: &Probabilities,
    added: fn(&Probabilities, usize, Label) -> f64,
) -> Option<f64> {
    let texts = labels.iter().enumerate();
    let sum: f64 = texts
        .map(|(text, &label)| added(probabilities, text, label))
        .sum();
    (!labels.is_empty()).then(|| sum / labels.len() as f64)
}

/// The area under the ROC curve; of more than two classes, the mean over classes of each against the rest. `None` where a class has no
/// text.
pub(super) fn area_under_roc(
    labels: &[Label],
    probabilities: &Probabilities,
) -> Result<Option<f64>, MetricError> {
    if probabilities.classes() == 2 {
        return roc_auc(labels, probabilities.values());
    }
    one_vs_rest(labels, probabilities, roc_auc)
}

/// Average precision of the positive class, label 1; without one, the mean over classes of each against the rest. `None` where a class
/// has no text.
pub(super) fn mean_average_precision(
    labels: &[Label],
    probabilities: &Probabilities,
    positive: bool,
) -> Result<Option<f64>, MetricError> {
    if positive {
        return average_precision(labels, probabilities.values());
    }
    one_vs_rest(labels, probabilities, average_precision)
}

type TwoClass = fn(&[Label], &[f64]) -> Result<Option<f64>, MetricError>;

fn one_vs_rest(
    labels: &[Label],
    probabilities: &Probabilities,
    metric: TwoClass,
) -> Result<Option<f64>, MetricError> {
    let classes = probabilities.classes();
    let mut sum = 0.0;
    for class in 0..classes as Label {
        let own: Vec<Label> = labels
            .iter()
            .map(|&one| Label::from(one == class))
            .collect();
        if !own.contains(&1) || !own.contains(&0) {
            return Ok(None);
        }
        let values: Vec<f64> = (0..labels.len())
            .map(|text| probabilities.of(text, class))
            .collect();
        let Some(value) = metric(&own, &values)? else {
            return Ok(None);
        };
        sum += value;
    }
    Ok(Some(sum / classes as f64))
}

/// The expected calibration error: of two classes, of P(label 1) ([`calibration_error`]); of more, of the predicted class's
/// probability, in the same bins (Guo et al. 2017).
pub(super) fn class_calibration_error(
    labels: &[Label],
    probabilities: &Probabilities,
) -> Result<f64, MetricError> {
    if probabilities.classes() == 2 {
        return calibration_error(labels, probabilities.values());
    }
    let mut gaps = [0.0; CALIBRATION_BINS];
    let predicted = probabilities.predicted();
    for (text, (&label, &answer)) in labels.iter().zip(&predicted).enumerate() {
        let (bin, gap) = calibration_gap(probabilities, text, label, answer);
        gaps[bin] += gap;
    }
    Ok(gaps.iter().map(|gap| gap.abs()).sum::<f64>() / labels.len().max(1) as f64)
}

/// The bin of a text in the calibration error, and its probability less its outcome: of two classes, of P(label 1); of more, of the
/// predicted class's probability.
pub(super) fn calibration_gap(
    probabilities: &Probabilities,
    text: usize,
    label: Label,
    answer: Label,
) -> (usize, f64) {
    let class = if probabilities.classes() == 2 {
        1
    } else {
        answer
    };
    let probability = probabilities.of(text, class);
    let outcome = f64::from(u8::from(label == class));
    (calibration_bin(probability), probability - outcome)
}
