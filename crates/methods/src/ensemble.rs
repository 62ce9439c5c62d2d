//! Ensemble: the mean of several trials' probabilities, the published `FSL_mean` rows, and what students learn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Base, BaseRole, Declared, Dependencies, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, RowRef, Settings,
};
use fsl_common::probabilities::Probabilities;

/// The mean of several trials' probabilities. It is computed from what they have predicted; nothing is trained.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Ensemble {
    /// The row whose trials are the members: of this experiment (`fsl`) or of another one (`experiment/fsl`).
    #[schemars(with = "String", length(min = 1))]
    pub of: RowRef,
    /// Members: the row's first so many trials. Default: all.
    #[schemars(range(min = 1, max = 10_000))]
    pub size: Option<u32>,
}

impl Settings for Ensemble {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            base: Some(Base {
                key: "of",
                row: &self.of,
                role: BaseRole::Members { size: self.size },
            }),
            ..Requirements::default()
        }
    }
}

/// The inputs of a method that has no trials: there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoTrials {}

impl Declared for Ensemble {
    type Inputs = NoTrials;

    fn resolve(&self, _: Dependencies) -> Option<NoTrials> {
        None
    }

    fn base_mut(&mut self) -> Option<&mut RowRef> {
        Some(&mut self.of)
    }
}

impl Settings for NoTrials {
    fn requirements(&self) -> Requirements<'_> {
        match *self {}
    }
}

impl Method for NoTrials {
    fn run(&self, _: &MethodContext, _: &mut dyn FnMut(Progress)) -> Result<Outcome, MethodError> {
        match *self {}
    }
}

/// The mean over members, text by text and class by class. Members are added in the order given: the same order gives the same bits.
/// `None` where there is no member, or members speak of different numbers of texts or classes.
pub fn mean_probabilities(members: &[Probabilities]) -> Option<Probabilities> {
    let (first, others) = members.split_first()?;
    let mut sums = first.values().to_vec();
    for member in others {
        if (member.texts(), member.classes()) != (first.texts(), first.classes()) {
            return None;
        }
        for (sum, probability) in sums.iter_mut().zip(member.values()) {
            *sum += probability;
        }
    }
    let count = members.len() as f64;
    let means = sums.into_iter().map(|sum| sum / count).collect();
    Some(Probabilities::new(first.classes(), means))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_taken_text_by_text() {
        let members = [vec![0.0, 1.0, 0.25], vec![1.0, 1.0, 0.5]].map(Probabilities::two_class);
        let mean = Probabilities::two_class(vec![0.5, 1.0, 0.375]);
        assert_eq!(mean_probabilities(&members), Some(mean));
        assert_eq!(mean_probabilities(&members[..1]), Some(members[0].clone()));
        assert_eq!(mean_probabilities(&[]), None);
        let shorter = Probabilities::two_class(vec![]);
        assert_eq!(mean_probabilities(&[members[0].clone(), shorter]), None);
    }

    #[test]
    fn the_mean_is_taken_class_by_class() {
        let members = [vec![0.5, 0.25, 0.25], vec![1.0, 0.0, 0.0]]
            .map(|values| Probabilities::new(3, values));
        let mean = Probabilities::new(3, vec![0.75, 0.125, 0.125]);
        assert_eq!(mean_probabilities(&members), Some(mean));
        let two = Probabilities::two_class(vec![0.5]);
        assert_eq!(mean_probabilities(&[members[0].clone(), two]), None);
    }
}
