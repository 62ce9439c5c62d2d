//! Metrics of predictions, and the statistics of their variation between trials.
//!
//! A [`Metric`] is an entry of the registry. A [`Confusion`] counts the answers of one trial, [`Metrics`] are the figures its record stores, and a [`Summary`]
//! puts the trials of one row together. Metrics are fractions in [0, 1] as `f64` unless their range says otherwise; percent is for people and made in
//! `report`. The positive class of two is label 1; of other classes there are averages.

mod chance;
mod class_counts;
mod class_probability_metrics;
mod collapse;
mod comparison;
mod confusion;
mod confusion_matrix;
mod distribution;
mod effect_size;
mod ensemble;
mod error;
mod evaluation;
mod hypothesis_tests;
mod interval;
mod metrics;
mod probability_metrics;
mod record;
mod registry;
mod reproduction;
mod rng;
mod summary;
mod test_set_error;
#[cfg(test)]
mod testing;
mod text_bootstrap;
mod variance_components;
mod weighted_scores;

pub use chance::{ChanceLevels, chance_levels};
pub use class_counts::ClassCounts;
pub use collapse::{Collapse, collapse};
pub use comparison::{
    ALPHA, AveragedModels, ComparisonInput, Decision, Evidence, FEWEST_PAIRS, Needed, Noise,
    Pairing, RowPredictions, Scope, SeedEvidence, SeedNoise, TwoWay, Verdict, decide, measure,
};
pub use confusion::{Confusion, Metrics, f1, f1_from_rounded};
pub use confusion_matrix::{ClassFigures, ConfusionMatrix};
pub use effect_size::{
    Effect, Superiority, standardized, standardized_paired, superiority, superiority_paired,
};
pub use ensemble::{
    EnsembleSpread, RESAMPLES, SUBSETS, SizePoint, ensemble_sizes, ensemble_spread,
};
pub use error::{MetricError, check_probabilities};
pub use evaluation::Evaluation;
pub use hypothesis_tests::{DRAWS, McNemar, SeedTest, holm, mcnemar, permutation, sign_flip};
pub use interval::{
    BOOTSTRAP_RESAMPLES, Interval, LEVEL, Statistic, bootstrap_interval, member_interval,
    t_interval,
};
pub use metrics::{Direction, Metric, MetricValues, Placement, Range, THRESHOLD};
pub use probability_metrics::{
    CALIBRATION_BINS, CalibrationBin, CurvePoint, average_precision, calibration_bins,
    calibration_error, roc_auc, threshold_curve,
};
pub use record::{ClassMetrics, RecordMetrics};
pub use registry::evaluate;
pub use reproduction::{
    Basis, CenterError, MemberSpread, Observed, PublishedCell, Randomness, Reproduction,
    ReproductionCheck, SpreadSource, check_reproduction,
};
pub use summary::{Center, Summary, summarize};
pub use text_bootstrap::TEXT_RESAMPLES;
pub use variance_components::{Component, Components, Observation, components};
