//! The class-stratified bootstrap over test texts, for counts of any number of classes.
//!
//! Texts of one class that all trials answer alike are counted together. The classes are drawn from the last to the first, so that two of
//! them are drawn as F1 of the positive one is.

use std::collections::BTreeMap;

use fsl_common::classes::Label;
use rayon::prelude::*;

use crate::ClassCounts;
use crate::rng::StatisticRng;
use crate::text_bootstrap::draw;
use crate::weighted_scores::Scorer;

/// What stands in for a trial: a mean of other members.
pub(super) enum StandIn {
    /// Which of the positive and of the negative texts it predicts positive.
    Bits([Vec<bool>; 2]),
    /// What it predicts of every text, in the [order](ClassBootstrap::in_order) of the draws.
    Answers(Vec<Label>),
    /// Its probabilities, prepared for the metric.
    Scorer(Scorer),
    /// The mean itself, which is computed when it is needed.
    Mean,
}

/// A row with members drawn anew.
pub(super) struct Replicate {
    pub(super) weights: Vec<u32>,
    /// What a mean predicts then.
    pub(super) stand_in: Option<StandIn>,
    pub(super) value: f64,
}

/// What trials predict of texts, in a form that is counted quickly.
pub(super) struct ClassBootstrap {
    classes: usize,
    /// The texts' numbers, class by class from the last one.
    pub(super) order: Vec<usize>,
    /// Each text's class, in that order.
    pub(super) labels: Vec<Label>,
    /// Each text's group, in that order.
    groups: Vec<u32>,
    /// Each group's class.
    group_labels: Vec<Label>,
    /// What each trial predicts of each group.
    group_answers: Vec<Vec<Label>>,
    /// The texts of each class, from the last one.
    sizes: Vec<usize>,
    support: Vec<f64>,
}

/// Texts drawn anew.
#[derive(Clone)]
pub(super) struct Drawn {
    /// How often each text was drawn, in the order of the draws.
    pub(super) texts: Vec<u32>,
    /// How often texts of each group were drawn.
    groups: Vec<u32>,
}

/// Counts of one trial.
#[derive(Clone)]
pub(super) struct Tally {
    hits: Vec<u32>,
    predicted: Vec<u32>,
    pub(super) sums: ClassCounts,
}

impl ClassBootstrap {
    /// `None` for labels or answers that are none of the classes.
    pub(super) fn new(classes: usize, labels: &[Label], trials: &[Vec<Label>]) -> Option<Self> {
        let known = |all: &[Label]| all.iter().all(|&one| usize::from(one) < classes);
        if !known(labels) || !trials.iter().all(|trial| known(trial)) {
            return None;
        }
        let mut order: Vec<usize> = (0..labels.len()).collect();
        order.sort_by_key(|&text| std::cmp::Reverse(labels[text]));
        let mut numbers: BTreeMap<Vec<Label>, u32> = BTreeMap::new();
        let (mut groups, mut group_labels) = (Vec::new(), Vec::new());
        let mut group_answers = vec![Vec::new(); trials.len()];
        for &text in &order {
            let answers = trials.iter().map(|trial| trial[text]);
            let key = std::iter::once(labels[text]).chain(answers).collect();
            let next = group_labels.len() as u32;
            let group = *numbers.entry(key).or_insert(next);
            if group == next {
                group_labels.push(labels[text]);
                for (own, trial) in group_answers.iter_mut().zip(trials) {
                    own.push(trial[text]);
                }
            }
            groups.push(group);
        }
        let mut support = vec![0.0; classes];
        for &label in labels {
            support[usize::from(label)] += 1.0;
        }
        Some(Self {
            classes,
            labels: order.iter().map(|&text| labels[text]).collect(),
            order,
            groups,
            group_labels,
            group_answers,
            sizes: support.iter().rev().map(|&texts| texts as usize).collect(),
            support,
        })
    }

    /// Answers in the order of the draws.
    pub(super) fn in_order(&self, answers: &[Label]) -> Vec<Label> {
        self.order.iter().map(|&text| answers[text]).collect()
    }

    /// The numbers of the drawn texts, with repetitions.
    pub(super) fn numbers(&self, drawn: &Drawn) -> Vec<usize> {
        let all = self.order.iter().zip(&drawn.texts);
        all.flat_map(|(&text, &times)| std::iter::repeat_n(text, times as usize))
            .collect()
    }

    /// Computes `figure` of as many resamples of the texts.
    pub(super) fn over<T: Send>(
        &self,
        resamples: usize,
        purpose: &str,
        figure: impl Fn(usize, &Drawn, &mut Tally) -> T + Sync,
    ) -> Vec<T> {
        let draws = StatisticRng::new(purpose);
        let scratch = || {
            let drawn = Drawn {
                texts: vec![0; self.order.len()],
                groups: vec![0; self.group_labels.len()],
            };
            let mut sums = ClassCounts::new(self.classes);
            sums.support.clone_from(&self.support);
            let tally = Tally {
                hits: vec![0; self.classes],
                predicted: vec![0; self.classes],
                sums,
            };
            (drawn, tally, vec![0; self.order.len()])
        };
        (0..resamples)
            .into_par_iter()
            .map_init(scratch, |(drawn, tally, places), number| {
                let mut random = draws.for_resample(number);
                drawn.texts.fill(0);
                drawn.groups.fill(0);
                let mut first = 0;
                for &size in &self.sizes {
                    let places = &mut places[..size];
                    draw(&mut random, places);
                    for &mut place in places {
                        let text = first + place as usize;
                        drawn.texts[text] += 1;
                        drawn.groups[self.groups[text] as usize] += 1;
                    }
                    first += size;
                }
                figure(number, drawn, tally)
            })
            .collect()
    }

    /// Counts what a trial predicts of the drawn texts.
    pub(super) fn count_trial(&self, drawn: &Drawn, trial: usize, tally: &mut Tally) {
        tally.count(
            &self.group_labels,
            &self.group_answers[trial],
            &drawn.groups,
        );
    }

    /// Counts other answers, in the [order](Self::in_order) of the draws.
    pub(super) fn count_texts(&self, drawn: &Drawn, answers: &[Label], tally: &mut Tally) {
        tally.count(&self.labels, answers, &drawn.texts);
    }
}

impl Tally {
    fn count(&mut self, labels: &[Label], answers: &[Label], times: &[u32]) {
        self.hits.fill(0);
        self.predicted.fill(0);
        for ((&label, &answer), &times) in labels.iter().zip(answers).zip(times) {
            self.predicted[usize::from(answer)] += times;
            if label == answer {
                self.hits[usize::from(label)] += times;
            }
        }
        for (sums, counts) in [
            (&mut self.sums.hits, &self.hits),
            (&mut self.sums.predicted, &self.predicted),
        ] {
            for (sum, &count) in sums.iter_mut().zip(counts) {
                *sum = f64::from(count);
            }
        }
    }
}
