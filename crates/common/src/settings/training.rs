//! Hyper-parameters of training: recipes, optimisers, schedules, losses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How the vectors of a text's tokens become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// The first token's vector.
    Cls,
    /// The mean over the text's tokens, the special ones included.
    Mean,
    /// The largest value over the text's tokens, in each dimension.
    Max,
    /// The mean over the text's tokens, the n-th of which counts n times.
    WeightedMean,
    /// The last token's vector.
    Last,
    /// The sum over the text's tokens, divided by the square root of their number.
    MeanSqrtLen,
}

impl Pooling {
    /// As it is written in specs and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cls => "cls",
            Self::Mean => "mean",
            Self::Max => "max",
            Self::WeightedMean => "weighted-mean",
            Self::Last => "last",
            Self::MeanSqrtLen => "mean-sqrt-len",
        }
    }
}

/// An optimiser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Optimizer {
    /// Adam as Keras computes it: epsilon is added before the bias correction.
    KerasAdam,
    /// Adam with bias correction and decoupled weight decay.
    #[serde(rename = "adamw")]
    AdamW,
}

/// A learning-rate schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The same in every step after the warm-up.
    Constant,
    /// Down to 0 on a straight line after the warm-up.
    Linear,
}

impl Schedule {
    /// The factor of the learning rate at `step` (from 0) of `steps`, of which the first `⌈warmup·steps⌉` warm up. The warm-up
    /// rises from 0; `Linear` is transformers' `get_linear_schedule_with_warmup`.
    pub fn factor(self, step: usize, steps: usize, warmup: f64) -> f64 {
        let rising = (warmup * steps as f64).ceil();
        let (step, steps) = (step as f64, steps as f64);
        if step < rising {
            return step / rising;
        }
        match self {
            Self::Constant => 1.0,
            Self::Linear => ((steps - step) / (steps - rising).max(1.0)).max(0.0),
        }
    }
}

/// How much the texts of each class count in the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClassWeights {
    /// Every text counts the same.
    #[default]
    None,
    /// Every class counts the same: a text of class `c` counts `n / (K · n_c)`, with `n` texts, `n_c` of them of class `c`, and `K`
    /// classes (scikit-learn's `class_weight="balanced"`).
    Balanced,
}

impl ClassWeights {
    /// Whether every text counts the same.
    pub fn are_equal(&self) -> bool {
        *self == Self::None
    }
}

/// A loss between a student's logits and a teacher's probabilities; `docs/distillation.md` has the formulas. Two classes have one
/// logit `z` and one probability `q`, more have one of each per class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LossName {
    /// Cross-entropy against the probabilities, binary for two classes.
    #[default]
    Bce,
    /// Kullback-Leibler divergence of the softened probabilities, times the squared temperature.
    Kl,
    /// Of two classes, the squared difference of the softened probabilities, times the squared temperature; of more, the squared
    /// difference of the logits, which has no temperature.
    Mse,
    /// The published system's loss as it stands, which takes probabilities for logits. Two classes only.
    Reference,
}

/// A hyper-parameter out of its range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("hyper-parameter `{key}`: got {got}, must be {allowed}")]
pub struct ParamError {
    /// The hyper-parameter, by its name in a request (kebab-case).
    pub key: &'static str,
    /// The value given.
    pub got: String,
    /// The values that would do, in words.
    pub allowed: &'static str,
}

