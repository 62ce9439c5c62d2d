//! Predictions of the two rows of a comparison: of trials, or of a mean of several models.

use std::borrow::Cow;
use std::collections::BTreeSet;

use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;

use crate::Metric;
use crate::ensemble::weighted_mean;

/// One row, by what its trials say of the same texts.
#[derive(Debug, Clone, PartialEq)]
pub enum RowPredictions {
    /// Trials: each has probabilities of every text.
    Trials {
        /// The classes' probabilities, trial by trial.
        probabilities: Vec<Probabilities>,
        /// Whether the method draws random numbers. One trial of a method that does has seed noise that nobody knows.
        random: bool,
        /// Which models they are, for [`Pairing::Members`]; empty where that does not matter.
        models: Vec<usize>,
    },
    /// One model: the mean of several models' probabilities.
    Average(AveragedModels),
}

/// The mean of several models' probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct AveragedModels {
    /// The classes' probabilities, model by model.
    pub members: Vec<Probabilities>,
    /// Whether the members count as given: their draw is no noise then.
    pub fixed: bool,
    /// Which models they are, for [`Pairing::Members`]; empty where that does not matter.
    pub models: Vec<usize>,
}

/// How the trials of two rows belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairing {
    /// Not at all.
    Unpaired,
    /// Trial by trial: they share seeds.
    Paired,
    /// One row is a mean of models that the other one has, too: all or some of its trials or members. Equal numbers name the same model.
    Members,
}

/// Two rows over the same texts.
#[derive(Debug, Clone, Copy)]
pub struct ComparisonInput<'a> {
    /// What the rows are compared by.
    pub metric: &'static Metric,
    /// What the texts are sorted into.
    pub classes: &'a Classes,
    /// The texts' labels.
    pub labels: &'a [Label],
    /// The row that is judged.
    pub a: &'a RowPredictions,
    /// The row that it is judged against.
    pub b: &'a RowPredictions,
    /// How their trials belong together.
    pub pairing: Pairing,
    /// Whether all trials of a row learnt from one teacher that was drawn at random: that draw is no part of the noise.
    pub one_teacher: bool,
}

impl ComparisonInput<'_> {
    /// Whether the metric is F1 of the positive one of two classes.
    pub(super) fn is_of_positive_f1(&self) -> bool {
        self.metric == Metric::primary() && self.metric.suits(self.classes)
    }

    /// Whether models are drawn once for both rows: they have some in common, all have names, and none counts as given.
    pub(super) fn draws_together(&self) -> bool {
        let named = |side: &RowPredictions| side.seeds() == Some(side.models().len());
        self.pairing == Pairing::Members && named(self.a) && named(self.b)
    }

    /// The models of both rows, each once, in ascending order.
    pub(super) fn models(&self) -> Vec<usize> {
        let all = self.a.models().iter().chain(self.b.models());
        let distinct: BTreeSet<usize> = all.copied().collect();
        distinct.into_iter().collect()
    }
}

impl RowPredictions {
    /// Trials, whose method draws random numbers or does not.
    pub fn trials(probabilities: Vec<Probabilities>, random: bool) -> Self {
        Self::Trials {
            probabilities,
            random,
            models: Vec::new(),
        }
    }

    /// The same, of these models.
    #[must_use]
    pub fn of_models(mut self, which: Vec<usize>) -> Self {
        match &mut self {
            Self::Trials { models, .. } | Self::Average(AveragedModels { models, .. }) => {
                *models = which;
            }
        }
        self
    }

    /// Which models these are.
    pub(super) fn models(&self) -> &[usize] {
        match self {
            Self::Trials { models, .. } | Self::Average(AveragedModels { models, .. }) => models,
        }
    }

    /// The classes' probabilities: of every trial, or of the mean; none of a mean without members.
    pub fn probabilities(&self) -> Cow<'_, [Probabilities]> {
        match self {
            Self::Trials { probabilities, .. } => Cow::Borrowed(probabilities),
            Self::Average(mean) => {
                let all = vec![1; mean.members.len()];
                Cow::Owned(weighted_mean(&mean.members, &all).into_iter().collect())
            }
        }
    }

    /// The number of trials or members whose draw is noise; `None` where nothing random is known of the row: one trial, or members that are
    /// given.
    pub fn seeds(&self) -> Option<usize> {
        let (n, counts) = match self {
            Self::Trials {
                probabilities,
                random,
                ..
            } => (probabilities.len(), *random),
            Self::Average(mean) => (mean.members.len(), !mean.fixed),
        };
        (n > 1 && counts).then_some(n)
    }

    /// Whether it is one model of which nothing is random.
    pub fn is_fixed(&self) -> bool {
        match self {
            Self::Trials {
                probabilities,
                random,
                ..
            } => probabilities.len() == 1 && !random,
            Self::Average(mean) => mean.fixed,
        }
    }

    /// Whether it is one trial of a method that draws random numbers.
    pub fn is_one_draw(&self) -> bool {
        match self {
            Self::Trials {
                probabilities,
                random,
                ..
            } => probabilities.len() == 1 && *random,
            Self::Average(mean) => mean.members.len() == 1 && !mean.fixed,
        }
    }
}
