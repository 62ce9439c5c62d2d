//! Encoders on libtorch, as methods reach them.

use std::path::Path;

use crate::embedding_cache::{EmbeddingCache, Numbers};
use fsl_common::probabilities::Probabilities;
use fsl_common::settings::model_folder::TextRules;
use fsl_common::settings::{DeviceKind, EncoderSource, Pooling, Preprocess};
use fsl_common::truncation::Truncation;
use fsl_methods::{
    Embedder, EncoderError, EncoderInputs, Encoders, Fit, MethodError, Predictor, Progress,
    SaveModel, Training,
};
use fsl_nn::{
    self as nn, Classifier, Compute, Encoder, EncoderConfig, Examples, FitReport, FitSeeds,
    ModelMetadata, NnError, Tokenizer,
};

/// The encoder of one trial, on one device.
#[derive(Debug)]
pub(crate) struct TorchEncoders<'a> {
    /// Its files, where the trial needs them.
    source: Option<&'a EncoderSource>,
    /// `cpu`, `cuda` or `cuda:N`.
    device: &'a str,
    /// Whether vectors may be taken from the cache.
    cached: bool,
}

impl<'a> TorchEncoders<'a> {
    /// The encoder with these files on this device; with `cached`, vectors of earlier trials are used again.
    pub(crate) fn new(source: Option<&'a EncoderSource>, device: &'a str, cached: bool) -> Self {
        Self {
            source,
            device,
            cached,
        }
    }

    fn source(&self) -> Result<&'a EncoderSource, MethodError> {
        self.source.ok_or(MethodError::NoEncoder)
    }

    /// Sets the number of threads; says where and in what the encoder is computed.
    fn compute(&self, inputs: &EncoderInputs) -> Result<Compute, MethodError> {
        nn::set_threads(inputs.threads as usize);
        if DeviceKind::from_name(self.device) != Some(inputs.device) {
            return Err(refused(NnError::Device {
                got: self.device.to_owned(),
                problem: format!(
                    "the trial should be computed on `{}`",
                    inputs.device.as_str()
                ),
            }));
        }
        Ok(Compute {
            device: nn::parse_device(self.device).map_err(refused)?,
            precision: inputs.precision,
        })
    }
}

impl Encoders for TorchEncoders<'_> {
    fn load(&self, inputs: &EncoderInputs) -> Result<Box<dyn Embedder>, MethodError> {
        let source = self.source()?;
        let tokenizer = BatchTokenizer::load(source, inputs.max_tokens)?;
        let Compute { device, precision } = self.compute(inputs)?;
        let mut encoder = Encoder::load(source, device).map_err(refused)?;
        encoder
            .set_inference_precision(inputs.inference.unwrap_or(precision))
            .map_err(refused)?;
        let cache = Some(inputs).filter(|_| self.cached);
        Ok(Box::new(TorchEmbedder {
            encoder,
            tokenizer,
            cache: cache.and_then(EmbeddingCache::new),
        }))
    }

    fn finetune(
        &self,
        inputs: &EncoderInputs,
        training: &Training,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<(Box<dyn Predictor>, Fit), MethodError> {
        let compute = self.compute(inputs)?;
        let source = self.source()?;
        let tokenizer = BatchTokenizer::load(source, inputs.max_tokens)?;
        let (mut classifier, report) =
            fit(source, compute, training, &tokenizer, on_progress).map_err(refused)?;
        if let Some(save) = training.save_model {
            save_model(&classifier, source, training, inputs.max_tokens, save).map_err(refused)?;
        }
        if let Some(precision) = inputs.inference {
            classifier
                .encoder
                .set_inference_precision(precision)
                .map_err(refused)?;
        }
        let fit = summary(&report);
        let predictor = TorchPredictor {
            classifier,
            tokenizer,
        };
        Ok((Box::new(predictor), fit))
    }

    fn load_model(
        &self,
        inputs: &EncoderInputs,
        folder: &Path,
    ) -> Result<Box<dyn Predictor>, MethodError> {
        let compute = self.compute(inputs)?;
        let (mut classifier, metadata) = nn::load_model(folder, compute.device).map_err(refused)?;
        classifier
            .encoder
            .set_inference_precision(compute.precision)
            .map_err(refused)?;
        let source = nn::model_source(folder, &metadata);
        let tokenizer = BatchTokenizer::load(&source, inputs.max_tokens)?;
        if let Some(precision) = inputs.inference {
            classifier
                .encoder
                .set_inference_precision(precision)
                .map_err(refused)?;
        }
        Ok(Box::new(TorchPredictor {
            classifier,
            tokenizer,
        }))
    }

    fn truncation(
        &self,
        inputs: &EncoderInputs,
        sets: &[&[String]],
    ) -> Result<Vec<Truncation>, MethodError> {
        let source = self.source()?;
        let cache = Some(inputs).filter(|_| self.cached);
        let cache = cache.and_then(EmbeddingCache::new);
        // Loaded only where the counts are not cached.
        let mut tokenizer = None;
        let mut count = |texts: &[String]| {
            let loaded = match tokenizer.take() {
                Some(loaded) => loaded,
                None => BatchTokenizer::load(source, inputs.max_tokens)?,
            };
            let lengths = loaded.tokenizer.lengths(texts);
            tokenizer = Some(loaded);
            // Exact: no text has 2^24 tokens.
            let lengths = lengths.iter().map(|&length| vec![length as f32]);
            Ok::<_, MethodError>(lengths.collect())
        };
        let truncation = |texts: &&[String]| {
            let lengths: Vec<Vec<f32>> = match &cache {
                _ if texts.is_empty() => Vec::new(),
                Some(cache) => cache.numbers(texts, Numbers::Tokens, || count(texts))?,
                None => count(texts)?,
            };
            let lengths = lengths.iter().flatten().map(|&length| length as u64);
            Ok(Truncation::new(lengths, inputs.max_tokens as usize))
        };
        sets.iter().map(truncation).collect()
    }
}

