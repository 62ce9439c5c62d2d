//! Mixture: the weighted mean of several rows' methods, all of which learn from the same texts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::candidate::{Candidate, CandidateInputs, combined, inner_method, resolved};
use super::cross_validation::of_candidate;
use super::temperature::{LEAST, Temperature};
use super::{
    Cost, Declared, Dependencies, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, RowRef, Settings,
};
use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;

/// The weighted mean of several rows' probabilities.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, bound = "")]
#[schemars(bound = "", rename = "Mixture")]
pub struct Mixture<M> {
    /// Rows of this experiment.
    #[schemars(
        with = "Vec<String>",
        length(min = 2, max = 100),
        inner(length(min = 1))
    )]
    pub of: Vec<RowRef>,
    /// A weight for each of them, of which only the ratios matter. Default: all the same.
    #[schemars(length(min = 2, max = 100), inner(range(min = 1e-3, max = 1e3)))]
    pub weights: Option<Vec<f64>>,
    /// What is averaged.
    #[serde(default)]
    pub average: Average,
    /// The rows' methods, once they are known.
    #[serde(skip)]
    #[schemars(skip)]
    pub methods: Vec<M>,
}

/// What is averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Average {
    /// Probabilities: the arithmetic mean.
    #[default]
    Probabilities,
    /// Their logarithms, so that a row which is sure of something has more of a say: the geometric mean, divided by its sum over the classes.
    LogProbabilities,
}

/// The same with every method spelled out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MixtureInputs<I> {
    /// The methods.
    pub of: Vec<I>,
    /// Their weights.
    pub weights: Vec<f64>,
    /// What is averaged.
    pub average: Average,
}

/// What all rows together ask for. A mean of probabilities has no threshold of its own, whatever those of the rows are.
fn mixed<'a>(methods: impl Iterator<Item = Requirements<'a>>) -> Requirements<'a> {
    Requirements {
        threshold: None,
        ..combined(methods)
    }
}

impl<M: Candidate> Settings for Mixture<M> {
    fn requirements(&self) -> Requirements<'_> {
        mixed(self.methods.iter().map(M::requirements))
    }
}

impl<I: CandidateInputs> Settings for MixtureInputs<I> {
    fn requirements(&self) -> Requirements<'_> {
        mixed(self.methods().map(Settings::requirements))
    }
}

impl<M: Candidate> Declared for Mixture<M> {
    type Inputs = MixtureInputs<M::Inputs>;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        let weights = self.weights.clone();
        Some(MixtureInputs {
            of: resolved(&self.methods, &dependencies)?,
            weights: weights.unwrap_or_else(|| vec![1.0; self.of.len()]),
            average: self.average,
        })
    }

    fn conflict(&self) -> Option<(&'static str, &'static str)> {
        let weights = self.weights.as_ref()?;
        (weights.len() != self.of.len())
            .then_some(("weights", "it must have as many numbers as `of` has rows"))
    }
}

impl<I: CandidateInputs> Method for MixtureInputs<I> {
    /// Fits all methods, one after the other, and averages what they say.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let mut outcomes = Vec::with_capacity(self.of.len());
        for method in self.methods() {
            outcomes.push(method.run(&of_candidate(method, context), on_progress)?);
        }
        let sets = 0..context.sets.len();
        let mean = |set: usize| {
            let each = outcomes.iter().map(|outcome| &outcome.probabilities[set]);
            self.mean(&each.collect::<Vec<_>>(), context.classes.count())
        };
        Ok(Outcome {
            probabilities: sets.map(mean).collect(),
            fit: None,
            selection: None,
            fit_time: outcomes.iter().map(|outcome| outcome.fit_time).sum(),
            predict_time: outcomes.iter().map(|outcome| outcome.predict_time).sum(),
        })
    }

    fn cost(&self) -> Cost {
        let costs = || self.methods().map(Method::cost);
        Cost {
            tosses_per_text: costs().map(|cost| cost.tosses_per_text).sum(),
            fit_secs: costs().map(|cost| cost.fit_secs).sum(),
            ..Cost::default()
        }
    }

    inner_method!(of);
}

impl<I: CandidateInputs> MixtureInputs<I> {
    fn methods(&self) -> impl Iterator<Item = &dyn Method> {
        self.of.iter().map(I::method)
    }

    /// The mean of what each method says of the same texts.
    fn mean(&self, each: &[&Probabilities], classes: usize) -> Probabilities {
        let texts = 0..each.first().map_or(0, |one| one.texts());
        let shares = texts.map(|text| {
            let of_class = |class: usize| self.mean_of(each, text, class as Label);
            shares((0..classes).map(of_class).collect(), self.average)
        });
        Probabilities::from_shares(classes, shares)
    }

    fn mean_of(&self, each: &[&Probabilities], text: usize, class: Label) -> f64 {
        let weighted = each.iter().zip(&self.weights).map(|(one, weight)| {
            let probability = one.of(text, class);
            weight
                * match self.average {
                    Average::Probabilities => probability,
                    Average::LogProbabilities => probability.max(LEAST).ln(),
                }
        });
        weighted.sum::<f64>() / self.weights.iter().sum::<f64>()
    }
}

/// The means of all classes as probabilities.
fn shares(means: Vec<f64>, of: Average) -> Vec<f64> {
    match of {
        Average::Probabilities => means,
        Average::LogProbabilities => Temperature::default().shares(&means),
    }
}
