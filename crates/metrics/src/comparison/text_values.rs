//! A metric's values of every trial of two rows: of all texts, and of texts drawn anew.
//!
//! As many texts of each class are drawn with replacement as there are. F1 of the positive one of two classes is counted bit by bit,
//! metrics of counts are counted class by class, metrics of probabilities are prepared trial by trial, and any other one is computed anew from
//! the drawn texts' probabilities.

use std::borrow::Cow;

use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;
use rayon::prelude::*;

use super::class_bootstrap::{ClassBootstrap, Replicate, StandIn};
use super::predictions::{ComparisonInput, RowPredictions};
use crate::ensemble::weighted_mean;
use crate::rng::affordable;
use crate::text_bootstrap::{BitSlicedPredictions, TEXT_RESAMPLES, over_texts};
use crate::weighted_scores::{Scorer, Weighted};
use crate::{Confusion, ConfusionMatrix, Evaluation};

/// Probabilities that the resamples of the texts read in all, where they are prepared for the metric and where it is computed anew: there
/// may be fewer resamples than [`TEXT_RESAMPLES`] then, but never fewer than 200.
const READ_PREPARED: usize = 300_000_000;
const READ_ANEW: usize = 100_000_000;
const FEWEST_RESAMPLES: usize = 200;

/// Probabilities of means with other members that are kept.
const KEPT: usize = 50_000_000;

/// The values of both rows' trials: those of the first row, then those of the second one. Larger ones are better: values of which the
/// lower ones are better have their sign changed.
pub(super) struct TextValues<'a> {
    pub(super) input: ComparisonInput<'a>,
    /// What every trial predicts.
    pub(super) answers: Vec<Vec<Label>>,
    /// Of all texts.
    pub(super) scores: Vec<f64>,
    probabilities: [Cow<'a, [Probabilities]>; 2],
    engine: Engine,
}

enum Engine {
    /// F1 of the positive one of two classes.
    Bits(BitSlicedPredictions),
    /// Any metric of counts.
    Counts(ClassBootstrap),
    /// A metric of probabilities, for which each trial is prepared.
    Scores(ClassBootstrap, Vec<Scorer>),
    /// Any other metric of probabilities.
    Probabilities(ClassBootstrap),
}

/// What stands in for a row's only trial in the resample of a number.
pub(super) type Stand<'a> = dyn Fn(usize) -> [Option<&'a Replicate>; 2] + Sync + 'a;

impl<'a> TextValues<'a> {
    /// `None` where a row has no trial, the rows are not of these texts and classes, or the metric is not defined.
    pub(super) fn new(input: &ComparisonInput<'a>) -> Option<Self> {
        let probabilities = [input.a, input.b].map(RowPredictions::probabilities);
        let fits = |one: &Probabilities| {
            one.texts() == input.labels.len() && one.classes() == input.classes.count()
        };
        let full = |row: &Cow<[Probabilities]>| !row.is_empty() && row.iter().all(fits);
        let no_positive = input.metric.needs_positive && !input.labels.contains(&1);
        let suits = input.metric.suits(input.classes) && !no_positive;
        if input.labels.is_empty() || !suits || !probabilities.iter().all(full) {
            return None;
        }
        let all = || probabilities.iter().flat_map(|row| row.iter());
        let answers: Vec<Vec<Label>> = all().map(Probabilities::predicted).collect();
        let scores = all().zip(&answers);
        let scores = scores.map(|(one, answers)| score(input, one, answers));
        Some(Self {
            input: *input,
            scores: scores.collect::<Option<_>>()?,
            engine: Engine::new(input, &answers, &probabilities)?,
            answers,
            probabilities,
        })
    }

    /// The number of trials of each row.
    pub(super) fn trials(&self) -> [usize; 2] {
        self.probabilities.each_ref().map(|row| row.len())
    }

    /// The values of each row's trials.
    pub(super) fn rows(&self) -> [&[f64]; 2] {
        let (a, b) = self.scores.split_at(self.trials()[0]);
        [a, b]
    }

    /// How many resamples of the texts are enough, or as many as there is time for.
    pub(super) fn resamples(&self) -> usize {
        let read = match self.engine {
            Engine::Bits(_) | Engine::Counts(_) => {
                return affordable(TEXT_RESAMPLES, self.scores.len());
            }
            Engine::Scores(..) => READ_PREPARED,
            Engine::Probabilities(_) => READ_ANEW,
        };
        let values = self.read_of_trial() * self.scores.len();
        (read / values.max(1)).clamp(FEWEST_RESAMPLES, TEXT_RESAMPLES)
    }

    /// How often the members of a mean are drawn anew: at most so often.
    pub(super) fn member_resamples(&self, most: usize) -> usize {
        match self.engine {
            Engine::Bits(_) | Engine::Counts(_) => most,
            Engine::Scores(..) | Engine::Probabilities(_) => {
                let kept = KEPT / self.read_of_trial().max(1);
                most.min(self.resamples()).min(kept.max(FEWEST_RESAMPLES))
            }
        }
    }

