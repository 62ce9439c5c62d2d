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
    let mut mean = RunningMean::default();
    for member in members {
        mean.add(member);
    }
    mean.mean()
}

/// A mean of models' probabilities, of which one after the other is added, in order: the same members give the same bits.
#[derive(Debug, Default)]
pub struct RunningMean {
    sums: Option<Probabilities>,
    count: usize,
    mixed: bool,
}

impl RunningMean {
    /// Adds a model.
    pub fn add(&mut self, member: &Probabilities) {
        self.count += 1;
        let Some(sums) = self.sums.take() else {
            self.sums = Some(member.clone());
            return;
        };
        self.mixed |= (member.texts(), member.classes()) != (sums.texts(), sums.classes());
        let classes = sums.classes();
        let mut added = sums.into_values();
        for (sum, probability) in added.iter_mut().zip(member.values()) {
            *sum += probability;
        }
        self.sums = Some(Probabilities::new(classes, added));
    }

    /// The mean; `None` of no models, and of models for other texts or classes.
    pub fn mean(self) -> Option<Probabilities> {
        let sums = self.sums.filter(|_| !self.mixed)?;
        let (classes, count) = (sums.classes(), self.count as f64);
        let means = sums.into_values().into_iter().map(|sum| sum / count);
        Some(Probabilities::new(classes, means.collect()))
    }
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
