//! One fit and one prediction, whatever the method.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::inputs::MethodInputs;
use super::{EncoderInputs, MethodError, baseline, bow, distill, finetune, probe};
use crate::nn::{self, Compute, NnError};
use crate::seed::Stream;
use crate::settings::Preprocess;
use crate::settings::{DeviceKind, EncoderSource};

/// What a method learns from, what it is asked about, and the seeds it may draw from.
#[derive(Debug)]
pub struct Task<'a> {
    /// Texts to learn from.
    pub train_texts: &'a [String],
    /// Their labels, 0 or 1.
    pub train_labels: &'a [u8],
    /// Sets of texts to give probabilities to: the test texts, and any transfer sets that students will learn from.
    pub sets: &'a [&'a [String]],
    /// What a student learns beside, or instead of, the labelled texts.
    pub lesson: Option<Lesson<'a>>,
    /// A folder with the model of an earlier fit, which then is not repeated.
    pub fitted: Option<&'a Path>,
    /// Where to leave the fitted model.
    pub keep: Option<Keep<'a>>,
    /// The encoder's files, where the method needs one.
    pub encoder: Option<&'a EncoderSource>,
    /// The device that encoders are computed on: `cpu`, `cuda` or `cuda:N`.
    pub device: &'a str,
    /// The seed of each stream that the method draws from.
    pub seeds: &'a BTreeMap<Stream, u64>,
}

/// Where a fitted model is left, and what its users must know of the texts that it learnt from.
#[derive(Debug, Clone, Copy)]
pub struct Keep<'a> {
    /// The folder, which need not exist.
    pub folder: &'a Path,
    /// The column of texts.
    pub text: &'a str,
    /// The rules that made the texts of this column.
    pub preprocess: Preprocess,
}

/// Texts and what a teacher says of them.
#[derive(Debug, Clone, Copy)]
pub struct Lesson<'a> {
    /// The texts.
    pub texts: &'a [String],
    /// The teacher's P(label = 1) of each.
    pub probabilities: &'a [f64],
}

impl<'a> Task<'a> {
    /// The seed of a stream; 0 for one that the request does not hold, which then is not drawn from.
    pub(super) fn seed(&self, stream: Stream) -> u64 {
        self.seeds.get(&stream).copied().unwrap_or_default()
    }

    /// Where and in what an encoder is computed.
    pub(super) fn compute(&self, inputs: &EncoderInputs) -> Result<Compute, MethodError> {
        if DeviceKind::of(self.device) != Some(inputs.device) {
            return Err(NnError::Device {
                got: self.device.to_owned(),
                problem: format!(
                    "the trial is to be computed on `{}`",
                    inputs.device.as_str()
                ),
            }
            .into());
        }
        Ok(Compute {
            device: nn::parse_device(self.device)?,
            precision: inputs.precision,
        })
    }

    /// The encoder's files.
    pub(super) fn encoder(&self, method: &'static str) -> Result<&'a EncoderSource, MethodError> {
        self.encoder.ok_or(MethodError::NoEncoder { method })
    }
}

/// What a method leaves: probabilities and how it came to them.
#[derive(Debug)]
pub struct Outcome {
    /// P(label = 1) of every text, set by set, in their order.
    pub probabilities: Vec<Vec<f64>>,
    /// How the fit went, where there were steps.
    pub fit: Option<Fit>,
    /// Time until the model was fitted, loading included.
    pub fit_time: Duration,
    /// Time to give every text its probability.
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
    /// Texts with a probability.
    Predict {
        /// Texts done.
        done: u64,
        /// Texts in all.
        total: u64,
    },
}

/// How a method is fitted: [`run`], or [`run_plain`] in a program without libtorch.
pub type Fitter =
    fn(&MethodInputs, &Task, &mut dyn FnMut(Progress)) -> Result<Outcome, MethodError>;

/// Fits a method that [needs no libtorch](MethodInputs::needs_libtorch) and predicts. Nothing that is called from here links
/// libtorch.
///
/// # Errors
/// See [`MethodError`].
pub fn run_plain(
    method: &MethodInputs,
    task: &Task,
    _on_progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, MethodError> {
    match method {
        MethodInputs::Random { draws } => Ok(timed(task, |set, texts| {
            let seed = task.seed(Stream::Init) ^ if set == 0 { 0 } else { TRANSFER_COINS };
            baseline::random(texts.len(), *draws, seed)
        })),
        MethodInputs::Majority {} => Ok(timed(task, |_, texts| {
            baseline::majority(texts.len(), task.train_labels)
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
        MethodInputs::Probe { .. }
        | MethodInputs::Finetune { .. }
        | MethodInputs::Distill { .. } => Err(MethodError::NeedsLibtorch {
            method: method.name(),
        }),
    }
}

/// Fits any method and predicts: a pure function of the method, the task's texts and its seeds.
///
/// # Errors
/// See [`MethodError`].
pub fn run(
    method: &MethodInputs,
    task: &Task,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, MethodError> {
    match method {
        MethodInputs::Random { .. } | MethodInputs::Majority {} | MethodInputs::Bow { .. } => {
            run_plain(method, task, on_progress)
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
        MethodInputs::Distill {
            encoder,
            params,
            loss,
            lesson,
        } => distill::run(encoder, params, loss, lesson.labelled, task, on_progress),
    }
}

/// Turns the seed of the test texts' coins into that of a transfer set's, whatever the number of sets.
const TRANSFER_COINS: u64 = 0x7472_616e_7366_6572;

/// An outcome of a method that has nothing to fit; `predict` gets a set's number and its texts.
fn timed(task: &Task, predict: impl Fn(usize, &[String]) -> Vec<f64>) -> Outcome {
    let started = Instant::now();
    let sets = task.sets.iter().enumerate();
    let probabilities = sets.map(|(set, texts)| predict(set, texts)).collect();
    Outcome {
        probabilities,
        fit: None,
        fit_time: Duration::ZERO,
        predict_time: started.elapsed(),
    }
}

/// Gives every set its probabilities, telling progress over all of them. `predict` gets a set's texts and whom to tell how
/// many of them are done.
pub(super) fn over_sets<E>(
    task: &Task,
    on_progress: &mut dyn FnMut(Progress),
    mut predict: impl FnMut(&[String], &mut dyn FnMut(usize)) -> Result<Vec<f64>, E>,
) -> Result<Vec<Vec<f64>>, E> {
    let total = task.sets.iter().map(|texts| texts.len() as u64).sum();
    let mut before = 0;
    let mut all = Vec::with_capacity(task.sets.len());
    for texts in task.sets {
        let mut tell = |done: usize| {
            on_progress(Progress::Predict {
                done: before + done as u64,
                total,
            });
        };
        all.push(predict(texts, &mut tell)?);
        before += texts.len() as u64;
    }
    Ok(all)
}