/// Every hyper-parameter of a fit, as a trial request carries it (kebab-case keys, none optional but the last two, unknown ones
/// refused).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FitParams {
    /// Passes over the texts, from 1 to a million.
    pub epochs: usize,
    /// The least number of steps: passes are added until it is reached. 0 = no such wish.
    pub min_steps: usize,
    /// Texts per step, from 1 to a million.
    pub batch_size: usize,
    /// Whether an epoch ends with its last full batch. With fewer texts than `batch_size` they are one batch all the same.
    pub drop_last: bool,
    /// The (peak) learning rate, above 0, per step.
    pub learning_rate: f64,
    /// Which Adam.
    pub optimizer: Optimizer,
    /// The ε in Adam's denominator, above 0.
    pub adam_epsilon: f64,
    /// Decoupled weight decay, in [0, 1], not on biases and layer normalisation; AdamW only.
    pub weight_decay: f64,
    /// The longest gradient, as a norm over all parameters, above 0; none = not clipped.
    pub clip_norm: Option<f64>,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// The part of all steps, in [0, 1], in which the learning rate rises from 0.
    pub warmup: f64,
    /// Dropout before and after the head's dense layer, in [0, 1).
    pub head_dropout: f64,
    /// Replaces all of the encoder's dropout rates, in [0, 1); none = those of config.json.
    pub encoder_dropout: Option<f64>,
    /// Width of the head's dense layer, from 1 to a million.
    pub hidden_units: i64,
    /// What the head sees of a text.
    pub pooling: Pooling,
    /// How many of the encoder's last blocks start from new weights.
    pub reinit_top: usize,
    /// How much the texts of each class count. Left out where they count the same, as they did before there was this key.
    #[serde(default, skip_serializing_if = "ClassWeights::are_equal")]
    pub class_weights: ClassWeights,
    /// The part `ε` of every target, in [0, 1), that is spread evenly over all `K` classes: `(1 - ε)·q + ε/K`. Left out where it is 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub label_smoothing: f64,
}

/// Whether a number is 0.
fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

impl FitParams {
    /// The recipe of boostFSLBert (`utils/train.py` at commit 92bc73b): Keras' Adam at a constant 2e-5 for 30 epochs of
    /// full batches of 16, dropout 0.5 in the head, the encoder's own dropout, the first token, 256 units.
    pub fn reference() -> Self {
        Self {
            epochs: 30,
            min_steps: 0,
            batch_size: 16,
            drop_last: true,
            learning_rate: 2e-5,
            optimizer: Optimizer::KerasAdam,
            // Keras, `Adam(epsilon=1e-7)`
            adam_epsilon: 1e-7,
            weight_decay: 0.0,
            clip_norm: None,
            schedule: Schedule::Constant,
            warmup: 0.0,
            head_dropout: 0.5,
            encoder_dropout: None,
            hidden_units: 256,
            pooling: Pooling::Cls,
            reinit_top: 0,
            class_weights: ClassWeights::None,
            label_smoothing: 0.0,
        }
    }

    /// A recipe that seldom fails to train: bias-corrected AdamW with warm-up and decay, no text left out, at least 20
    /// epochs and 200 steps (Mosbach et al. 2021, arXiv 2006.04884; Zhang et al. 2021, arXiv 2006.05987).
    pub fn stable() -> Self {
        Self {
            epochs: 20,
            min_steps: 200,
            drop_last: false,
            optimizer: Optimizer::AdamW,
            adam_epsilon: 1e-6,
            weight_decay: 0.01,
            clip_norm: Some(1.0),
            schedule: Schedule::Linear,
            warmup: 0.1,
            head_dropout: 0.1,
            ..Self::reference()
        }
    }

    /// Steps in one pass over `texts` texts, at least 1.
    pub fn steps_per_epoch(&self, texts: usize) -> usize {
        let batch = self.batch_size.max(1);
        let count = if self.drop_last {
            texts / batch
        } else {
            texts.div_ceil(batch)
        };
        count.max(1)
    }

    /// Steps in the whole fit on `texts` texts: `max(epochs, ⌈min-steps / steps per epoch⌉)` passes.
    pub fn steps(&self, texts: usize) -> usize {
        let per_epoch = self.steps_per_epoch(texts);
        per_epoch * self.epochs.max(self.min_steps.div_ceil(per_epoch))
    }

