//! How good predictions are, and how much that varies between trials.
//!
//! A [`Confusion`] counts the answers of one trial, [`Metrics`] are the figures its record stores, and a [`Summary`]
//! puts the trials of one row together. Everything is a fraction in [0, 1] as `f64`; percent is for people and made in
//! [`report`](crate::report). The positive class is label 1 throughout.

mod confusion;
mod error;
mod metrics;
mod published;
mod resample;
mod sampling;
mod summary;

pub use confusion::Confusion;
pub use error::MetricError;
pub use metrics::{Metrics, f1, f1_from_rounded};
pub use published::{
    CenterError, Chance, Grounds, Judgement, Ours, PublishedCell, Resampled, SpreadSource, Verdict,
    judge,
};
pub use resample::{EnsembleSpread, RESAMPLES, ensemble_spread};
pub use sampling::SamplingErrors;
pub use summary::{Center, Summary, summarize};
