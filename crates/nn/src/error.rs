//! Errors from a folder of weights to a number, as data.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::family::Family;
use super::tensor_names::{LISTED, NameConflict, escaped, listed, quoted};
use fsl_common::sentence::SentenceFault;
use fsl_common::settings::{ModelFault, ParamError, Precision};
use fsl_common::tokenizer::TokenizerFault;

/// An error of [`nn`](crate). Every text reads after "failed to fit: " or on its own; [`NnError::hint`] says what the
/// user can do about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NnError {
    /// A file could not be read at all.
    #[error("`{}` cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
    /// A file is not what its name promises: not JSON, not a vocabulary, a truncated or damaged checkpoint.
    #[error("`{}` {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, after the file's name ("is truncated: …").
        problem: String,
    },
    /// A file could not be written.
    #[error("`{}` cannot be written: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
    /// A model cannot be written in this format.
    #[error("the model cannot be exported: {problem}")]
    Export {
        /// Why not.
        problem: String,
    },
    /// There is no model folder of this name.
    #[error("model `{}`: {}", folder.display(), if *exists { "not a model folder, it has no `fsl-exp.json`" } else { "there is no such folder" })]
    NoModel {
        /// The folder.
        folder: PathBuf,
        /// Whether there is anything at all.
        exists: bool,
    },
    /// A model folder cannot be used.
    #[error("model `{}`: {source}", folder.display())]
    Model {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        source: Box<NnError>,
    },
    /// A key of config.json lacks a value, or has one that no encoder here can have.
    #[error("`{}`, key `{key}`: got {got}, must be {allowed}", path.display())]
    Config {
        /// The config.json.
        path: PathBuf,
        /// The key, as written in the file.
        key: String,
        /// The value found, as JSON; `nothing` where the key is missing.
        got: String,
        /// The values that would do, in words.
        allowed: String,
    },
    /// The files of a sentence encoder cannot be followed.
    #[error(transparent)]
    Sentence(#[from] SentenceFault),
    /// A checkpoint lacks tensors that the configuration asks for.
    #[error(
        "`{}` lacks {missing} of {expected} tensors: {}{}{}",
        path.display(),
        listed(first.iter().map(|name| quoted(name)), *missing),
        prefix.as_ref().map(|prefix| format!("; all of its tensors begin with {}", quoted(prefix))).unwrap_or_default(),
        size.as_ref().map(|size| format!("; {size}")).unwrap_or_default()
    )]
    MissingTensors {
        /// The checkpoint.
        path: PathBuf,
        /// How many tensors it lacks.
        missing: usize,
        /// How many tensors the configuration asks for.
        expected: usize,
        /// The names of the first few missing ones, without the family's prefix.
        first: Vec<String>,
        /// What the names of all tensors begin with, where none of them is known.
        prefix: Option<String>,
        /// The number of layers, where the tensors of the last ones are missing.
        size: Option<Box<SizeConflict>>,
    },
    /// Several tensors of a checkpoint stand for one parameter: the same name twice, or names that differ in a prefix or in
    /// `gamma` and `beta`.
    #[error("`{}` has more than one tensor for {}", path.display(), listed(first.iter().map(ToString::to_string), *conflicts))]
    AmbiguousTensors {
        /// The file.
        path: PathBuf,
        /// How many parameters have several tensors.
        conflicts: usize,
        /// The first few of them.
        first: Vec<NameConflict>,
    },
    /// A tensor of a checkpoint has another shape than the configuration says.
    #[error(
        "`{}`, tensor `{}`: got shape {got:?}, config.json asks for {expected:?}{}",
        path.display(),
        escaped(tensor),
        size.as_ref().map(|size| format!("; {size}")).unwrap_or_default()
    )]
    TensorShape {
        /// The checkpoint.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// Its shape in the checkpoint.
        got: Vec<i64>,
        /// The shape that follows from config.json.
        expected: Vec<i64>,
        /// The size that differs, where the key is known that it comes from.
        size: Option<Box<SizeConflict>>,
    },
    /// A tensor of a checkpoint holds another kind of number than a floating-point one.
    #[error("`{}`, tensor `{}`: got kind {got}, must be float32, float16 or bfloat16", path.display(), escaped(tensor))]
    TensorKind {
        /// The checkpoint.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// Its kind in the checkpoint.
        got: String,
    },
    /// A tensor of a checkpoint holds a number that is not finite.
    #[error("`{}`, tensor `{}`: holds {got}, must hold finite numbers only", path.display(), escaped(tensor))]
    TensorNotFinite {
        /// The checkpoint.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// NaN or an infinity.
        got: f64,
    },
    /// The encoder is another one than its checksum was taken of.
    #[error("`{}` was changed meanwhile: its sha256 is {got}, expected {expected}", path.display())]
    Changed {
        /// The folder of the weights.
        path: PathBuf,
        /// The checksum of what was read.
        got: String,
        /// The checksum that it should have.
        expected: String,
    },
    /// So little memory was left that numeric libraries may have been refused some, and have computed other numbers.
    #[error(
        "{left} MiB of memory were left within the limit of this process, at least {needed} MiB are needed: numeric libraries that are refused memory compute other numbers"
    )]
    MemoryLimit {
        /// MiB that were left.
        left: u64,
        /// MiB that must be left.
        needed: u64,
    },
    /// A pickle asks for something that a state dict never needs. Nothing of it was executed.
    #[error("`{}` asks for {}, which no state dict needs", path.display(), escaped(what))]
    UnsafePickle {
        /// The checkpoint.
        path: PathBuf,
        /// What it asks for: a global, an opcode or a call, by name.
        what: String,
    },
    /// A hyper-parameter is out of its range.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// The token ids or targets handed over do not suit the encoder.
    #[error("{what} {index}: got {got}, must be {allowed}")]
    Input {
        /// What is numbered: `text` or `target`.
        what: &'static str,
        /// Its number, from 0.
        index: usize,
        /// What it is.
        got: String,
        /// What would do, in words.
        allowed: String,
    },
    /// A text of which a tokenizer without special tokens makes nothing.
    #[error(
        "text {text}: has no tokens, because nothing of it is left for the encoder's tokenizer, which puts no special tokens around texts"
    )]
    NoTokens {
        /// The text, from 0.
        text: usize,
    },
    /// There is nothing to learn from.
    #[error("no texts to learn from")]
    NoTexts,
    /// The device cannot be had.
    #[error("device `{got}`: {problem}")]
    Device {
        /// The device as given.
        got: String,
        /// Why it cannot be had.
        problem: String,
    },
    /// Products of this kind of number cannot be had.
    #[error("precision `{}` {problem}", precision.as_str())]
    Precision {
        /// The kind of number.
        precision: Precision,
        /// Why it cannot be had.
        problem: String,
    },
    /// What a model says of a text is no number: its weights are damaged, or far too large.
    #[error("text {text}: the model gives {got}, which is no number to go on with")]
    NotFinite {
        /// The text, from 0.
        text: usize,
        /// What it gives: NaN or an infinity.
        got: f32,
    },
    /// The loss is no longer a number: the weights are lost.
    #[error("the loss became {loss} at step {step}")]
    Diverged {
        /// The step, from 1.
        step: usize,
        /// The loss: NaN or an infinity.
        loss: f32,
    },
}

