//! Labels and probabilities that cannot be scored: the check, and its errors.

use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;

/// Labels and probabilities that no metric can be computed from.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricError {
    /// A different number of labels and probabilities.
    #[error("cannot score {probabilities} probabilities against {labels} labels")]
    Lengths {
        /// How many labels there are.
        labels: usize,
        /// How many probabilities there are.
        probabilities: usize,
    },
    /// A label that names neither class.
    #[error("cannot score text {index}: label `{got}` is neither 0 nor 1")]
    Label {
        /// The position of the text, from 0.
        index: usize,
        /// The label found there.
        got: Label,
    },
    /// A label that is none of the classes.
    #[error("cannot score text {index}: label {got} is none of the {classes} classes")]
    Class {
        /// The position of the text, from 0.
        index: usize,
        /// The label found there.
        got: Label,
        /// How many classes there are.
        classes: usize,
    },
    /// Probabilities of another number of classes.
    #[error("cannot score probabilities of {got} classes: there are {classes}")]
    Classes {
        /// How many classes the probabilities are of.
        got: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A probability that is not a number or lies outside [0, 1].
    #[error("cannot score text {index}: probability `{got}` is outside [0, 1]")]
    Probability {
        /// The position of the text, from 0.
        index: usize,
        /// The value found there.
        got: f64,
    },
    /// A metric of the positive class, of classes of which none is positive.
    #[error("`{metric}` is of a positive class, and none of the {classes} classes is positive")]
    NeedsPositive {
        /// Its name in a spec.
        metric: String,
        /// How many classes there are.
        classes: usize,
    },
    /// A threshold that nothing can be compared with.
    #[error("cannot score predictions: the threshold is not a number")]
    Threshold,
}

impl MetricError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Lengths { .. } | Self::Class { .. } | Self::Classes { .. } => {
                Some("the predictions belong to other data than the labels; run the trial again".into())
            }
            Self::Label { .. } => Some("label texts with 0 (negative) and 1 (positive)".into()),
            Self::Probability { .. } => Some(
                "training diverged where a probability is NaN: try a lower learning rate or the recipe `stable`".into(),
            ),
            Self::NeedsPositive { metric, classes: 2 } => Some(format!(
                "name the positive class in `data.positive`, or take `macro-{metric}`"
            )),
            Self::NeedsPositive { metric, .. } => Some(format!("take `macro-{metric}`")),
            Self::Threshold => None,
        }
    }
}

/// Whether labels and probabilities can be compared.
pub(super) fn check(labels: &[Label], probabilities: &[f64]) -> Result<(), MetricError> {
    if labels.len() != probabilities.len() {
        return Err(MetricError::Lengths {
            labels: labels.len(),
            probabilities: probabilities.len(),
        });
    }
    let wrong_label = labels.iter().position(|&label| label > 1);
    if let Some(index) = wrong_label {
        let got = labels[index];
        return Err(MetricError::Label { index, got });
    }
    let outside = |probability: &f64| !(0.0..=1.0).contains(probability);
    match probabilities.iter().position(outside) {
        Some(index) => Err(MetricError::Probability {
            index,
            got: probabilities[index],
        }),
        None => Ok(()),
    }
}

/// Whether every value is a probability.
///
/// # Errors
/// [`MetricError::Probability`] for the first that is not a number or lies outside [0, 1].
pub fn check_probabilities(probabilities: &Probabilities) -> Result<(), MetricError> {
    for (index, row) in probabilities.rows().enumerate() {
        if let Some(&got) = row.iter().find(|one| !(0.0..=1.0).contains(*one)) {
            return Err(MetricError::Probability { index, got });
        }
    }
    Ok(())
}

/// Whether labels and probabilities of so many classes can be compared.
pub(super) fn check_classes(
    classes: usize,
    labels: &[Label],
    probabilities: &Probabilities,
) -> Result<(), MetricError> {
    let got = probabilities.classes();
    if got != classes {
        return Err(MetricError::Classes { got, classes });
    }
    if classes == 2 {
        return check(labels, probabilities.values());
    }
    if labels.len() != probabilities.texts() {
        return Err(MetricError::Lengths {
            labels: labels.len(),
            probabilities: probabilities.texts(),
        });
    }
    if let Some(index) = labels.iter().position(|&one| usize::from(one) >= classes) {
        let got = labels[index];
        return Err(MetricError::Class {
            index,
            got,
            classes,
        });
    }
    check_probabilities(probabilities)
}
