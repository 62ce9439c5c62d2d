//! Why a method could not be fitted or scored.

use thiserror::Error;

use crate::classic::ClassicError;
use crate::nn::NnError;

/// Why a method could not be fitted or scored.
#[derive(Debug, Error)]
pub enum MethodError {
    /// TF-IDF or logistic regression refused.
    #[error(transparent)]
    Classic(#[from] ClassicError),
    /// The encoder, its files or its training refused.
    #[error(transparent)]
    Nn(#[from] NnError),
    /// Texts may be longer than the encoder can read.
    #[error("`data.max-tokens` is {max_tokens}, the encoder reads at most {positions} tokens")]
    TooLong {
        /// Tokens per text that the spec allows.
        max_tokens: u32,
        /// `max_position_embeddings` of the encoder's config.json.
        positions: i64,
    },
    /// A method that needs an encoder was given none: a fault of the program that made the request.
    #[error("the request names no encoder files for the method `{method}`")]
    NoEncoder {
        /// The method's name.
        method: &'static str,
    },
    /// A method that needs libtorch was given to a program without it: a fault of whoever started that program.
    #[error("this program has no libtorch, which the method `{method}` needs")]
    NeedsLibtorch {
        /// The method's name.
        method: &'static str,
    },
    /// A student was given nothing to learn: a fault of the program that made the request.
    #[error("the request gives the student no probabilities to learn")]
    NoLesson,
}

impl MethodError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Classic(error) => error.hint(),
            Self::Nn(error) => error.hint(),
            Self::TooLong { positions, .. } => {
                Some(format!("set `data.max-tokens` to at most {positions}"))
            }
            Self::NoEncoder { .. } | Self::NeedsLibtorch { .. } | Self::NoLesson => None,
        }
    }
}
