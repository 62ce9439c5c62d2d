//! Majority: the most frequent class of the training texts, a baseline that every method must beat.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Cost, Declared, Dependencies, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, Settings,
};

/// The most frequent class; a tie goes to 0, as in scikit-learn.
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
        Ok(context.predict_unfitted(|_, texts| majority(texts.len(), context.train_labels)))
    }

    fn cost(&self) -> Cost<'_> {
        Cost {
            tosses_per_text: 0.0,
            training: None,
        }
    }
}

/// 1 for every text where most training labels are 1, otherwise 0; a tie goes to 0, as in scikit-learn's
/// `DummyClassifier(strategy="most_frequent")`.
fn majority(texts: usize, labels: &[u8]) -> Vec<f64> {
    let ones = labels.iter().filter(|&&label| label == 1).count();
    let probability = if 2 * ones > labels.len() { 1.0 } else { 0.0 };
    vec![probability; texts]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: `DummyClassifier(strategy="most_frequent")` of scikit-learn, which takes the lower label on a tie.
    #[test]
    fn the_majority_wins_and_a_tie_goes_to_zero() {
        assert_eq!(majority(2, &[1, 1, 0]), [1.0, 1.0]);
        assert_eq!(majority(2, &[1, 0, 0]), [0.0, 0.0]);
        assert_eq!(majority(1, &[1, 0]), [0.0]);
    }
}
