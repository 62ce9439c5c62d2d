//! Classic learning: weighted word counts and logistic regression, as scikit-learn defines them.
//!
//! Texts and numbers in, numbers out. [`TfidfParams::fit`] learns a vocabulary and its weights from training texts,
//! [`Tfidf::transform`] turns any texts into [`Features`], and [`LogisticParams::fit`] learns to tell two classes apart by
//! such features or by others, for example the sentence vectors of a frozen encoder.

mod error;
mod features;
mod logistic;
mod newton;
mod stop_words;
mod tfidf;

pub use error::ClassicError;
pub use features::Features;
pub use logistic::{Logistic, LogisticParams};
pub use stop_words::StopWords;
pub use tfidf::{Tfidf, TfidfParams};

#[cfg(test)]
mod published_bow;
