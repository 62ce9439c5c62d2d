//! Encoders on libtorch, as methods reach them.

use std::path::Path;

use crate::batch_tokenizer::BatchTokenizer;
use crate::embedding_cache::{EmbeddingCache, Numbers};
use crate::error::refused;
use fsl_common::fsio::CachedChecksum;
use fsl_common::probabilities::Probabilities;
use fsl_common::sentence::DenseSource;
use fsl_common::settings::model_folder::TextRules;
use fsl_common::settings::{DeviceKind, EncoderSource, Pooling, Preprocess};
use fsl_common::truncation::Truncation;
use fsl_core::trial::TrialRequest;
use fsl_exp::cli::console;
use fsl_methods::{
    Embedder, EncoderInputs, Encoders, Fit, MethodError, PairTraining, Predictor, Progress,
    SaveModel, Training,
};
use fsl_nn::{
    self as nn, Classifier, Compute, Encoder, Examples, FitReport, FitSeeds, LabelledTexts,
    ModelMetadata, NnError, OpenEncoder, PairSeeds, VectorModules,
};

/// The special tokens around a text of a tokenizer that is vocab.txt and a case.
const PLAIN_SPECIAL_TOKENS: usize = 2;

/// The encoder of one trial, on one device.
#[derive(Debug)]
pub(crate) struct TorchEncoders<'a> {
    /// Its files, where the trial needs them.
    source: Option<&'a EncoderSource>,
    /// The files of its dense layers.
    dense: &'a [DenseSource],
    /// What is known of files.
    checksums: &'a [CachedChecksum],
    /// `cpu`, `cuda` or `cuda:N`.
    device: &'a str,
    /// Whether vectors may be taken from the cache.
    cached: bool,
}

impl<'a> TorchEncoders<'a> {
    /// The encoder of a trial; vectors of earlier trials are used again unless it shall recompute them.
    pub(crate) fn new(request: &'a TrialRequest) -> Self {
        Self {
            source: request.files.encoder.as_ref(),
            dense: &request.files.dense,
            checksums: &request.checksums,
            device: request.device(),
            cached: !request.extras.recompute,
        }
    }

