//! Every hyper-parameter of a fit.

use serde::{Deserialize, Serialize};

use super::NnError;
use super::head::Pooling;
use super::optim::{Optimizer, Schedule};

/// Every hyper-parameter of a fit, as a trial request carries it (kebab-case keys, none optional, unknown ones refused).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FitParams {
    /// Passes over the texts, at least 1.
    pub epochs: usize,
    /// The least number of steps: passes are added until it is reached. 0 = no such wish.
    pub min_steps: usize,
    /// Texts per step, at least 1.
    pub batch_size: usize,
    /// Whether an epoch ends with its last full batch. With fewer texts than `batch_size` they are one batch all the same.
    pub drop_last: bool,
    /// The (peak) learning rate, above 0, per step.
    pub learning_rate: f64,
    /// Which Adam.
    pub optimizer: Optimizer,
    /// The ε in Adam's denominator, above 0.
    pub adam_epsilon: f64,
    /// Decoupled weight decay, from 0, not on biases and layer normalisation; AdamW only.
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
    /// Width of the head's dense layer, at least 1.
    pub hidden_units: i64,
    /// What the head sees of a text.
    pub pooling: Pooling,
    /// How many of the encoder's last blocks start from new weights.
    pub reinit_top: usize,
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

    /// Steps in one pass over `texts` texts.
    pub fn steps_per_epoch(&self, texts: usize) -> usize {
        if self.drop_last {
            (texts / self.batch_size).max(1)
        } else {
            texts.div_ceil(self.batch_size)
        }
    }

    /// Steps in the whole fit on `texts` texts: `max(epochs, ⌈min-steps / steps per epoch⌉)` passes.
    pub fn steps(&self, texts: usize) -> usize {
        let per_epoch = self.steps_per_epoch(texts).max(1);
        per_epoch * self.epochs.max(self.min_steps.div_ceil(per_epoch))
    }

    /// Refuses values out of range.
    ///
    /// # Errors
    /// [`NnError::Param`] for the first one.
    pub fn check(&self) -> Result<(), NnError> {
        let rate = |rate: f64| (0.0..1.0).contains(&rate);
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let checks = [
            (
                "epochs",
                self.epochs.to_string(),
                self.epochs >= 1,
                "at least 1",
            ),
            (
                "batch-size",
                self.batch_size.to_string(),
                self.batch_size >= 1,
                "at least 1",
            ),
            (
                "learning-rate",
                self.learning_rate.to_string(),
                positive(self.learning_rate),
                "above 0",
            ),
            (
                "adam-epsilon",
                self.adam_epsilon.to_string(),
                positive(self.adam_epsilon),
                "above 0",
            ),
            (
                "weight-decay",
                self.weight_decay.to_string(),
                self.weight_decay >= 0.0 && self.weight_decay.is_finite(),
                "at least 0",
            ),
            (
                "clip-norm",
                format!("{:?}", self.clip_norm),
                self.clip_norm.is_none_or(positive),
                "above 0, or none",
            ),
            (
                "warmup",
                self.warmup.to_string(),
                (0.0..=1.0).contains(&self.warmup),
                "from 0 to 1",
            ),
            (
                "head-dropout",
                self.head_dropout.to_string(),
                rate(self.head_dropout),
                "from 0 to below 1",
            ),
            (
                "encoder-dropout",
                format!("{:?}", self.encoder_dropout),
                self.encoder_dropout.is_none_or(rate),
                "from 0 to below 1, or none",
            ),
            (
                "hidden-units",
                self.hidden_units.to_string(),
                (1..=1_000_000).contains(&self.hidden_units),
                "from 1 to 1000000",
            ),
        ];
        match checks.into_iter().find(|(_, _, fits, _)| !fits) {
            None => Ok(()),
            Some((key, got, _, allowed)) => Err(NnError::Param { key, got, allowed }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: field.md, 0.5 and d.1: 6 steps of 16 texts out of 100 per epoch, 30 epochs; 20 epochs or 200 steps.
    #[test]
    fn recipes_have_their_numbers_of_steps() {
        let (reference, stable) = (FitParams::reference(), FitParams::stable());
        assert_eq!(
            (reference.steps_per_epoch(100), reference.steps(100)),
            (6, 180)
        );
        assert_eq!((stable.steps_per_epoch(100), stable.steps(100)), (7, 203));
        assert_eq!(stable.steps(1000), 20 * 63);
        assert_eq!(reference.steps_per_epoch(10), 1);
    }

    #[test]
    fn requests_carry_every_value_and_nothing_else() {
        let json = serde_json::to_string(&FitParams::stable()).unwrap();
        assert!(
            json.contains(r#""optimizer":"adamw","adam-epsilon":1e-6"#),
            "{json}"
        );
        assert_eq!(
            serde_json::from_str::<FitParams>(&json).unwrap(),
            FitParams::stable()
        );
        assert!(
            serde_json::from_str::<FitParams>(&json.replacen('{', r#"{"epoch":1,"#, 1)).is_err()
        );
    }

    #[test]
    fn values_out_of_range_are_named() {
        let bad = FitParams {
            clip_norm: Some(0.0),
            ..FitParams::stable()
        };
        let message = bad.check().unwrap_err().to_string();
        assert_eq!(
            message,
            "hyper-parameter `clip-norm`: got Some(0.0), must be above 0, or none"
        );
        assert!(FitParams::stable().check().is_ok() && FitParams::reference().check().is_ok());
    }
}
