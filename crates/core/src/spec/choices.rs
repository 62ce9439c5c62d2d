//! The named choices that specs offer, shared by the spec as written and the checked one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kind of number that encoders' matrix products are computed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PrecisionName {
    /// bf16 where the device multiplies in it, otherwise f32; what is stored in either is reused.
    #[default]
    Auto,
    /// IEEE single precision.
    F32,
    /// bfloat16, with f32 weights and sums; on processors without it nearly the same numbers at the speed of f32.
    Bf16,
    /// Trained as by `auto`; test and transfer texts get their probabilities in 8-bit integers.
    Int8,
}

/// The number shown for a row of several trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CenterName {
    /// The arithmetic mean.
    #[default]
    Mean,
    /// The median (the published table).
    Median,
}

/// What F1 is formed from in tables for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum F1Name {
    /// The counts.
    #[default]
    Counts,
    /// Precision and recall rounded to two decimals of percent (the published table).
    Rounded,
}

/// A ddof of 0 or 1, 1 unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct Ddof(pub(super) u8);

impl Default for Ddof {
    fn default() -> Self {
        Self(1)
    }
}
