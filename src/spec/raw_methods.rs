//! The methods of a spec as written: part of [`raw`](super::raw).

use schemars::JsonSchema;
use serde::Deserialize;

use super::choices::{Recipe, StopWordList};
use super::experiment::Finetune;
use crate::settings::{LossName, Optimizer, Pooling, Schedule};

/// The methods; a row names exactly one.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub(super) struct RawMethod {
    /// Fair coins: the mean of many draws per text, positive above one half.
    pub(super) random: Option<RawRandom>,
    /// The most frequent class of the training texts, for every text.
    pub(super) majority: Option<RawMajority>,
    /// TF-IDF of word n-grams and logistic regression, with scikit-learn's semantics.
    pub(super) bow: Option<RawBow>,
    /// A frozen encoder and logistic regression on its pooled output.
    pub(super) probe: Option<RawProbe>,
    /// An encoder and a classifier head, trained together.
    pub(super) finetune: Option<RawFinetune>,
    /// The mean of several trials' probabilities.
    pub(super) ensemble: Option<RawEnsemble>,
    /// A student, trained on a teacher's probabilities.
    pub(super) distill: Option<RawDistill>,
}

/// Fair coins.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawRandom {
    /// Fair draws per text, whose mean is the text's probability.
    #[serde(default = "default_draws")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub(super) draws: u32,
}

/// The most frequent class; a tie goes to 0, as in scikit-learn.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawMajority {}

/// Bag of words.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawBow {
    /// Words per n-gram at most.
    #[serde(default = "default_ngram_max")]
    #[schemars(range(min = 1, max = 10))]
    pub(super) ngram_max: u32,
    /// Training texts that must contain an n-gram for it to count.
    #[serde(default = "default_min_df")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) min_df: u32,
    /// Words left out before n-grams are formed.
    #[serde(default)]
    pub(super) stop_words: StopWordList,
    /// Inverse strength of the L2 penalty.
    #[serde(default = "default_c")]
    #[schemars(range(min = 1e-6, max = 1e6))]
    pub(super) c: f64,
    /// Weigh each class by the inverse of its frequency.
    #[serde(default = "default_true")]
    pub(super) balanced: bool,
}

/// A frozen encoder and logistic regression.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawProbe {
    /// An encoder of the catalogue, a folder (with a `/` in it), or `hf:org/name@revision`.
    #[schemars(length(min = 1))]
    pub(super) encoder: String,
    /// How the tokens' vectors become the text's.
    #[serde(default = "default_probe_pooling")]
    pub(super) pooling: Pooling,
    /// Inverse strength of the L2 penalty.
    #[serde(default = "default_c")]
    #[schemars(range(min = 1e-6, max = 1e6))]
    pub(super) c: f64,
    /// Weigh each class by the inverse of its frequency.
    #[serde(default = "default_true")]
    pub(super) balanced: bool,
}