    /// Probabilities that a metric reads of one trial.
    fn read_of_trial(&self) -> usize {
        let all = self.input.classes.count();
        let mean = matches!(
            self.input.metric.weighted,
            Weighted::TextMean(_) | Weighted::Calibration
        );
        self.input.labels.len() * if mean { 1 } else { all }
    }

    /// A row with its trials or members counted so often; `None` where the metric is not defined then.
    pub(super) fn replicate(&self, row: usize, weights: Vec<u32>) -> Option<Replicate> {
        let RowPredictions::Average(mean) = [self.input.a, self.input.b][row] else {
            let value = weighted(self.rows()[row], &weights);
            return Some(Replicate {
                weights,
                value,
                stand_in: None,
            });
        };
        let mean = weighted_mean(&mean.members, &weights)?;
        let answers = mean.predicted();
        if let Engine::Scores(texts, _) = &self.engine {
            let scorer = scorer(&self.input, texts, &mean)?;
            let all = vec![1; answers.len()];
            return Some(Replicate {
                value: self.input.metric.direction.sign() * scorer.value(&all),
                weights,
                stand_in: Some(StandIn::Scorer(scorer)),
            });
        }
        let value = score(&self.input, &mean, &answers)?;
        let stand_in = match &self.engine {
            Engine::Bits(_) => StandIn::Bits([1, 0].map(|class| {
                let both = self.input.labels.iter().zip(&answers);
                let own = both.filter(|&(&label, _)| label == class);
                own.map(|(_, &answer)| answer == 1).collect()
            })),
            Engine::Counts(texts) => StandIn::Answers(texts.in_order(&answers)),
            Engine::Scores(..) | Engine::Probabilities(_) => StandIn::Mean,
        };
        Some(Replicate {
            weights,
            value,
            stand_in: Some(stand_in),
        })
    }

    /// Computes `figure` of as many resamples of the texts, from all trials' values.
    pub(super) fn over_texts<T: Send>(
        &self,
        resamples: usize,
        purpose: &str,
        stand: Option<&Stand>,
        figure: impl Fn(usize, &[f64]) -> T + Sync,
    ) -> Vec<T> {
        match &self.engine {
            Engine::Bits(bits) => self.over_bits(bits, resamples, purpose, stand, figure),
            Engine::Counts(texts) => {
                let firsts = [0, self.trials()[0]];
                let stand_in = |number: usize| stand_ins(stand, firsts, number);
                texts.over(resamples, purpose, |number, drawn, counts| {
                    let stand_ins = stand_in(number);
                    let one = |(trial, &own): (usize, &f64)| {
                        let other = stand_ins.iter().find(|(place, _)| *place == trial);
                        match other {
                            Some((_, StandIn::Answers(answers))) => {
                                texts.count_texts(drawn, answers, counts);
                            }
                            _ => texts.count_trial(drawn, trial, counts),
                        }
                        self.oriented(self.input.metric.of_counts(&counts.sums), own)
                    };
                    let values: Vec<f64> = self.scores.iter().enumerate().map(one).collect();
                    figure(number, &values)
                })
            }
            Engine::Scores(texts, scorers) => texts.over(resamples, purpose, |number, drawn, _| {
                let stand_ins = stand_ins(stand, [0, self.trials()[0]], number);
                let one = |(trial, own): (usize, &Scorer)| {
                    let other = stand_ins.iter().find(|(place, _)| *place == trial);
                    let scorer = match other {
                        Some((_, StandIn::Scorer(scorer))) => scorer,
                        _ => own,
                    };
                    self.input.metric.direction.sign() * scorer.value(&drawn.texts)
                };
                let values: Vec<f64> = scorers.iter().enumerate().map(one).collect();
                figure(number, &values)
            }),
            Engine::Probabilities(texts) => texts.over(resamples, purpose, |number, drawn, _| {
                let texts = texts.numbers(drawn);
                let labels: Vec<Label> =
                    texts.iter().map(|&text| self.input.labels[text]).collect();
                let stand = stand.map_or([None, None], |stand| stand(number));
                let values: Vec<f64> = (0..self.scores.len())
                    .map(|trial| self.of_drawn(trial, stand, &texts, &labels))
                    .collect();
                figure(number, &values)
            }),
        }
    }

    fn over_bits<T: Send>(
        &self,
        bits: &BitSlicedPredictions,
        resamples: usize,
        purpose: &str,
        stand: Option<&Stand>,
        figure: impl Fn(usize, &[f64]) -> T + Sync,
    ) -> Vec<T> {
        let firsts = [0, self.trials()[0]];
        let change = |number: usize, bits: &mut BitSlicedPredictions| {
            for (trial, other) in stand_ins(stand, firsts, number) {
                if let StandIn::Bits(classes) = other {
                    bits.replace(trial, classes.each_ref().map(Vec::as_slice));
                }
            }
        };
        let change: Option<&crate::text_bootstrap::Change> = match stand {
            Some(_) => Some(&change),
            None => None,
        };
        let trials = self.scores.len();
        over_texts(bits, resamples, purpose, change, |number, counts| {
            let values: Vec<f64> = (0..trials).map(|trial| counts.f1(trial)).collect();
            figure(number, &values)
        })
    }

