//! Classic learning: weighted word counts and logistic regression, as scikit-learn defines them.
//!
//! Texts and numbers in, numbers out. [`TfidfParams::fit`] learns a vocabulary and its weights from training texts,
//! [`Tfidf::transform`] turns any texts into [`Features`], and [`fit_logistic`] learns to tell classes apart by such features or by
//! others, for example the sentence vectors of a frozen encoder.

mod centroid_means;
mod design;
mod error;
mod features;
mod isometry;
mod label_propagation;
mod labels;
mod logistic;
mod logistic_model;
mod multinomial;
mod naive_bayes;
mod neighbours;
mod newton;
mod panels;
mod preconditioner;
mod ridge;
mod self_training;
mod softmax;
mod softmax_minimum;
mod stop_words;
mod targets;
mod tfidf;
mod uniform;
mod unit_vectors;
mod vectors;

pub use centroid_means::CentroidMeans;
pub use error::ClassicError;
pub use features::Features;
pub use isometry::isometric_rows;
pub use label_propagation::{LabelPropagationModel, LabelPropagationParams};
pub use labels::majority_label;
pub(crate) use labels::{check_all_occur, counts_per_class};
pub use logistic::{Logistic, LogisticParams};
pub use logistic_model::{LogisticModel, fit_logistic, fit_soft_logistic, fit_weighted_logistic};
pub use multinomial::{Multinomial, MultinomialParams};
pub use naive_bayes::{NaiveBayesModel, NaiveBayesParams};
pub use ridge::{Ridge, RidgeParams};
pub use self_training::{RoundRule, SelfTrainingParams};
pub use stop_words::StopWords;
pub use targets::Targets;
pub use tfidf::{Tfidf, TfidfParams, Unit};
pub use uniform::uniform_shares;

#[cfg(test)]
mod published_bow;
