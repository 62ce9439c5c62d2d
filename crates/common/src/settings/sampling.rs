//! Sampling: how a training set is drawn from its pool.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the texts of a sample are divided between the classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sampling {
    /// As many texts of each class; what is left over goes to the first classes.
    #[default]
    Balanced,
    /// In the proportion of the classes in the pool.
    Stratified,
    /// Any texts, whatever their classes.
    Random,
}

impl Sampling {
    /// Whether it is the default.
    pub fn is_balanced(&self) -> bool {
        *self == Self::Balanced
    }
}

/// How many texts a sample has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SampleSize {
    /// So many in all.
    Texts(usize),
    /// So many of every class, whatever the sampling.
    Shots(usize),
}

impl SampleSize {
    /// How many texts that is, of `classes` classes.
    pub fn texts(self, classes: usize) -> usize {
        match self {
            Self::Texts(texts) => texts,
            Self::Shots(shots) => shots.saturating_mul(classes),
        }
    }
}