/// Declares a method that trains an encoder with a head: its own keys, and those of every training.
macro_rules! training_method {
    ($(#[$about:meta])* struct $name:ident { $($own:tt)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub(super) struct $name {
            $($own)*
            /// An encoder of the catalogue, a folder (with a `/` in it), or `hf:org/name@revision`.
            #[schemars(length(min = 1))]
            pub(super) encoder: String,
            /// The set of values that the keys beside it override.
            #[serde(default)]
            pub(super) recipe: Recipe,
            /// Passes over the training texts.
            #[schemars(range(min = 1, max = 10_000))]
            pub(super) epochs: Option<u32>,
            /// Steps at least: more epochs are added until they are reached. 0 = as the epochs say.
            #[schemars(range(min = 0, max = 1_000_000))]
            pub(super) min_steps: Option<u32>,
            /// Texts per step.
            #[schemars(range(min = 1, max = 4096))]
            pub(super) batch_size: Option<u32>,
            /// Leave out the last, smaller batch of an epoch.
            pub(super) drop_last: Option<bool>,
            /// The optimiser.
            pub(super) optimizer: Option<Optimizer>,
            /// The learning rate, or its peak.
            #[schemars(range(min = 1e-12, max = 1.0))]
            pub(super) learning_rate: Option<f64>,
            /// How the learning rate changes over the steps.
            pub(super) schedule: Option<Schedule>,
            /// The share of the steps over which the learning rate rises from 0.
            #[schemars(range(min = 0.0, max = 1.0))]
            pub(super) warmup: Option<f64>,
            /// Decoupled weight decay, on weights of matrices only.
            #[schemars(range(min = 0.0, max = 1.0))]
            pub(super) weight_decay: Option<f64>,
            /// What Adam adds to the root of its second moment.
            #[schemars(range(min = 1e-15, max = 1.0))]
            pub(super) adam_epsilon: Option<f64>,
            /// The norm to which all gradients together are scaled down; 0 = never.
            #[schemars(range(min = 0.0, max = 1e6))]
            pub(super) clip_norm: Option<f64>,
            /// How the tokens' vectors become the text's.
            pub(super) pooling: Option<Pooling>,
            /// Units of the dense layer between encoder and logit.
            #[schemars(range(min = 1, max = 65_536))]
            pub(super) hidden_units: Option<u32>,
            /// Dropout before and after the dense layer.
            #[schemars(range(min = 0.0, max = 0.95))]
            pub(super) dropout: Option<f64>,
            /// Dropout inside the encoder. Default: what its config.json says.
            #[schemars(range(min = 0.0, max = 0.95))]
            pub(super) encoder_dropout: Option<f64>,
            /// Top layers of the encoder that start from fresh random weights.
            #[schemars(range(min = 0, max = 100))]
            pub(super) reinit_top: Option<u32>,
        }

        impl $name {
            /// The training as declared, of an encoder that was looked up.
            pub(super) fn training(&self, encoder: String) -> Finetune {
                Finetune {
                    encoder,
                    recipe: self.recipe,
                    epochs: self.epochs,
                    min_steps: self.min_steps,
                    batch_size: self.batch_size,
                    drop_last: self.drop_last,
                    optimizer: self.optimizer,
                    learning_rate: self.learning_rate,
                    schedule: self.schedule,
                    warmup: self.warmup,
                    weight_decay: self.weight_decay,
                    adam_epsilon: self.adam_epsilon,
                    clip_norm: self.clip_norm,
                    pooling: self.pooling,
                    hidden_units: self.hidden_units,
                    dropout: self.dropout,
                    encoder_dropout: self.encoder_dropout,
                    reinit_top: self.reinit_top,
                }
            }
        }
    };
}

training_method! {
    /// An encoder and a classifier head, trained together. Keys that are left out have the recipe's value.
    struct RawFinetune {}
}

training_method! {
    /// A student: an encoder and a head, trained on a teacher's probabilities for the texts of the transfer set. Keys that are
    /// left out have the recipe's value.
    struct RawDistill {
        /// The row whose probabilities are learnt: an ensemble or a single row, of this experiment (`fsl-mean`) or of another
        /// one (`experiment/fsl-mean`). Of a row with several trials, student 3 learns from trial 3.
        #[schemars(length(min = 1))]
        pub(super) teacher: String,
        /// The loss between the student's and the teacher's probabilities.
        #[serde(default)]
        pub(super) loss: LossName,
        /// The weight of the teacher's decision (0 or 1) against its probability. Default: 0.
        #[schemars(range(min = 0.0, max = 1.0))]
        pub(super) alpha: Option<f64>,
        /// Divides the logits of `kl` and `mse`, and the probabilities of `reference`. Default: 1, with `reference` 5.
        #[schemars(range(min = 0.01, max = 1000.0))]
        pub(super) temperature: Option<f64>,
        /// Learn from the labelled training texts as well, with their labels in the place of probabilities.
        #[serde(default)]
        pub(super) labelled: bool,
        /// Transfer texts to learn from, drawn by the `sample` stream. Default: all.
        #[schemars(range(min = 1, max = 100_000_000))]
        pub(super) transfer_size: Option<u32>,
    }
}

/// The mean of several trials' probabilities. It is computed from what they have predicted; nothing is trained.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawEnsemble {
    /// The row whose trials are the members: of this experiment (`fsl`) or of another one (`experiment/fsl`).
    #[schemars(length(min = 1))]
    pub(super) of: String,
    /// Members: the row's first so many trials. Default: all.
    #[schemars(range(min = 1, max = 10_000))]
    pub(super) size: Option<u32>,
}

fn default_draws() -> u32 {
    100_000
}

fn default_ngram_max() -> u32 {
    3
}

fn default_min_df() -> u32 {
    2
}

fn default_c() -> f64 {
    1.0
}

fn default_true() -> bool {
    true
}

fn default_probe_pooling() -> Pooling {
    Pooling::Mean
}
