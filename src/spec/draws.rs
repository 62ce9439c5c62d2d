//! What rows need and draw: encoders, other rows, random streams, and how many trials follow from these.

use super::experiment::{Method, Row, RowRef};
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

    /// How many trials the row has: one where nothing that it draws from varies, and none where it is the mean of others.
    pub fn trial_count(&self) -> u32 {
        if matches!(self.method, Method::Ensemble(_)) {
            return 0;
        }
        let mut streams = self.streams().into_iter();
        if streams.any(|stream| self.trials.vary.contains(&stream)) {
            self.trials.count
        } else {
            1
        }
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
