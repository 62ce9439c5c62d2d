//! A method with every value spelled out, as a trial's key covers it and a worker runs it.

use serde::{Deserialize, Serialize};

use super::recipe;
use crate::settings::{DeviceKind, FitParams, LossParams, Precision};
use crate::settings::{Pooling, Preprocess};
use crate::spec::{Distill, Method, StopWordList};

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
    /// An encoder and a head, trained on a teacher's probabilities.
    Distill {
        /// Where and how the encoder runs.
        encoder: EncoderInputs,
        /// Every hyper-parameter.
        params: Box<FitParams>,
        /// The loss between student and teacher.
        loss: LossParams,
        /// What is learnt.
        lesson: Box<LessonInputs>,
    },
}

/// What a student learns: whose probabilities, for which texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LessonInputs {
    /// The keys of the trials whose mean teaches, in ascending order.
    pub teacher: Vec<String>,
    /// The texts.
    pub transfer: TransferInputs,
    /// Texts drawn from them by the `sample` stream; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_size: Option<u32>,
    /// Whether the labelled training texts are learnt from as well.
    pub labelled: bool,
}

/// A file of texts without labels, by its contents, and how it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TransferInputs {
    /// The SHA-256 of the file's bytes.
    pub sha256: String,
    /// The column that is read.
    pub text: String,
    /// The text rules.
    pub preprocess: Preprocess,
}

impl TransferInputs {
    /// A short name for these texts: the first 16 digits of a SHA-256 over the fields.
    pub fn id(&self) -> String {
        let Self {
            sha256,
            text,
            preprocess,
        } = self;
        let mut id = crate::fsio::sha256_hex(format!("{sha256}|{preprocess:?}|{text}").as_bytes());
        id.truncate(16);
        id
    }
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
    /// The same for test and transfer texts, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inference: Option<Precision>,
    /// The family of devices.
    #[serde(default, skip_serializing_if = "DeviceKind::is_cpu")]
    pub device: DeviceKind,
    /// libtorch threads.
    pub threads: u32,
}

impl MethodInputs {
    /// Spells a spec's method out; `None` for an ensemble, which has nothing to fit. `encoder` is asked for only by methods that
    /// need one, `lesson` only by students.
    ///
    /// # Errors
    /// Whatever `encoder` and `lesson` say.
    pub fn resolve<E>(
        method: &Method,
        encoder: impl FnOnce(&str) -> Result<EncoderInputs, E>,
        lesson: impl FnOnce(&Distill) -> Result<LessonInputs, E>,
    ) -> Result<Option<Self>, E> {
        Ok(Some(match method {
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
            Method::Distill(distill) => Self::Distill {
                encoder: encoder(&distill.training.encoder)?,
                params: Box::new(recipe::params(&distill.training)),
                loss: recipe::loss(distill),
                lesson: Box::new(lesson(distill)?),
            },
            Method::Ensemble(_) => return Ok(None),
        }))
    }

    /// The encoder part, for methods that have one.
    pub fn encoder(&self) -> Option<&EncoderInputs> {
        match self {
            Self::Random { .. } | Self::Majority {} | Self::Bow { .. } => None,
            Self::Probe { encoder, .. }
            | Self::Finetune { encoder, .. }
            | Self::Distill { encoder, .. } => Some(encoder),
        }
    }

    /// The encoder part, to be changed.
    pub fn encoder_mut(&mut self) -> Option<&mut EncoderInputs> {
        match self {
            Self::Random { .. } | Self::Majority {} | Self::Bow { .. } => None,
            Self::Probe { encoder, .. }
            | Self::Finetune { encoder, .. }
            | Self::Distill { encoder, .. } => Some(encoder),
        }
    }

    /// Whether only a program that links libtorch can run it.
    pub fn needs_libtorch(&self) -> bool {
        self.encoder().is_some()
    }

    /// Whether what the texts say changes the result, not only how many there are.
    pub fn reads_texts(&self) -> bool {
        !matches!(self, Self::Random { .. } | Self::Majority {})
    }

    /// The method's name, as specs call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Random { .. } => "random",
            Self::Majority {} => "majority",
            Self::Bow { .. } => "bow",
            Self::Probe { .. } => "probe",
            Self::Finetune { .. } => "finetune",
            Self::Distill { .. } => "distill",
        }
    }

    /// What a student learns.
    pub fn lesson(&self) -> Option<&LessonInputs> {
        match self {
            Self::Distill { lesson, .. } => Some(lesson),
            _ => None,
        }
    }

    /// Whether a fit leaves weights that can be kept and used again.
    pub fn has_weights(&self) -> bool {
        matches!(self, Self::Finetune { .. } | Self::Distill { .. })
    }
}
