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
    /// A method that needs an encoder was given none: a fault of the program that made the request.
    #[error("the request names no encoder files for the method `{method}`")]
    NoEncoder {
        /// The method's name.
        method: &'static str,
    },
}

impl MethodError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Classic(error) => error.hint(),
            Self::Nn(error) => error.hint(),
            Self::NoEncoder { .. } => None,
        }
    }
}
