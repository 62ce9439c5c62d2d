//! One fit and one prediction, whatever the method.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::inputs::MethodInputs;
use super::{MethodError, baseline, bow, finetune, probe};
use crate::nn::EncoderSource;
use crate::seed::Stream;

/// What a method learns from, what it is asked about, and the seeds it may draw from.
#[derive(Debug)]
pub struct Task<'a> {
    /// Texts to learn from.
    pub train_texts: &'a [String],
    /// Their labels, 0 or 1.
    pub train_labels: &'a [u8],
    /// Texts to give a probability to.
    pub test_texts: &'a [String],
    /// The encoder's files, where the method needs one.
    pub encoder: Option<&'a EncoderSource>,
    /// The seed of each stream that the method draws from.
    pub seeds: &'a BTreeMap<Stream, u64>,
}

impl<'a> Task<'a> {
    /// The seed of a stream; 0 for one that the request does not hold, which then is not drawn from.
    pub(super) fn seed(&self, stream: Stream) -> u64 {
        self.seeds.get(&stream).copied().unwrap_or_default()
    }

    /// The encoder's files.
    pub(super) fn encoder(&self, method: &'static str) -> Result<&'a EncoderSource, MethodError> {
        self.encoder.ok_or(MethodError::NoEncoder { method })
    }
}

/// What a method leaves: probabilities and how it came to them.
#[derive(Debug)]
pub struct Outcome {
    /// P(label = 1) of every test text, in their order.
    pub probabilities: Vec<f64>,
    /// How the fit went, where there were steps.
    pub fit: Option<Fit>,
    /// Time until the model was fitted, loading included.
    pub fit_time: Duration,
    /// Time to give every test text its probability.
    pub predict_time: Duration,
}

/// How a fit in steps went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Fit {
    /// Optimiser steps taken.
    pub steps: u64,
    /// The mean training loss of each epoch.
    pub epoch_losses: Vec<f64>,
}

/// How far a trial is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Steps of the fit.
    Fit {
        /// Steps done.
        done: u64,
        /// Steps in all.
        total: u64,
        /// The loss of the last step.
        loss: f64,
    },
    /// Test texts with a probability.
    Predict {
        /// Texts done.
        done: u64,
        /// Texts in all.
        total: u64,
    },
}

/// Fits the method and predicts: a pure function of the method, the task's texts and its seeds.
///
/// # Errors
/// See [`MethodError`].
pub fn run(
    method: &MethodInputs,
    task: &Task,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, MethodError> {
    match method {
        MethodInputs::Random { draws } => Ok(timed(|| {
            baseline::random(task.test_texts.len(), *draws, task.seed(Stream::Init))
        })),
        MethodInputs::Majority {} => Ok(timed(|| {
            baseline::majority(task.test_texts.len(), task.train_labels)
        })),
        MethodInputs::Bow {
            ngram_max,
            min_df,
            stop_words,
            c,
            balanced,
        } => {
            let bow = bow::Bow {
                ngram_max: *ngram_max,
                min_df: *min_df,
                stop_words: *stop_words,
            };
            bow.run(bow::params(*c, *balanced), task)
        }
        MethodInputs::Probe {
            encoder,
            pooling,
            c,
            balanced,
        } => probe::run(
            encoder,
            *pooling,
            bow::params(*c, *balanced),
            task,
            on_progress,
        ),
        MethodInputs::Finetune { encoder, params } => {
            finetune::run(encoder, params, task, on_progress)
        }
    }
}

/// An outcome of a method that has nothing to fit.
fn timed(predict: impl FnOnce() -> Vec<f64>) -> Outcome {
    let started = Instant::now();
    let probabilities = predict();
    Outcome {
        probabilities,
        fit: None,
        fit_time: Duration::ZERO,
        predict_time: started.elapsed(),
    }
}
