//! Comparison of two rows: the difference of a metric, the noise of seeds and of texts in it, and the verdict.
//!
//! `docs/statistics.md` explains the rule. [`measure`] gathers the evidence of one comparison, [`decide`] judges all comparisons of a
//! call together.

mod class_bootstrap;
mod decision;
mod evidence;
mod noise;
mod predictions;
mod resampling;
mod text_values;

pub use decision::{ALPHA, Decision, FEWEST_PAIRS, Needed, Scope, Verdict, decide};
pub use evidence::{Evidence, SeedEvidence, measure};
pub use noise::Noise;
pub use predictions::{AveragedModels, ComparisonInput, Pairing, RowPredictions};
pub use resampling::{SeedNoise, TwoWay};

#[cfg(test)]
mod tests;
