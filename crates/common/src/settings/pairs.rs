//! Hyper-parameters of contrastive training.

use serde::{Deserialize, Serialize};

use super::ParamError;

/// Every hyper-parameter of a contrastive training, as a trial request carries it (kebab-case keys, none optional but the last, unknown
/// ones refused). The optimiser is AdamW with ε = 1e-8, the learning rate falls to 0 on a straight line after its warm-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PairParams {
    /// Passes, from 1 to a thousand.
    pub epochs: usize,
    /// How many pairs of each kind, of one class and of two, every text begins in a pass; from 1 to a thousand.
    pub iterations: usize,
    /// Pairs per step, from 1 to a million.
    pub batch_size: usize,
    /// The peak learning rate, above 0, per step.
    pub learning_rate: f64,
    /// The part of all steps, in [0, 1], in which the learning rate rises from 0.
    pub warmup: f64,
    /// Decoupled weight decay, in [0, 1], not on biases and layer normalisation.
    pub weight_decay: f64,
    /// The longest gradient, as a norm over all parameters, above 0; 0 = not clipped.
    pub clip_norm: f64,
    /// Replaces all of the encoder's dropout rates, in [0, 1); none = those of config.json.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder_dropout: Option<f64>,
}

impl PairParams {
    /// Pairs of one pass over so many texts.
    pub fn pairs(&self, texts: usize) -> usize {
        2 * self.iterations * texts
    }

    /// Steps in one pass over so many texts.
    pub fn steps_per_epoch(&self, texts: usize) -> usize {
        self.pairs(texts).div_ceil(self.batch_size.max(1)).max(1)
    }

    /// Steps in the whole training.
    pub fn steps(&self, texts: usize) -> usize {
        self.epochs * self.steps_per_epoch(texts)
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
        let few = |key, got: usize| {
            let fits = (1..=1000).contains(&got);
            number(key, got as f64, fits, "from 1 to 1000")
        };
        let share = |key, got: f64| number(key, got, (0.0..=1.0).contains(&got), "from 0 to 1");
        few("epochs", self.epochs)?;
        few("iterations", self.iterations)?;
        let batch = self.batch_size;
        let fits = (1..=1_000_000).contains(&batch);
        number("batch-size", batch as f64, fits, "from 1 to 1000000")?;
        let rate = self.learning_rate;
        number(
            "learning-rate",
            rate,
            rate > 0.0 && rate.is_finite(),
            "above 0",
        )?;
        share("warmup", self.warmup)?;
        share("weight-decay", self.weight_decay)?;
        let norm = self.clip_norm;
        number(
            "clip-norm",
            norm,
            norm >= 0.0 && norm.is_finite(),
            "at least 0",
        )?;
        let dropout = self.encoder_dropout.unwrap_or_default();
        let fits = (0.0..1.0).contains(&dropout);
        number("encoder-dropout", dropout, fits, "from 0 to below 1")
    }
}