    /// Refuses values out of range.
    ///
    /// # Errors
    /// [`ParamError`] for the first one.
    pub fn check(&self) -> Result<(), ParamError> {
        let number = |key, got: f64, fits: bool, allowed| {
            let got = got.to_string();
            if fits {
                Ok(())
            } else {
                Err(ParamError { key, got, allowed })
            }
        };
        let positive = |key, got: f64| number(key, got, got > 0.0 && got.is_finite(), "above 0");
        let rate = |key, got: f64| number(key, got, (0.0..1.0).contains(&got), "from 0 to below 1");
        let count =
            |key, got: f64| number(key, got, (1.0..=1e6).contains(&got), "from 1 to 1000000");
        count("epochs", self.epochs as f64)?;
        count("batch-size", self.batch_size as f64)?;
        count("hidden-units", self.hidden_units as f64)?;
        positive("learning-rate", self.learning_rate)?;
        positive("adam-epsilon", self.adam_epsilon)?;
        let decay = self.weight_decay;
        number(
            "weight-decay",
            decay,
            (0.0..=1.0).contains(&decay),
            "from 0 to 1",
        )?;
        number(
            "warmup",
            self.warmup,
            (0.0..=1.0).contains(&self.warmup),
            "from 0 to 1",
        )?;
        self.clip_norm
            .map_or(Ok(()), |norm| positive("clip-norm", norm))?;
        rate("label-smoothing", self.label_smoothing)?;
        rate("head-dropout", self.head_dropout)?;
        self.encoder_dropout
            .map_or(Ok(()), |dropout| rate("encoder-dropout", dropout))
    }
}

/// A loss with its weights, as a trial request carries it (kebab-case keys, none optional, unknown ones refused).
///
/// For all but [`LossName::Reference`] it is `α · CE(y) + (1 - α) · soft` with the cross-entropy `CE` of the hard label `y`, which is
/// `1[q > 0.5]` of two classes and the likeliest one of more, and `soft` as [`LossName`] says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LossParams {
    /// Which loss.
    pub loss: LossName,
    /// The weight `α` of the hard part, in [0, 1].
    pub alpha: f64,
    /// The temperature `T`, above 0; 1 with [`LossName::Bce`].
    pub temperature: f64,
}

impl LossParams {
    /// Binary cross-entropy, of labels or of probabilities.
    pub fn bce() -> Self {
        Self {
            loss: LossName::Bce,
            alpha: 0.0,
            temperature: 1.0,
        }
    }

    /// The published loss with `α = 0` and `T = 5`, the defaults of the published `train_distilled_model`. (Its command line
    /// has `α = 0.5`, which makes the student answer "positive"; the values of the published experiments are not stated.)
    pub fn reference() -> Self {
        Self {
            loss: LossName::Reference,
            alpha: 0.0,
            temperature: 5.0,
        }
    }

    /// A loss with its usual weights.
    pub fn usual(loss: LossName) -> Self {
        match loss {
            LossName::Reference => Self::reference(),
            LossName::Bce | LossName::Kl | LossName::Mse => Self {
                loss,
                ..Self::bce()
            },
        }
    }

    /// Refuses values out of range.
    ///
    /// # Errors
    /// [`ParamError`] for the first one.
    pub fn check(&self) -> Result<(), ParamError> {
        let refused = |key, got: f64, allowed| {
            let got = got.to_string();
            Err(ParamError { key, got, allowed })
        };
        if !(0.0..=1.0).contains(&self.alpha) {
            return refused("alpha", self.alpha, "from 0 to 1");
        }
        if !(0.01..=1000.0).contains(&self.temperature) {
            return refused("temperature", self.temperature, "from 0.01 to 1000");
        }
        if self.loss == LossName::Bce && (self.temperature - 1.0).abs() > 0.0 {
            return refused("temperature", self.temperature, "1 with the loss `bce`");
        }
        Ok(())
    }

    /// Refuses what does not go with so many classes, or with the hyper-parameters.
    ///
    /// # Errors
    /// [`ParamError`] for the first one.
    pub fn check_with(&self, params: &FitParams, classes: usize) -> Result<(), ParamError> {
        let refused = |key, got: String, allowed| Err(ParamError { key, got, allowed });
        if self.loss == LossName::Reference {
            if classes > 2 {
                let allowed =
                    "`bce`, `kl` or `mse` with more than two classes: the published loss knows two";
                return refused("loss", "reference".to_owned(), allowed);
            }
            if !params.class_weights.are_equal() {
                let allowed = "`none` with the loss `reference`";
                return refused("class-weights", "balanced".to_owned(), allowed);
            }
            if params.label_smoothing > 0.0 {
                let got = params.label_smoothing.to_string();
                return refused("label-smoothing", got, "0 with the loss `reference`");
            }
        }
        if self.loss == LossName::Mse && classes > 2 && (self.temperature - 1.0).abs() > 0.0 {
            let allowed =
                "1 with the loss `mse` and more than two classes: of logits it cancels out";
            return refused("temperature", self.temperature.to_string(), allowed);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
