//! A method's context (texts, labels, seeds, encoders) and its outcome.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{EncoderInputs, MethodError};
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use fsl_common::seed::Stream;
use fsl_common::settings::{FitParams, LossParams, PairParams, Pooling, Preprocess};
use fsl_common::truncation::Truncation;

/// What a method learns from, what it is asked about, and the seeds it may draw from.
#[derive(Clone, Copy)]
pub struct MethodContext<'a> {
    /// Texts to learn from.
    pub train_texts: &'a [String],
    /// Their labels.
    pub train_labels: &'a [Label],
    /// What texts are sorted into.
    pub classes: &'a Classes,
    /// Sets of texts to give probabilities to: the test texts, and any transfer sets that students will learn from.
    pub sets: &'a [&'a [String]],
    /// What a student learns beside, or instead of, the labelled texts.
    pub soft_targets: Option<SoftTargets<'a>>,
    /// Texts without labels, for methods that learn from them by themselves.
    pub pool: &'a [String],
    /// What another program said of each set.
    pub imported: &'a [Probabilities],
    /// A folder with the model of an earlier fit, which then is not repeated.
    pub saved_model: Option<&'a Path>,
    /// Where to leave the fitted model.
    pub save_model: Option<SaveModel<'a>>,
    /// What computes encoders.
    pub encoders: &'a dyn Encoders,
    /// The seed of each stream that the method draws from.
    pub seeds: &'a BTreeMap<Stream, u64>,
}

/// Texts and a teacher's probabilities for them.
#[derive(Debug, Clone, Copy)]
pub struct SoftTargets<'a> {
    /// The texts.
    pub texts: &'a [String],
    /// The teacher's probabilities of each.
    pub probabilities: &'a Probabilities,
}

/// Where a fitted model is left, and what its users must know of the texts that it learnt from.
#[derive(Debug, Clone, Copy)]
pub struct SaveModel<'a> {
    /// The folder, which need not exist.
    pub folder: &'a Path,
    /// The column of texts.
    pub text: &'a str,
    /// The rules that made the texts of this column.
    pub preprocess: Preprocess,
}

/// Encoders as methods use them: texts in, numbers out. The worker computes them with libtorch, tests look them up in a table.
/// What is not implemented ends with [`MethodError::NeedsLibtorch`].
pub trait Encoders {
    /// Loads a pretrained encoder for inference.
    ///
    /// # Errors
    /// See [`MethodError`].
    fn load(&self, encoder: &EncoderInputs) -> Result<Box<dyn Embedder>, MethodError> {
        let _ = encoder;
        Err(MethodError::NeedsLibtorch)
    }

    /// How many blocks an encoder has.
    ///
    /// # Errors
    /// See [`MethodError`].
    fn blocks(&self, encoder: &EncoderInputs) -> Result<u32, MethodError> {
        Ok(self.load(encoder)?.blocks())
    }

