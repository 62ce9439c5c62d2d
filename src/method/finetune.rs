//! An encoder and a classifier head, trained together: the published `FSL` rows.

use std::time::Instant;

use super::outcome::over_sets;
use super::{EncoderInputs, Fit, MethodError, Outcome, Progress, Task};
use crate::nn::{
    self, Classifier, Compute, EncoderConfig, Examples, FitReport, FitSeeds, ModelFacts, TextRules,
    Tokenizer,
};
use crate::seed::Stream;
use crate::settings::Preprocess;
use crate::settings::{EncoderSource, FitParams, LossParams};

/// Fine-tunes on the training texts and scores the others.
pub(super) fn run(
    inputs: &EncoderInputs,
    params: &FitParams,
    task: &Task,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, MethodError> {
    let targets = labels(task);
    let training = Training {
        method: "finetune",
        inputs,
        params,
        loss: &LossParams::bce(),
        texts: task.train_texts,
        targets: &targets,
    };
    training.run(task, on_progress)
}

/// The labels as targets.
pub(super) fn labels(task: &Task) -> Vec<f32> {
    task.train_labels
        .iter()
        .map(|&label| f32::from(label))
        .collect()
}

/// A training of encoder and head, whatever the texts and targets.
pub(super) struct Training<'a> {
    pub(super) method: &'static str,
    pub(super) inputs: &'a EncoderInputs,
    pub(super) params: &'a FitParams,
    pub(super) loss: &'a LossParams,
    pub(super) texts: &'a [String],
    pub(super) targets: &'a [f32],
}

impl Training<'_> {
    /// Trains, keeps the model where that was asked for, and gives every set its probabilities.
    pub(super) fn run(
        &self,
        task: &Task,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let started = Instant::now();
        nn::set_threads(self.inputs.threads as usize);
        let compute = task.compute(self.inputs)?;
        let (words, mut classifier, fit) = if let Some(folder) = task.fitted {
            let (mut classifier, facts) = nn::load_model(folder, compute.device)?;
            classifier.encoder.infer_in(compute.precision)?;
            let source = nn::model_source(folder, &facts);
            let words = Words::load(&source, self.inputs.max_tokens)?;
            (words, classifier, None)
        } else {
            let source = task.encoder(self.method)?;
            let words = Words::load(source, self.inputs.max_tokens)?;
            let (classifier, fit) = self.fit(source, compute, &words, task, on_progress)?;
            self.keep(&classifier, source, task)?;
            (words, classifier, Some(fit))
        };
        if let Some(precision) = self.inputs.inference {
            classifier.encoder.infer_in(precision)?;
        }
        let fit_time = started.elapsed();
        let probabilities = over_sets(task, on_progress, |texts, tell| {
            classifier.predict(&words.encode(texts), &mut |progress| tell(progress.done))
        })?;
        Ok(Outcome {
            probabilities,
            fit,
            fit_time,
            predict_time: started.elapsed() - fit_time,
        })
    }

    fn fit(
        &self,
        source: &EncoderSource,
        compute: Compute,
        words: &Words,
        task: &Task,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<(Classifier, Fit), MethodError> {
        let seeds = FitSeeds {
            init: task.seed(Stream::Init),
            order: task.seed(Stream::Order),
            dropout: task.seed(Stream::Dropout),
        };
        let mut on_step = |step: nn::Step| {
            let (done, total) = (step.step as u64, step.steps as u64);
            on_progress(Progress::Fit {
                done,
                total,
                loss: step.loss.into(),
            });
        };
        let (classifier, report) = nn::fit(
            source,
            compute,
            self.params,
            self.loss,
            Examples {
                texts: &words.encode(self.texts),
                targets: self.targets,
            },
            seeds,
            &mut on_step,
        )?;
        Ok((classifier, fit(&report)))
    }

    /// Leaves the model where that was asked for.
    fn keep(
        &self,
        classifier: &Classifier,
        source: &EncoderSource,
        task: &Task,
    ) -> Result<(), MethodError> {
        let Some(keep) = task.keep else {
            return Ok(());
        };
        let rules = match keep.preprocess {
            Preprocess::None => TextRules::None,
            Preprocess::Reference => TextRules::Reference,
        };
        let max_tokens = self.inputs.max_tokens as usize;
        let facts = ModelFacts::new(self.params, max_tokens, source.lowercase, keep.text, rules);
        Ok(nn::save_model(classifier, source, &facts, keep.folder)?)
    }
}

/// The tokenizer of an encoder, and how much of a text it reads.
pub(super) struct Words {
    tokenizer: Tokenizer,
    max_tokens: usize,
}

impl Words {
    pub(super) fn load(source: &EncoderSource, max_tokens: u32) -> Result<Self, MethodError> {
        let positions = EncoderConfig::read(&source.config)?.max_positions;
        if i64::from(max_tokens) > positions {
            return Err(MethodError::TooLong {
                max_tokens,
                positions,
            });
        }
        Ok(Self {
            tokenizer: Tokenizer::load(&source.vocab, source.lowercase)?,
            max_tokens: max_tokens as usize,
        })
    }

    /// Token ids of texts, special ones included.
    pub(super) fn encode(&self, texts: &[String]) -> Vec<Vec<i64>> {
        self.tokenizer.encode_all(texts, self.max_tokens)
    }
}

fn fit(report: &FitReport) -> Fit {
    let per_epoch = report.steps.div_ceil(report.epochs.max(1)).max(1);
    let mean = |losses: &[f32]| {
        losses.iter().map(|&loss| f64::from(loss)).sum::<f64>() / losses.len() as f64
    };
    Fit {
        steps: report.steps as u64,
        epoch_losses: report.losses.chunks(per_epoch).map(mean).collect(),
    }
}