    /// A trial's value of drawn texts, from its probabilities.
    fn of_drawn(
        &self,
        trial: usize,
        stand: [Option<&Replicate>; 2],
        texts: &[usize],
        labels: &[Label],
    ) -> f64 {
        let row = usize::from(trial >= self.trials()[0]);
        let own = self.scores[trial];
        let place = trial - row * self.trials()[0];
        let side = [self.input.a, self.input.b][row];
        let drawn = match (side, stand[row]) {
            (RowPredictions::Average(mean), Some(replicate)) => {
                weighted_mean(&mean.members, &replicate.weights).map(|mean| mean.select(texts))
            }
            _ => Some(self.probabilities[row][place].select(texts)),
        };
        let value = drawn.and_then(|drawn| {
            let of = Evaluation::new(self.input.classes, labels, &drawn).ok()?;
            self.input.metric.evaluate(&of).ok()?
        });
        self.oriented(value, own)
    }

    /// A resample of which the metric is not defined says nothing: the trial's own value stands for it.
    fn oriented(&self, value: Option<f64>, own: f64) -> f64 {
        value.map_or(own, |value| self.input.metric.direction.sign() * value)
    }
}

impl Engine {
    fn new(
        input: &ComparisonInput,
        answers: &[Vec<Label>],
        probabilities: &[Cow<[Probabilities]>; 2],
    ) -> Option<Self> {
        if input.is_of_positive_f1() {
            let predictions: Vec<Vec<bool>> = answers
                .iter()
                .map(|one| one.iter().map(|&one| one == 1).collect())
                .collect();
            let slices: Vec<&[bool]> = predictions.iter().map(Vec::as_slice).collect();
            return Some(Self::Bits(BitSlicedPredictions::new(input.labels, &slices)));
        }
        let texts = ClassBootstrap::new(input.classes.count(), input.labels, answers)?;
        if !input.metric.needs_probabilities() {
            return Some(Self::Counts(texts));
        }
        let all: Vec<&Probabilities> = probabilities.iter().flat_map(|row| row.iter()).collect();
        let scorers = all.into_par_iter().map(|one| scorer(input, &texts, one));
        Some(match scorers.collect::<Option<Vec<Scorer>>>() {
            Some(scorers) => Self::Scores(texts, scorers),
            None => Self::Probabilities(texts),
        })
    }
}

/// A trial, prepared for the metric; `None` where that is computed anew.
fn scorer(input: &ComparisonInput, texts: &ClassBootstrap, of: &Probabilities) -> Option<Scorer> {
    let of = of.select(&texts.order);
    Scorer::new(input.metric.weighted, input.classes, &texts.labels, &of)
}

/// The trials that others stand in for in the resample of a number.
fn stand_ins<'a>(
    stand: Option<&Stand<'a>>,
    firsts: [usize; 2],
    number: usize,
) -> Vec<(usize, &'a StandIn)> {
    let replicates = stand.map_or([None, None], |stand| stand(number));
    let both = firsts.into_iter().zip(replicates);
    both.filter_map(|(first, one)| Some((first, one?.stand_in.as_ref()?)))
        .collect()
}

/// The value of a trial, the larger one being the better one; `None` where the metric is not defined.
fn score(input: &ComparisonInput, of: &Probabilities, answers: &[Label]) -> Option<f64> {
    if input.is_of_positive_f1() {
        return Some(f1(input.labels, answers));
    }
    let value = if input.metric.needs_probabilities() {
        let of = Evaluation::new(input.classes, input.labels, of).ok()?;
        input.metric.evaluate(&of).ok()?
    } else {
        let matrix = ConfusionMatrix::new(input.classes.count(), input.labels, answers).ok()?;
        input.metric.of_counts(&matrix.counts())
    };
    value.map(|value| input.metric.direction.sign() * value)
}

/// F1 of label 1.
pub(super) fn f1(labels: &[Label], answers: &[Label]) -> f64 {
    counts(labels, answers).f1()
}

/// The counts of two classes.
pub(super) fn counts(labels: &[Label], answers: &[Label]) -> Confusion {
    let mut counts = Confusion::default();
    for (label, answer) in labels.iter().zip(answers) {
        *match (label, answer) {
            (1, 1) => &mut counts.true_positives,
            (1, _) => &mut counts.false_negatives,
            (_, 1) => &mut counts.false_positives,
            (_, _) => &mut counts.true_negatives,
        } += 1;
    }
    counts
}

/// The mean of values that count so often.
pub(super) fn weighted(values: &[f64], weights: &[u32]) -> f64 {
    let total: u32 = weights.iter().sum();
    let sum: f64 = values
        .iter()
        .zip(weights)
        .map(|(value, &weight)| f64::from(weight) * value)
        .sum();
    sum / f64::from(total)
}