/// A size that config.json and the weights do not agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeConflict {
    /// The key of config.json.
    pub key: &'static str,
    /// What the weights have.
    pub got: i64,
    /// What config.json says.
    pub expected: i64,
}

impl std::fmt::Display for SizeConflict {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key, got, expected } = self;
        write!(formatter, "`{key}` is {expected}, the weights have {got}")
    }
}

impl NnError {
    /// [`Self::AmbiguousTensors`] of the file at `path`, from all conflicts in it.
    pub(crate) fn ambiguous(path: &Path) -> impl FnOnce(Vec<NameConflict>) -> Self {
        move |conflicts| Self::AmbiguousTensors {
            path: path.to_owned(),
            conflicts: conflicts.len(),
            first: conflicts.into_iter().take(LISTED).collect(),
        }
    }

    /// [`Self::Read`] of the file at `path`.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    /// Whether the cause lies outside the files and settings, so that another try may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Read { .. } | Self::Changed { .. } | Self::MemoryLimit { .. } => true,
            Self::Model { source, .. } => source.is_transient(),
            _ => false,
        }
    }

    /// The error about a text of a part of all texts that begins after so many others, counted from the first of all.
    #[must_use]
    pub fn after(self, texts: usize) -> Self {
        self.of_text(|text| text + texts)
    }

    /// The error about a text with another number.
    pub(crate) fn of_text(mut self, number: impl Fn(usize) -> usize) -> Self {
        match &mut self {
            Self::NotFinite { text, .. } | Self::NoTokens { text } => *text = number(*text),
            Self::Input {
                what: "text",
                index,
                ..
            } => *index = number(*index),
            _ => {}
        }
        self
    }

    /// The file that is wrong in itself or does not go with the others, of which another copy may be right.
    pub fn bad_file(&self) -> Option<&Path> {
        match self {
            Self::Malformed { path, .. }
            | Self::MissingTensors {
                path, prefix: None, ..
            } => Some(path),
            _ => None,
        }
    }

    /// What the user can do, where there is something; without "hint:", without a final period.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Sentence(fault) => return fault.hint(),
            Self::Read { .. } => {
                "check that the encoder's folder is complete; `fsl-exp fetch` gets a fresh copy"
            }
            Self::MissingTensors {
                prefix: Some(_), ..
            } => {
                "save the encoder alone with `save_pretrained`, or its tensors without that prefix"
            }
            Self::Malformed { .. } | Self::MissingTensors { .. } => {
                "correct the folder; config.json and the weights must come from one model"
            }
            Self::AmbiguousTensors { .. } => {
                "get an untouched copy of the model, or save it again with each tensor under one name"
            }
            Self::NoModel { exists: true, .. } => {
                "`fsl-exp train` and `fsl-exp distill` make model folders"
            }
            Self::NoModel { exists: false, .. } => {
                "`fsl-exp train` and `fsl-exp distill` make model folders; `fsl-exp infer --allow-untrained` goes on without"
            }
            Self::Model { .. } => {
                "a model folder is used as `fsl-exp train` or `fsl-exp distill` left it; make it anew"
            }
            Self::Config { .. } => return Some(known_families()),
            Self::TensorShape { .. } => "config.json and the weights must come from one model",
            Self::TensorNotFinite { .. } => {
                "the weights are damaged, or their training diverged; get another copy, or train the model anew"
            }
            Self::Changed { .. } => "run the same command again",
            Self::MemoryLimit { .. } => {
                "raise the limit (`ulimit -v unlimited`, `ulimit -d unlimited`), or that of the batch system"
            }
            Self::TensorKind { .. } => {
                "save the model in float32: `AutoModel.from_pretrained(FOLDER, dtype=\"float32\").save_pretrained(OTHER)`, or with `StaticModel` of model2vec, `quantize_to=\"float32\"`"
            }
            Self::UnsafePickle { .. } => {
                "do not load this file anywhere unless you trust its author; ask for a model.safetensors instead"
            }
            Self::Device { .. } => {
                "use `cpu`, or a libtorch that holds libtorch_cuda.so on a machine with a GPU"
            }
            Self::Precision { .. } => "use `auto`, `f32` or `bf16`",
            Self::NoTokens { .. } => {
                "leave empty texts out, or give the encoder's tokenizer.json a `post_processor` with special tokens"
            }
            Self::NotFinite { .. } => {
                "train it again with a lower learning rate, or get an undamaged copy of the model"
            }
            Self::Diverged { .. } => "lower the learning rate, or set clip-norm to 1",
            Self::Write { .. }
            | Self::Export { .. }
            | Self::Param(_)
            | Self::Input { .. }
            | Self::NoTexts => return None,
        };
        Some(hint.to_owned())
    }
}

fn known_families() -> String {
    let names = Family::names();
    format!("encoders of these families can be used: {names}")
}

impl From<TokenizerFault> for NnError {
    fn from(fault: TokenizerFault) -> Self {
        match fault {
            TokenizerFault::Unreadable { path, source } => Self::Read { path, source },
            TokenizerFault::Malformed { path, problem } => Self::Malformed { path, problem },
        }
    }
}

impl From<ModelFault> for NnError {
    fn from(fault: ModelFault) -> Self {
        match fault {
            ModelFault::Unreadable { path, source } => Self::Read { path, source },
            ModelFault::Damaged { path, problem } => Self::Malformed { path, problem },
        }
    }
}
