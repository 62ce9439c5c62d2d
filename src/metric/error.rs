//! What can be wrong with labels and probabilities that are to be compared.

/// Labels and probabilities that no metric can be computed from.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricError {
    /// A different number of labels and probabilities.
    #[error("score {probabilities} probabilities against {labels} labels")]
    Lengths {
        /// How many labels there are.
        labels: usize,
        /// How many probabilities there are.
        probabilities: usize,
    },
    /// A label that names neither class.
    #[error("score text {index}: label `{got}` is neither 0 nor 1")]
    Label {
        /// The position of the text, from 0.
        index: usize,
        /// The label found there.
        got: u8,
    },
    /// A probability that is not a number or lies outside [0, 1].
    #[error("score text {index}: probability `{got}` is outside [0, 1]")]
    Probability {
        /// The position of the text, from 0.
        index: usize,
        /// The value found there.
        got: f64,
    },
    /// A threshold that nothing can be compared with.
    #[error("score predictions: the threshold is not a number")]
    Threshold,
}

impl MetricError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Lengths { .. } => {
                Some("the predictions belong to other data than the labels; run the trial again".into())
            }
            Self::Label { .. } => Some("label texts with 0 (negative) and 1 (positive)".into()),
            Self::Probability { .. } => Some(
                "training diverged where a probability is NaN: try a lower learning rate or the recipe `stable`".into(),
            ),
            Self::Threshold => None,
        }
    }
}
