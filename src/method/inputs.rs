//! A method with every value spelled out, as a trial's key covers it and a worker runs it.

use serde::{Deserialize, Serialize};

use super::recipe;
use crate::nn::FitParams;
use crate::spec::{Method, Pooling, StopWordList};

/// A method with nothing left to a default: recipes are resolved, encoders are named by their contents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum MethodInputs {
    /// Fair coins.
    Random {
        /// Draws per text.
        draws: u32,
    },
    /// The most frequent class of the training texts.
    Majority {},
    /// TF-IDF and logistic regression.
    Bow {
        /// Words per n-gram at most.
        ngram_max: u32,
        /// Training texts that must contain an n-gram.
        min_df: u32,
        /// Words left out.
        stop_words: StopWordList,
        /// Inverse strength of the L2 penalty.
        c: f64,
        /// Weigh classes by inverse frequency.
        balanced: bool,
    },
    /// A frozen encoder and logistic regression.
    Probe {
        /// Where and how the encoder runs.
        encoder: EncoderInputs,
        /// How a text's vectors become one.
        pooling: Pooling,
        /// Inverse strength of the L2 penalty.
        c: f64,
        /// Weigh classes by inverse frequency.
        balanced: bool,
    },
    /// An encoder and a head, trained together.
    Finetune {
        /// Where and how the encoder runs.
        encoder: EncoderInputs,
        /// Every hyper-parameter.
        params: Box<FitParams>,
    },
}

/// An encoder by its contents, and the circumstances that change the last digits of what it computes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EncoderInputs {
    /// One SHA-256 for the contents of weights, vocabulary and config.json.
    pub sha256: String,
    /// Tokens per text at most, special ones included.
    pub max_tokens: u32,
    /// The kind of number that matrix products are computed in.
    pub precision: Precision,
    /// libtorch threads.
    pub threads: u32,
}

/// The kind of number that matrix products are computed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// IEEE single precision.
    F32,
}

impl MethodInputs {
    /// Spells a spec's method out. `encoder` is asked for only by methods that need one.
    ///
    /// # Errors
    /// Whatever `encoder` says.
    pub fn resolve<E>(
        method: &Method,
        encoder: impl FnOnce(&str) -> Result<EncoderInputs, E>,
    ) -> Result<Self, E> {
        Ok(match method {
            Method::Random { draws } => Self::Random { draws: *draws },
            Method::Majority => Self::Majority {},
            Method::Bow(bow) => Self::Bow {
                ngram_max: bow.ngram_max,
                min_df: bow.min_df,
                stop_words: bow.stop_words,
                c: bow.c,
                balanced: bow.balanced,
            },
            Method::Probe(probe) => Self::Probe {
                encoder: encoder(&probe.encoder)?,
                pooling: probe.pooling,
                c: probe.c,
                balanced: probe.balanced,
            },
            Method::Finetune(finetune) => Self::Finetune {
                encoder: encoder(&finetune.encoder)?,
                params: Box::new(recipe::params(finetune)),
            },
        })
    }

    /// The encoder part, for methods that have one.
    pub fn encoder(&self) -> Option<&EncoderInputs> {
        match self {
            Self::Random { .. } | Self::Majority {} | Self::Bow { .. } => None,
            Self::Probe { encoder, .. } | Self::Finetune { encoder, .. } => Some(encoder),
        }
    }

    /// The method's name, as specs call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Random { .. } => "random",
            Self::Majority {} => "majority",
            Self::Bow { .. } => "bow",
            Self::Probe { .. } => "probe",
            Self::Finetune { .. } => "finetune",
        }
    }
}
