//! How good predictions are, and how much that varies between trials.
//!
//! A [`Confusion`] counts the answers of one trial, [`Metrics`] are the figures its record stores, and a [`Summary`]
//! puts the trials of one row together. Everything is a fraction in [0, 1] as `f64`; percent is for people and made in
//! [`report`](crate::report). The positive class is label 1 throughout.

mod calibration;
mod collapse;
mod confusion;
mod contest;
mod distribution;
mod draws;
mod error;
mod growth;
mod interval;
mod metrics;
mod multiple;
mod published;
mod ranking;
mod resample;
mod sampling;
mod seeds;
mod summary;
#[cfg(test)]
mod testing;
mod texts;
mod variance;

pub use calibration::{CALIBRATION_BINS, CalibrationBin, calibration_bins, calibration_error};
pub use collapse::{Collapse, collapse};
pub use confusion::Confusion;
pub use contest::{
    ALPHA, Contest, Decision, Evidence, FEWEST_PAIRS, Link, Mean, Needed, Noise, Part, Scope,
    SeedEvidence, Side, TwoWay, Word, decide, gather,
};
pub use error::MetricError;
pub use growth::{SUBSETS, SizePoint, ensemble_sizes};
pub use interval::{
    BOOTSTRAP_RESAMPLES, Interval, LEVEL, Statistic, bootstrap_interval, member_interval,
    t_interval,
};
pub use metrics::{Metrics, f1, f1_from_rounded};
pub use multiple::holm;
pub use published::{
    CenterError, Chance, Grounds, Judgement, Ours, PublishedCell, Resampled, SpreadSource, Verdict,
    judge,
};
pub use ranking::{CurvePoint, average_precision, roc_auc, threshold_curve};
pub use resample::{EnsembleSpread, RESAMPLES, ensemble_spread};
pub use sampling::SamplingErrors;
pub use seeds::{
    DRAWS, Effect, SeedTest, Superiority, permutation, sign_flip, standardized,
    standardized_paired, superiority, superiority_paired,
};
pub use summary::{Center, Summary, summarize};
pub use texts::{McNemar, TEXT_RESAMPLES, mcnemar};
pub use variance::{Component, Components, Observation, components};
