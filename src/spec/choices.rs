//! The named choices that specs offer, shared by the spec as written and the checked one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The text rules applied before anything learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preprocess {
    /// The column is read as it is.
    #[default]
    None,
    /// The rules of the published system, character for character.
    Reference,
}

/// A list of words to leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StopWordList {
    /// scikit-learn's 318 English words.
    #[default]
    English,
    /// No word is left out.
    None,
}

/// How the vectors of a text's tokens become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// The first token's vector.
    Cls,
    /// The mean over the text's tokens, the special ones included.
    Mean,
}

/// A named set of training values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Recipe {
    /// The published system's: Keras Adam, constant 2e-5, 30 epochs of whole batches, dropout 0.5.
    #[default]
    Reference,
    /// Mosbach et al. 2021: AdamW, warm-up and linear decay, clipped gradients, at least 200 steps.
    Stable,
}

/// An optimiser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerName {
    /// Adam as Keras computes it: epsilon is added before the bias correction.
    KerasAdam,
    /// Adam with bias correction and decoupled weight decay.
    Adamw,
}

/// A learning-rate schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleName {
    /// The same in every step after the warm-up.
    Constant,
    /// Down to 0 on a straight line after the warm-up.
    Linear,
}

/// A loss between a student's logit `z` and a teacher's probability `q`; `docs/distillation.md` has the formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LossName {
    /// Binary cross-entropy against the probability.
    #[default]
    Bce,
    /// Kullback-Leibler divergence of the softened probabilities, times the squared temperature.
    Kl,
    /// Squared difference of the softened probabilities, times the squared temperature.
    Mse,
    /// The published system's loss as it stands, which takes probabilities for logits.
    Reference,
}

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