fn fit(
    source: &EncoderSource,
    compute: Compute,
    training: &Training,
    tokenizer: &BatchTokenizer,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<(Classifier, FitReport), NnError> {
    let mut on_step = |step: nn::Step| {
        on_progress(Progress::Fit {
            done: step.step as u64,
            total: step.steps as u64,
            loss: step.loss.into(),
        });
    };
    let examples = Examples {
        texts: &tokenizer.encode(training.texts),
        classes: training.classes.count(),
        targets: training.targets,
    };
    let seeds = FitSeeds {
        init: training.seeds.init,
        order: training.seeds.order,
        dropout: training.seeds.dropout,
    };
    let (params, loss) = (training.params, training.loss);
    nn::fit(source, compute, params, loss, examples, seeds, &mut on_step)
}

fn save_model(
    classifier: &Classifier,
    source: &EncoderSource,
    training: &Training,
    max_tokens: u32,
    save: SaveModel,
) -> Result<(), NnError> {
    let rules = match save.preprocess {
        Preprocess::None => TextRules::None,
        Preprocess::Reference => TextRules::Reference,
    };
    let (max_tokens, lowercase) = (max_tokens as usize, source.lowercase);
    let classes = training.classes.clone();
    let params = training.params;
    let metadata = ModelMetadata::new(classes, params, max_tokens, lowercase, save.text, rules);
    nn::save_model(classifier, source, &metadata, save.folder)
}

/// The steps of a fit and the mean loss of each epoch.
fn summary(report: &FitReport) -> Fit {
    let per_epoch = report.steps.div_ceil(report.epochs.max(1)).max(1);
    let mean = |losses: &[f32]| {
        losses.iter().map(|&loss| f64::from(loss)).sum::<f64>() / losses.len() as f64
    };
    Fit {
        steps: report.steps as u64,
        epoch_losses: report.losses.chunks(per_epoch).map(mean).collect(),
    }
}

struct TorchEmbedder {
    encoder: Encoder,
    tokenizer: BatchTokenizer,
    cache: Option<EmbeddingCache>,
}

impl Embedder for TorchEmbedder {
    fn embed(
        &self,
        texts: &[String],
        pooling: Pooling,
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        let mut compute = || {
            let (encoder, ids) = (&self.encoder, self.tokenizer.encode(texts));
            let on_batch = &mut |progress: nn::Progress| on_text(progress.done);
            nn::embed(encoder, &ids, pooling, false, on_batch).map_err(refused)
        };
        let vectors = match &self.cache {
            Some(cache) => cache.numbers(texts, Numbers::Vectors(pooling), compute),
            None => compute(),
        }?;
        on_text(texts.len());
        Ok(vectors)
    }
}

struct TorchPredictor {
    classifier: Classifier,
    tokenizer: BatchTokenizer,
}

impl Predictor for TorchPredictor {
    fn predict(
        &self,
        texts: &[String],
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Probabilities, MethodError> {
        let ids = self.tokenizer.encode(texts);
        let on_batch = &mut |progress: nn::Progress| on_text(progress.done);
        self.classifier.predict(&ids, on_batch).map_err(refused)
    }
}

/// The tokenizer of an encoder, and how much of a text it reads.
struct BatchTokenizer {
    tokenizer: Tokenizer,
    max_tokens: usize,
}

impl BatchTokenizer {
    fn load(source: &EncoderSource, max_tokens: u32) -> Result<Self, MethodError> {
        let positions = EncoderConfig::read(&source.config)
            .map_err(refused)?
            .max_positions;
        if i64::from(max_tokens) > positions {
            return Err(MethodError::TooLong {
                max_tokens,
                positions,
            });
        }
        Ok(Self {
            tokenizer: Tokenizer::load(&source.vocab, source.lowercase).map_err(refused)?,
            max_tokens: max_tokens as usize,
        })
    }

    /// Token ids of texts, special ones included.
    fn encode(&self, texts: &[String]) -> Vec<Vec<i64>> {
        self.tokenizer.encode_all(texts, self.max_tokens)
    }
}

/// An error of libtorch's side as methods have it.
fn refused(error: NnError) -> MethodError {
    let hint = error.hint();
    EncoderError::new(error, hint).into()
}
