//! Predictions of the two rows of a comparison: of trials, or of a mean of several models.

use std::collections::BTreeSet;

use fsl_common::classes::Label;

use crate::Confusion;
use crate::ensemble::weighted_mean;

/// One row, by what its trials say of the same texts.
#[derive(Debug, Clone, PartialEq)]
pub enum RowPredictions {
    /// Trials: each has a prediction per text.
    Trials {
        /// What is predicted of every text.
        predictions: Vec<Vec<bool>>,
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
    /// P(label = 1) of every text, model by model.
    pub members: Vec<Vec<f64>>,
    /// Above it a text is positive.
    pub threshold: f64,
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
    /// The texts' labels, 0 or 1.
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
    /// Trials at a threshold.
    pub fn trials(probabilities: &[Vec<f64>], threshold: f64, random: bool) -> Self {
        let predict = |trial: &Vec<f64>| trial.iter().map(|&one| one > threshold).collect();
        Self::Trials {
            predictions: probabilities.iter().map(predict).collect(),
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

    /// What is predicted: of every trial, or of the mean.
    pub fn predictions(&self) -> Vec<Vec<bool>> {
        match self {
            Self::Trials { predictions, .. } => predictions.clone(),
            Self::Average(mean) => vec![mean.predict(&vec![1; mean.members.len()])],
        }
    }

    /// The number of trials or members whose draw is noise; `None` where nothing random is known of the row: one trial, or members that are
    /// given.
    pub fn seeds(&self) -> Option<usize> {
        let (n, counts) = match self {
            Self::Trials {
                predictions,
                random,
                ..
            } => (predictions.len(), *random),
            Self::Average(mean) => (mean.members.len(), !mean.fixed),
        };
        (n > 1 && counts).then_some(n)
    }

    /// Whether it is one model of which nothing is random.
    pub fn is_fixed(&self) -> bool {
        match self {
            Self::Trials {
                predictions,
                random,
                ..
            } => predictions.len() == 1 && !random,
            Self::Average(mean) => mean.fixed,
        }
    }

    /// Whether it is one trial of a method that draws random numbers.
    pub fn is_one_draw(&self) -> bool {
        match self {
            Self::Trials {
                predictions,
                random,
                ..
            } => predictions.len() == 1 && *random,
            Self::Average(mean) => mean.members.len() == 1 && !mean.fixed,
        }
    }
}

impl AveragedModels {
    /// What the mean predicts where member m counts `weights[m]` times.
    pub(super) fn predict(&self, weights: &[u32]) -> Vec<bool> {
        let mean = weighted_mean(&self.members, weights);
        mean.iter().map(|&one| one > self.threshold).collect()
    }
}

/// F1 of predictions.
pub(super) fn f1(labels: &[Label], predictions: &[bool]) -> f64 {
    counts(labels, predictions).f1()
}

/// The counts of predictions.
pub(super) fn counts(labels: &[Label], predictions: &[bool]) -> Confusion {
    let mut counts = Confusion::default();
    for (&label, &positive) in labels.iter().zip(predictions) {
        *match (label, positive) {
            (1, true) => &mut counts.true_positives,
            (1, false) => &mut counts.false_negatives,
            (_, true) => &mut counts.false_positives,
            (_, false) => &mut counts.true_negatives,
        } += 1;
    }
    counts
}
