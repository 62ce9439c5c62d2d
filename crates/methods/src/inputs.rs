//! Encoders, teachers and files of predictions as keys hold them: by contents, never by name.

use serde::{Deserialize, Serialize};

use fsl_common::sentence::VectorModule;
use fsl_common::settings::{DeviceKind, LongTexts, Pooling, Precision, Preprocess};

/// What a method's settings refer to by name, once it is known by its contents.
#[derive(Debug, Clone, Default)]
pub struct Dependencies {
    /// The encoder, for methods that need one.
    pub encoder: Option<EncoderInputs>,
    /// The pooling that the encoder declares, where it does.
    pub pooling: Option<Pooling>,
    /// The teacher's probabilities, for methods that learn from them.
    pub soft_targets: Option<SoftTargetsInputs>,
    /// The texts without labels, for methods that learn from them without a teacher.
    pub pool: Option<PoolInputs>,
    /// The files of a trial's predictions, for methods that read them.
    pub predictions: Option<PredictionsInputs>,
}

/// A teacher's probabilities, by the trials that give them, and the texts that they are for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SoftTargetsInputs {
    /// The keys of the trials whose mean is learnt, in ascending order.
    pub teacher: Vec<String>,
    /// The texts.
    pub transfer: TransferInputs,
    /// Texts drawn from them by the `sample` stream; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_size: Option<u32>,
    /// Whether the labelled training texts are learnt from as well.
    pub labelled: bool,
}

/// Texts without labels that a method learns from by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PoolInputs {
    /// The texts.
    pub transfer: TransferInputs,
    /// Texts drawn from them by the `sample` stream; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_size: Option<u32>,
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
    /// The character between two fields, where the spec names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// How many of them there are, the same ones in every trial; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u32>,
}

impl TransferInputs {
    /// A short name for these texts: the first 16 digits of a SHA-256 over the fields.
    pub fn id(&self) -> String {
        let Self {
            sha256,
            text,
            preprocess,
            delimiter,
            size,
        } = self;
        let read_with = delimiter.map_or_else(String::new, |delimiter| format!("|{delimiter}"));
        let part = size.map_or_else(String::new, |size| format!("|size {size}"));
        let fields = format!("{sha256}|{preprocess:?}|{text}{read_with}{part}");
        let mut id = fsl_common::fsio::sha256_hex(fields.as_bytes());
        id.truncate(16);
        id
    }
}

/// Files of predictions by their contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PredictionsInputs {
    /// The SHA-256 of the bytes of the file for the test texts.
    pub sha256: String,
    /// The SHA-256 of the bytes of the file for the transfer texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<String>,
    /// The trial's number, from 0, where every trial has a file of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<u32>,
}

/// An encoder by its contents, and the circumstances that change the last digits of what it computes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EncoderInputs {
    /// One SHA-256 for the contents of weights, vocabulary and config.json.
    pub sha256: String,
    /// Tokens per text at most, special ones included.
    pub max_tokens: u32,
    /// What becomes of texts that have more, where that is not cutting them.
    #[serde(default, skip_serializing_if = "LongTexts::is_truncate")]
    pub long_texts: LongTexts,
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
    /// What follows the pooling, where vectors are used as they come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<VectorModule>,
    /// What stands before every text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
}

impl EncoderInputs {
    /// The same without what follows the pooling: a head that is trained takes the pooled row.
    pub(super) fn without_modules(self) -> Self {
        Self {
            modules: Vec::new(),
            ..self
        }
    }
}
