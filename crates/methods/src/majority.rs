//! Majority: the most frequent class of the training texts, a baseline that every method must beat.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Cost, Declared, Dependencies, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, Settings,
};
use crate::classic::majority_label;
use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;

/// The most frequent class; a tie goes to the first, as in scikit-learn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Majority {}

impl Settings for Majority {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            labelled_texts: true,
            ignores_words: true,
            ..Requirements::default()
        }
    }
}

impl Declared for Majority {
    type Inputs = Self;

    fn resolve(&self, _: Dependencies) -> Option<Self> {
        Some(self.clone())
    }
}

impl Method for Majority {
    fn run(
        &self,
        context: &MethodContext,
        _: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let (labels, classes) = (context.train_labels, context.classes.count());
        Ok(context.predict_unfitted(|_, texts| majority(texts.len(), labels, classes)))
    }

    fn cost(&self) -> Cost {
        Cost {
            tosses_per_text: 0.0,
            ..Cost::default()
        }
    }
}

/// Certainty of the most frequent training label for every text; a tie goes to the lowest label, as in scikit-learn's
/// `DummyClassifier(strategy="most_frequent")`.
fn majority(texts: usize, labels: &[Label], classes: usize) -> Probabilities {
    let winner = usize::from(majority_label(labels));
    let certainty: Vec<f64> = (0..classes)
        .map(|class| f64::from(u8::from(class == winner)))
        .collect();
    Probabilities::from_shares(classes, std::iter::repeat_n(&certainty, texts))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: `DummyClassifier(strategy="most_frequent")` of scikit-learn, which takes the lower label on a tie.
    #[test]
    fn the_majority_wins_and_a_tie_goes_to_the_lower_label() {
        let majority = |labels: &[Label], classes| majority(2, labels, classes).into_values();
        assert_eq!(majority(&[1, 1, 0], 2), [1.0, 1.0]);
        assert_eq!(majority(&[1, 0, 0], 2), [0.0, 0.0]);
        assert_eq!(majority(&[1, 0], 2), [0.0, 0.0]);
        assert_eq!(majority(&[2, 1, 2, 1], 3), [0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    }
}
