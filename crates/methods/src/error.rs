//! Errors of fitting and scoring a method.

use std::error::Error;
use std::fmt;

use thiserror::Error;

use crate::classic::ClassicError;
use fsl_common::sentence::PromptFault;
use fsl_metrics::MetricError;

/// Why a method could not be fitted or scored.
#[derive(Debug, Error)]
pub enum MethodError {
    /// TF-IDF or logistic regression refused.
    #[error(transparent)]
    Classic(#[from] ClassicError),
    /// The encoder, its files or its training refused.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// Texts may be longer than the encoder can read.
    #[error("`data.max-tokens`: got {max_tokens}, the encoder reads at most {positions} tokens")]
    TooLong {
        /// Tokens per text that the spec allows.
        max_tokens: u32,
        /// `max_position_embeddings` of the encoder's config.json.
        positions: i64,
    },
    /// The encoder is not that deep.
    #[error(
        "`features.layers`: got {layer}, the encoder's layers are 0 (its embeddings) to {deepest}, or -{} to -1 from the end",
        deepest + 1
    )]
    NoLayer {
        /// The layer that the spec names.
        layer: i32,
        /// The number of blocks of the encoder's config.json.
        deepest: i64,
    },
    /// A fine-tuned encoder was asked to read texts in windows, which a spec's check refuses: a fault of the program that made the
    /// request.
    #[error("`data.long-texts`: {0}")]
    LongTexts(&'static str),
    /// The encoder has no such prompt.
    #[error(transparent)]
    Prompt(#[from] PromptFault),
    /// A method that needs an encoder was given none: a fault of the program that made the request.
    #[error("the request names no encoder files")]
    NoEncoder,
    /// A method that needs libtorch was given to a program without it: a fault of whoever started that program.
    #[error("this program has no libtorch, which encoders need")]
    NeedsLibtorch,
    /// A student was given nothing to learn: a fault of the program that made the request.
    #[error("the request gives the student no probabilities to learn")]
    NoSoftTargets,
    /// There are too few labelled texts to tell how well they are told apart.
    #[error("`threshold`: `f1-optimal` needs two labelled texts of each class")]
    FewTexts,
    /// A class has too few labelled texts to leave some of them out.
    #[error("a cross-validation needs two labelled texts of each class, `{class}` has one")]
    OneTextOfClass {
        /// The class.
        class: String,
    },
    /// Each candidate failed in a part of the cross-validation.
    #[error(
        "no candidate could be fitted to a part of {texts} labelled texts; the first one: {first}"
    )]
    NoCandidate {
        /// How many labelled texts there are in all.
        texts: usize,
        /// What the first candidate says.
        first: Box<Self>,
    },
    /// What a candidate says of left-out texts cannot be scored.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A method was given too few texts without labels.
    #[error("there are {got} transfer texts to learn from, at least two are needed")]
    FewTransferTexts {
        /// How many there are.
        got: usize,
    },
    /// There are no files of predictions for all sets of texts: a fault of the program that made the request.
    #[error("the request names no predictions for all of its texts")]
    NoPredictions,
}

/// What whoever computes encoders says of a fault, and what the user can do about it.
#[derive(Debug)]
pub struct EncoderError {
    source: Box<dyn Error + Send + Sync>,
    hint: Option<String>,
    is_transient: bool,
}

impl EncoderError {
    /// An error with its hint, and whether the cause is external, so that a retry may succeed.
    pub fn new(
        source: impl Error + Send + Sync + 'static,
        hint: Option<String>,
        is_transient: bool,
    ) -> Self {
        Self {
            source: Box::new(source),
            hint,
            is_transient,
        }
    }
}

impl fmt::Display for EncoderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(formatter)
    }
}

impl Error for EncoderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.source()
    }
}

impl MethodError {
    /// Whether the cause is external and a retry may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Encoder(error) if error.is_transient)
    }

    /// Whether other labelled or transfer texts could be learnt from.
    pub(super) fn is_about_texts(&self) -> bool {
        matches!(
            self,
            Self::Classic(_)
                | Self::FewTexts
                | Self::FewTransferTexts { .. }
                | Self::OneTextOfClass { .. }
        )
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Classic(error) => error.hint(),
            Self::Encoder(error) => error.hint.clone(),
            Self::TooLong { positions, .. } => {
                Some(format!("set `data.max-tokens` to at most {positions}"))
            }
            Self::NoLayer { deepest, .. } => {
                let from_end = deepest + 1;
                Some(format!(
                    "name layers from 0 to {deepest}, or from -{from_end} to -1, in `features.layers`"
                ))
            }
            Self::Prompt(fault) => Some(fault.hint()),
            Self::FewTransferTexts { .. } => Some("add texts to the transfer set".to_owned()),
            Self::FewTexts => Some("take `balanced` or `prior`, or label more texts".to_owned()),
            Self::OneTextOfClass { .. } => Some(
                "label more texts, or do without `select`, `temperature` and the thresholds `f1-optimal` and `validation`"
                    .to_owned(),
            ),
            Self::NoCandidate { .. } => {
                Some("label more texts, or name one row in the place of `select`".to_owned())
            }
            Self::Metric(_)
            | Self::LongTexts(_)
            | Self::NoEncoder
            | Self::NeedsLibtorch
            | Self::NoSoftTargets
            | Self::NoPredictions => None,
        }
    }
}
