//! Loaded models, and their predictions for texts.

use std::path::Path;

use crate::error::encoder_error;
use crate::named_encoder;
use crate::prompt::prompted;
use fsl_common::classes::Classes;
use fsl_common::seed::{self, Stream};
use fsl_common::settings::FitParams;
use fsl_common::settings::model_folder::TextRules;
use fsl_common::truncation::Truncation;
use fsl_exp::cli::args::InferArgs;
use fsl_exp::cli::console;
use fsl_exp::cli::error::CliError;
use fsl_nn::{
    self as nn, Classifier, Compute, Encoder, Head, ModelMetadata, NnError, ParallelClassifier,
    SavedModel, TokenLimit, Tokenizer,
};

/// Texts that are predicted before progress is shown.
const SLICE: usize = 1024;

/// Tokens per text of an untrained model, as published.
const UNTRAINED_TOKENS: usize = 64;

struct LoadedModel {
    name: String,
    classifier: ParallelClassifier,
    tokenizer: Tokenizer,
    /// Models of which all of this is equal read the same tokens.
    tokenizer_key: TokenizerKey,
    metadata: ModelMetadata,
}

/// What makes a text's tokens: the vocabulary, by its checksum, whether case is folded, what stands before texts, and which of them
/// are read.
#[derive(PartialEq)]
struct TokenizerKey {
    vocabulary: String,
    lowercase: bool,
    prompt: Option<String>,
    limit: TokenLimit,
}

impl TokenizerKey {
    fn new(tokenizer: &Tokenizer, metadata: &ModelMetadata) -> Self {
        Self {
            vocabulary: tokenizer.vocabulary().to_owned(),
            lowercase: metadata.lowercase,
            prompt: metadata.prompt.clone(),
            limit: metadata.limit(),
        }
    }
}

/// At least one model.
pub(super) struct LoadedModels {
    models: Vec<LoadedModel>,
    /// What the first of them did not read of the texts.
    pub(super) truncation: Truncation,
}

impl LoadedModels {
    /// Loads every model, saying so.
    pub(super) fn load(args: &InferArgs, compute: Compute) -> Result<Self, CliError> {
        for (index, folder) in args.model.iter().enumerate() {
            let found = folder.canonicalize().ok();
            let same = |other: &Path| found.is_some() && other.canonicalize().ok() == found;
            if args.model[..index].iter().any(|other| same(other)) {
                return Err(CliError::Usage {
                    option: "--model",
                    problem: format!("`{}` is given twice", folder.display()),
                });
            }
        }
        let load = |folder| LoadedModel::load(folder, args, compute);
        let models = args.model.iter().map(|folder| load(folder));
        Ok(Self {
            models: models.collect::<Result<_, _>>()?,
            truncation: Truncation::default(),
        })
    }

    /// What the models are called: the names of their folders.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.models.iter().map(|model| &*model.name)
    }

    /// What all models say alike; where they do not, `option` has to say it.
    pub(super) fn agreed<T: PartialEq>(
        &self,
        option: &'static str,
        what: &str,
        fact: impl Fn(&ModelMetadata) -> T,
    ) -> Result<T, CliError> {
        let agreed = fact(&self.models[0].metadata);
        match self
            .models
            .iter()
            .find(|model| fact(&model.metadata) != agreed)
        {
            None => Ok(agreed),
            Some(other) => Err(CliError::Usage {
                option,
                problem: format!(
                    "the models `{}` and `{}` differ in {what}; set this option",
                    self.models[0].name, other.name
                ),
            }),
        }
    }

    /// The probabilities that each model gives to each text: a row per text, in it one per model. `on_slice` gets how many texts are
    /// done.
    pub(super) fn predict(
        &mut self,
        texts: &[String],
        on_slice: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<Vec<f64>>>, NnError> {
        let mut rows = Vec::with_capacity(texts.len());
        for slice in texts.chunks(SLICE) {
            let mut predicted = vec![Vec::with_capacity(self.models.len()); slice.len()];
            let mut tokens: Vec<Vec<i64>> = Vec::new();
            for number in 0..self.models.len() {
                on_slice(rows.len());
                if number == 0
                    || self.models[number].tokenizer_key != self.models[number - 1].tokenizer_key
                {
                    let LoadedModel {
                        tokenizer,
                        tokenizer_key,
                        ..
                    } = &self.models[number];
                    let limit = tokenizer_key.limit;
                    let texts = prompted(tokenizer_key.prompt.as_deref(), slice);
                    tokens = tokenizer.encode_all(&texts, limit);
                    if number == 0 {
                        let cut = tokenizer.truncation_of(&texts, &tokens, limit);
                        self.truncation.add(cut);
                    }
                }
                let predicted_now = self.models[number].classifier.predict(&tokens, &mut |_| ());
                let probabilities = predicted_now.map_err(|error| error.after(rows.len()))?;
                for (row, values) in predicted.iter_mut().zip(probabilities.rows()) {
                    row.push(values.to_vec());
                }
            }
            rows.append(&mut predicted);
        }
        Ok(rows)
    }
}

impl LoadedModel {
    fn load(folder: &Path, args: &InferArgs, compute: Compute) -> Result<Self, CliError> {
        let name = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let name = name.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        if args.untrained.allow_untrained && !folder.exists() {
            console::say(&format!("WARNING: Model {} not found", folder.display()));
            console::say("WARNING: If training: new model from scratch");
            console::say(
                "WARNING: If classifying: the configuration does not fit the architecture and this model is not trained yet!",
            );
            return Self::untrained(name, args, compute);
        }
        let SavedModel {
            mut classifier,
            tokenizer,
            metadata,
        } = nn::load_model(folder, compute.device).map_err(encoder_error)?;
        classifier
            .encoder
            .set_inference_precision(compute.precision)
            .map_err(encoder_error)?;
        console::say(&format!("INFO: Model {} restored", folder.display()));
        console::warn_unverified(folder);
        Ok(Self {
            name,
            classifier: ParallelClassifier::new(classifier, args.compute.threads()),
            tokenizer_key: TokenizerKey::new(&tokenizer, &metadata),
            tokenizer,
            metadata,
        })
    }

    /// An encoder with a head of the published shape that has learnt nothing.
    fn untrained(name: String, args: &InferArgs, compute: Compute) -> Result<Self, CliError> {
        let files = named_encoder::open(&args.untrained.encoder, args.quiet)?.files;
        let tokenizer = files.tokenizer().map_err(encoder_error)?;
        let mut encoder = Encoder::load(&files, compute.device).map_err(encoder_error)?;
        encoder
            .set_inference_precision(compute.precision)
            .map_err(encoder_error)?;
        let params = FitParams::reference();
        let (hidden, positions) = (encoder.config().hidden, encoder.config().max_positions);
        let head = Head::new(
            hidden,
            params.hidden_units,
            2,
            params.pooling,
            params.head_dropout,
            seed::derive(args.untrained.seed, Stream::Init, 0),
            compute.device,
        );
        let metadata = ModelMetadata::new(
            Classes::zero_one(),
            &params,
            UNTRAINED_TOKENS.min(positions as usize),
            files.source().lowercase,
            "text_pp",
            TextRules::Reference,
        );
        Ok(Self {
            name,
            classifier: ParallelClassifier::new(
                Classifier { encoder, head },
                args.compute.threads(),
            ),
            tokenizer_key: TokenizerKey::new(&tokenizer, &metadata),
            tokenizer,
            metadata,
        })
    }
}