    /// The files, which must be those that the trial was planned with.
    fn open(&self, inputs: &EncoderInputs) -> Result<OpenEncoder, MethodError> {
        let source = self.source.ok_or(MethodError::NoEncoder)?;
        let files =
            OpenEncoder::verified(source, &inputs.sha256, self.checksums).map_err(refused)?;
        if let Some(notice) = files.notice() {
            console::warn(&[&source.config], &notice);
        }
        Ok(files)
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
        let files = self.open(inputs)?;
        let tokenizer = BatchTokenizer::load(&files, inputs)?;
        let Compute { device, precision } = self.compute(inputs)?;
        let mut encoder = Encoder::load(&files, device).map_err(refused)?;
        let hidden = encoder.config().hidden;
        let modules = VectorModules::load(&inputs.modules, self.dense, hidden, device);
        encoder
            .set_inference_precision(inputs.inference.unwrap_or(precision))
            .map_err(refused)?;
        let cache = Some(inputs).filter(|_| self.cached);
        Ok(Box::new(TorchEmbedder {
            encoder,
            modules: modules.map_err(refused)?,
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
        let files = self.open(inputs)?;
        let tokenizer = BatchTokenizer::load(&files, inputs)?;
        let texts = tokenizer.encode(training.texts)?;
        let (mut classifier, report) =
            fit(&files, compute, training, &texts, on_progress).map_err(refused)?;
        drop(texts);
        if let Some(save) = training.save_model {
            save_model(&classifier, &files, training, inputs, save).map_err(refused)?;
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

    fn train_on_pairs(
        &self,
        inputs: &EncoderInputs,
        training: &PairTraining,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<(Box<dyn Embedder>, Fit), MethodError> {
        let compute = self.compute(inputs)?;
        let files = self.open(inputs)?;
        let tokenizer = BatchTokenizer::load(&files, inputs)?;
        let texts = tokenizer.encode(training.texts)?;
        let (mut encoder, report) =
            train_on_pairs(&files, compute, training, &texts, on_progress).map_err(refused)?;
        let hidden = encoder.config().hidden;
        let modules = VectorModules::load(&inputs.modules, self.dense, hidden, compute.device);
        if let Some(precision) = inputs.inference {
            encoder
                .set_inference_precision(precision)
                .map_err(refused)?;
        }
        let embedder = TorchEmbedder {
            encoder,
            modules: modules.map_err(refused)?,
            tokenizer,
            // Vectors of this encoder are of no use to others.
            cache: None,
        };
        Ok((Box::new(embedder), summary(&report)))
    }

    fn load_model(
        &self,
        inputs: &EncoderInputs,
        folder: &Path,
    ) -> Result<Box<dyn Predictor>, MethodError> {
        let compute = self.compute(inputs)?;
        let model = nn::load_model(folder, compute.device).map_err(refused)?;
        let mut classifier = model.classifier;
        classifier
            .encoder
            .set_inference_precision(compute.precision)
            .map_err(refused)?;
        let positions = classifier.encoder.config().max_positions;
        let tokenizer = BatchTokenizer::new(model.tokenizer, inputs, positions)?;
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
        let cache = Some(inputs).filter(|_| self.cached);
        let cache = cache.and_then(EmbeddingCache::new);
        // Loaded only where the counts are not cached, or where it says how many special tokens it has.
        let mut tokenizer = None;
        if self
            .source
            .is_some_and(|source| !source.tokenizer.is_empty())
        {
            tokenizer = Some(BatchTokenizer::load(&self.open(inputs)?, inputs)?);
        }
        let special_tokens = tokenizer
            .as_ref()
            .map_or(PLAIN_SPECIAL_TOKENS, BatchTokenizer::special_tokens);
        let mut count = |texts: &[String]| {
            let loaded = match tokenizer.take() {
                Some(loaded) => loaded,
                None => BatchTokenizer::load(&self.open(inputs)?, inputs)?,
            };
            let lengths = loaded.lengths(texts);
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
            let places = (inputs.max_tokens as usize).saturating_sub(special_tokens);
            Ok(Truncation::of_places(lengths, places, inputs.long_texts))
        };
        sets.iter().map(truncation).collect()
    }
}

fn train_on_pairs(
    files: &OpenEncoder,
    compute: Compute,
    training: &PairTraining,
    texts: &[Vec<i64>],
    on_progress: &mut dyn FnMut(Progress),
) -> Result<(Encoder, FitReport), NnError> {
    let settings = (training.params, training.pooling);
    let learnt = LabelledTexts {
        texts,
        labels: training.labels,
    };
    let seeds = PairSeeds {
        order: training.order,
        dropout: training.dropout,
    };
    let on_step = &mut |step| on_progress(progress_of(step));
    nn::train_on_pairs(files, compute, settings, learnt, seeds, on_step)
}

fn progress_of(step: nn::Step) -> Progress {
    Progress::Fit {
        done: step.step as u64,
        total: step.steps as u64,
        loss: step.loss.into(),
    }
}

fn fit(
    files: &OpenEncoder,
    compute: Compute,
    training: &Training,
    texts: &[Vec<i64>],
    on_progress: &mut dyn FnMut(Progress),
) -> Result<(Classifier, FitReport), NnError> {
    let mut on_step = |step| on_progress(progress_of(step));
    let examples = Examples {
        texts,
        classes: training.classes.count(),
        targets: training.targets,
    };
    let seeds = FitSeeds {
        init: training.seeds.init,
        order: training.seeds.order,
        dropout: training.seeds.dropout,
    };
    let (params, loss) = (training.params, training.loss);
    nn::fit(files, compute, params, loss, examples, seeds, &mut on_step)
}

fn save_model(
    classifier: &Classifier,
    files: &OpenEncoder,
    training: &Training,
    encoder: &EncoderInputs,
    save: SaveModel,
) -> Result<(), NnError> {
    let rules = match save.preprocess {
        Preprocess::None => TextRules::None,
        Preprocess::Reference => TextRules::Reference,
    };
    let (max_tokens, lowercase) = (encoder.max_tokens as usize, files.source().lowercase);
    let classes = training.classes.clone();
    let params = training.params;
    let metadata = ModelMetadata::new(classes, params, max_tokens, lowercase, save.text, rules)
        .with_prompt(encoder.prompt.clone())
        .with_long_texts(encoder.long_texts);
    nn::save_model(classifier, files, &metadata, save.folder)
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
    modules: VectorModules,
    tokenizer: BatchTokenizer,
    cache: Option<EmbeddingCache>,
}

impl Embedder for TorchEmbedder {
    fn blocks(&self) -> u32 {
        self.encoder.depth() as u32
    }

    fn embed(
        &self,
        texts: &[String],
        pooling: Pooling,
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        let mut compute = || {
            let on_batch = &mut |progress: nn::Progress| on_text(progress.done);
            let (encoder, modules) = (&self.encoder, &self.modules);
            self.tokenizer
                .embed(encoder, texts, pooling, modules, on_batch)
        };
        let vectors = match &self.cache {
            Some(cache) => cache.numbers(texts, Numbers::Vectors(pooling), compute),
            None => compute(),
        }?;
        on_text(texts.len());
        Ok(vectors)
    }

    fn embed_layers(
        &self,
        texts: &[String],
        pooling: Pooling,
        layers: &[u32],
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        let mut compute = || {
            let (encoder, ids) = (&self.encoder, self.tokenizer.encode(texts)?);
            let chosen: Vec<usize> = layers.iter().map(|&layer| layer as usize).collect();
            let on_batch = &mut |progress: nn::Progress| on_text(progress.done);
            nn::embed_layers(encoder, &ids, pooling, &chosen, on_batch).map_err(refused)
        };
        let rows = match &self.cache {
            Some(cache) => cache.numbers(texts, Numbers::Layers(pooling, layers), compute),
            None => compute(),
        }?;
        on_text(texts.len());
        Ok(rows)
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
        let ids = self.tokenizer.encode(texts)?;
        let on_batch = &mut |progress: nn::Progress| on_text(progress.done);
        self.classifier.predict(&ids, on_batch).map_err(refused)
    }
}