    /// Fine-tunes an encoder and a new classifier head, and leaves the model where that is asked for.
    ///
    /// # Errors
    /// See [`MethodError`].
    fn finetune(
        &self,
        encoder: &EncoderInputs,
        training: &Training,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<(Box<dyn Predictor>, Fit), MethodError> {
        let _ = (encoder, training, on_progress);
        Err(MethodError::NeedsLibtorch)
    }

    /// Trains an encoder on pairs of labelled texts, and leaves it ready for inference.
    ///
    /// # Errors
    /// See [`MethodError`].
    fn train_on_pairs(
        &self,
        encoder: &EncoderInputs,
        training: &PairTraining,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<(Box<dyn Embedder>, Fit), MethodError> {
        let _ = (encoder, training, on_progress);
        Err(MethodError::NeedsLibtorch)
    }

    /// Loads the model of an earlier [`finetune`](Self::finetune).
    ///
    /// # Errors
    /// See [`MethodError`].
    fn load_model(
        &self,
        encoder: &EncoderInputs,
        folder: &Path,
    ) -> Result<Box<dyn Predictor>, MethodError> {
        let _ = (encoder, folder);
        Err(MethodError::NeedsLibtorch)
    }

    /// How much of each set of texts the encoder does not read.
    ///
    /// # Errors
    /// See [`MethodError`].
    fn truncation(
        &self,
        encoder: &EncoderInputs,
        sets: &[&[String]],
    ) -> Result<Vec<Truncation>, MethodError> {
        let _ = (encoder, sets);
        Err(MethodError::NeedsLibtorch)
    }
}

/// A pretrained encoder.
pub trait Embedder {
    /// One vector per text. `on_text` is told how many texts are done.
    ///
    /// # Errors
    /// See [`MethodError`].
    fn embed(
        &self,
        texts: &[String],
        pooling: Pooling,
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, MethodError>;

    /// How many blocks a text goes through: the largest layer.
    fn blocks(&self) -> u32;

    /// One vector per text: its pooled rows at these layers end to end, without what follows the pooling. Layer 0 is the embeddings' output,
    /// layer `l` that of the `l`-th block.
    ///
    /// # Errors
    /// See [`MethodError`].
    fn embed_layers(
        &self,
        texts: &[String],
        pooling: Pooling,
        layers: &[u32],
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, MethodError>;
}

/// A fine-tuned encoder with its head.
pub trait Predictor {
    /// The probabilities of every text. `on_text` is told how many texts are done.
    ///
    /// # Errors
    /// See [`MethodError`].
    fn predict(
        &self,
        texts: &[String],
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Probabilities, MethodError>;
}

/// A training of encoder and head.
#[derive(Debug)]
pub struct Training<'a> {
    /// Every hyper-parameter.
    pub params: &'a FitParams,
    /// The loss.
    pub loss: &'a LossParams,
    /// The texts.
    pub texts: &'a [String],
    /// What texts are sorted into.
    pub classes: &'a Classes,
    /// Targets in [0, 1], text by text: labels, or a teacher's probabilities. Two classes have one target per text, for label 1;
    /// more have one per class.
    pub targets: &'a [f32],
    /// The seeds.
    pub seeds: TrainingSeeds,
    /// Where to leave the model.
    pub save_model: Option<SaveModel<'a>>,
}

/// A contrastive training of an encoder.
#[derive(Debug)]
pub struct PairTraining<'a> {
    /// Every hyper-parameter.
    pub params: &'a PairParams,
    /// Which row of a text is compared.
    pub pooling: Pooling,
    /// The texts.
    pub texts: &'a [String],
    /// Their labels.
    pub labels: &'a [Label],
    /// Which texts become pairs, and their order.
    pub order: u64,
    /// Which units dropout silences.
    pub dropout: u64,
}

/// The seeds of a training, one per random stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrainingSeeds {
    /// First weights.
    pub init: u64,
    /// The order of the texts.
    pub order: u64,
    /// Masks of dropout.
    pub dropout: u64,
}

/// No encoders: a program without libtorch.
#[derive(Debug, Clone, Copy)]
pub struct NoEncoders;

impl Encoders for NoEncoders {}

/// What a method leaves: probabilities and how it came to them.
#[derive(Debug)]
pub struct Outcome {
    /// The probabilities of every text, set by set, in their order.
    pub probabilities: Vec<Probabilities>,
    /// How the fit went, where there were steps.
    pub fit: Option<Fit>,
    /// Which candidate was taken, where there were several.
    pub selection: Option<Selection>,
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

/// Which of several candidates was taken, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Selection {
    /// The candidate's place in the list, from 0.
    pub chosen: u32,
    /// What each candidate scored in the cross-validation, in the list's order; nothing where it could not be fitted to a part of the texts.
    pub scores: Vec<Option<f64>>,
    /// Parts of the labelled texts.
    pub folds: u32,
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

impl MethodContext<'_> {
    /// The seed of a stream; 0 for one that the request does not hold, which then is not drawn from.
    pub fn seed(&self, stream: Stream) -> u64 {
        self.seeds.get(&stream).copied().unwrap_or_default()
    }

    /// Refuses too few texts to learn from without labels.
    pub(super) fn check_pool(&self) -> Result<(), MethodError> {
        match self.pool.len() {
            got @ ..2 => Err(MethodError::FewTransferTexts { got }),
            _ => Ok(()),
        }
    }

    /// The outcome of a method whose fit began at `started` and ends here; `predict` gets the texts of a set.
    pub(super) fn predict_fitted(
        &self,
        started: Instant,
        predict: impl Fn(&[String]) -> Probabilities,
    ) -> Outcome {
        let fit_time = started.elapsed();
        let sets = self.sets.iter();
        Outcome {
            probabilities: sets.map(|texts| predict(texts)).collect(),
            fit: None,
            selection: None,
            fit_time,
            predict_time: started.elapsed() - fit_time,
        }
    }

    /// The outcome of a method that has nothing to fit; `predict` gets a set's number and its texts.
    pub(super) fn predict_unfitted(
        &self,
        predict: impl Fn(usize, &[String]) -> Probabilities,
    ) -> Outcome {
        let started = Instant::now();
        let sets = self.sets.iter().enumerate();
        let probabilities = sets.map(|(set, texts)| predict(set, texts)).collect();
        Outcome {
            probabilities,
            fit: None,
            selection: None,
            fit_time: Duration::ZERO,
            predict_time: started.elapsed(),
        }
    }

    /// Gives every set its probabilities, reporting progress over all of them. `predict` gets a set's texts and what to tell how
    /// many of them are done.
    pub(super) fn predict_sets(
        &self,
        on_progress: &mut dyn FnMut(Progress),
        mut predict: impl FnMut(&[String], &mut dyn FnMut(usize)) -> Result<Probabilities, MethodError>,
    ) -> Result<Vec<Probabilities>, MethodError> {
        let total = self.sets.iter().map(|texts| texts.len() as u64).sum();
        let mut before = 0;
        let mut all = Vec::with_capacity(self.sets.len());
        for texts in self.sets {
            let mut on_text = |done: usize| {
                on_progress(Progress::Predict {
                    done: before + done as u64,
                    total,
                });
            };
            all.push(predict(texts, &mut on_text)?);
            before += texts.len() as u64;
        }
        Ok(all)
    }
}
