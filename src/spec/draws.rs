//! What rows need and draw: encoders, other rows, random streams, and how many trials follow from these.

use super::cross::combinations;
use super::experiment::{Crossed, Method, Row, RowRef};
use crate::seed::Stream;

impl Method {
    /// The encoder that the method needs, if any.
    pub fn encoder(&self) -> Option<&str> {
        match self {
            Self::Random { .. } | Self::Majority | Self::Bow(_) | Self::Ensemble(_) => None,
            Self::Probe(probe) => Some(&probe.encoder),
            Self::Finetune(finetune) => Some(&finetune.encoder),
            Self::Distill(distill) => Some(&distill.training.encoder),
        }
    }

    /// The random streams that the method draws from, the drawing of training texts apart.
    pub fn streams(&self) -> &'static [Stream] {
        match self {
            Self::Random { .. } => &[Stream::Init],
            Self::Majority | Self::Bow(_) | Self::Probe(_) | Self::Ensemble(_) => &[],
            Self::Finetune(_) | Self::Distill(_) => &[Stream::Init, Stream::Order, Stream::Dropout],
        }
    }

    /// The row that the method builds on, with the key that names it.
    pub fn builds_on(&self) -> Option<(&'static str, &RowRef)> {
        match self {
            Self::Ensemble(ensemble) => Some(("ensemble.of", &ensemble.of)),
            Self::Distill(distill) => Some(("distill.teacher", &distill.teacher)),
            _ => None,
        }
    }

    /// Whether the method draws labelled or transfer texts where the spec asks for a part of them.
    fn samples(&self, train_size: bool) -> bool {
        match self {
            Self::Random { .. } | Self::Ensemble(_) => false,
            Self::Distill(distill) => {
                distill.transfer_size.is_some() || (distill.labelled && train_size)
            }
            Self::Majority | Self::Bow(_) | Self::Probe(_) | Self::Finetune(_) => train_size,
        }
    }
}

impl Row {
    /// The random streams that the row's trials draw from: the method's own, and the drawing of training texts where the
    /// spec asks for a part of them and the method learns from any.
    pub fn streams(&self) -> Vec<Stream> {
        let samples = self.method.samples(self.trials.train_size.is_some());
        let sample = samples.then_some(Stream::Sample);
        sample
            .into_iter()
            .chain(self.method.streams().iter().copied())
            .collect()
    }

    /// How many trials the row has: one where nothing that it draws from varies, and none where it is the mean of others. Trials
    /// that differ only in crossed streams that it does not draw from are one.
    pub fn trial_count(&self) -> u32 {
        if matches!(self.method, Method::Ensemble(_)) {
            return 0;
        }
        if self.has_own_draws() {
            self.trials.count
        } else {
            combinations(&self.design())
        }
    }

    /// Whether the row draws from a stream that differs in every trial.
    fn has_own_draws(&self) -> bool {
        let mut streams = self.streams().into_iter();
        streams.any(|stream| self.trials.vary.contains(&stream) && self.levels(stream).is_none())
    }

    /// How many levels a crossed stream has; `None` where the spec does not cross it.
    pub fn levels(&self, stream: Stream) -> Option<u32> {
        let mut cross = self.trials.cross.iter();
        let found = cross.find(|crossed| crossed.stream == stream);
        found.map(|crossed| crossed.levels)
    }

    /// The crossed streams whose levels make up a trial's number, the last one changing fastest: those that the row draws from,
    /// or all of the spec's where every combination is a trial of its own anyway.
    fn design(&self) -> Vec<Crossed> {
        if self.trials.cross.is_empty() {
            return Vec::new();
        }
        let streams = self.streams();
        let counts = |crossed: &Crossed| {
            streams.contains(&crossed.stream) && self.trials.vary.contains(&crossed.stream)
        };
        let all = self.has_own_draws();
        let cross = self.trials.cross.iter().copied();
        cross.filter(|crossed| all || counts(crossed)).collect()
    }

    /// The level, from 0, of a stream in trial `number` of the row; `None` where the number does not tell.
    fn level(&self, stream: Stream, number: u32) -> Option<u32> {
        let mut rest = number;
        for crossed in self.design().iter().rev() {
            if crossed.stream == stream {
                return Some(rest % crossed.levels);
            }
            rest /= crossed.levels;
        }
        None
    }

    /// The trial, of a spec that crosses nothing, whose seed `stream` has in trial `number` (from 0) of the row: the stream's level where
    /// it is crossed, the number itself where it varies besides, and 0 where it is fixed.
    pub fn seed_number(&self, stream: Stream, number: u32) -> u32 {
        if self.trials.vary.contains(&stream) {
            self.level(stream, number).unwrap_or(number)
        } else {
            0
        }
    }

    /// Whether both rows cross the same streams at the same levels.
    pub(super) fn is_crossed_as(&self, other: &Self) -> bool {
        !self.trials.cross.is_empty() && self.trials.cross == other.trials.cross
    }

    /// The trial of `teacher` that trial `number` of this student learns from: the only one; of a row that is crossed as the student
    /// is, the one at the student's levels, and at the first level where the student's number does not tell; otherwise the one
    /// of the same number.
    pub fn lesson_number(&self, teacher: &Self, number: u32) -> u32 {
        if teacher.trial_count() == 1 {
            return 0;
        }
        if !self.is_crossed_as(teacher) {
            return number;
        }
        teacher.design().iter().fold(0, |at, crossed| {
            at * crossed.levels + self.level(crossed.stream, number).unwrap_or(0)
        })
    }
}

impl Method {
    /// What the method builds on, to be changed to the arm that is meant.
    pub(super) fn builds_on_mut(&mut self) -> Option<&mut RowRef> {
        match self {
            Self::Ensemble(ensemble) => Some(&mut ensemble.of),
            Self::Distill(distill) => Some(&mut distill.teacher),
            _ => None,
        }
    }
}
