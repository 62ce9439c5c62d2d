//! From a spec's recipe and what it overrides to every hyper-parameter.

use crate::settings::{FitParams, LossParams};
use crate::spec::{Distill, Finetune, Recipe};

/// Every hyper-parameter of a fine-tuning row.
pub(super) fn params(spec: &Finetune) -> FitParams {
    let base = match spec.recipe {
        Recipe::Reference => FitParams::reference(),
        Recipe::Stable => FitParams::stable(),
    };
    let count = |given: Option<u32>, default: usize| given.map_or(default, |count| count as usize);
    FitParams {
        epochs: count(spec.epochs, base.epochs),
        min_steps: min_steps(spec, base.min_steps),
        batch_size: count(spec.batch_size, base.batch_size),
        drop_last: spec.drop_last.unwrap_or(base.drop_last),
        learning_rate: spec.learning_rate.unwrap_or(base.learning_rate),
        optimizer: spec.optimizer.unwrap_or(base.optimizer),
        adam_epsilon: spec.adam_epsilon.unwrap_or(base.adam_epsilon),
        weight_decay: spec.weight_decay.unwrap_or(base.weight_decay),
        clip_norm: spec
            .clip_norm
            .map_or(base.clip_norm, |norm| (norm > 0.0).then_some(norm)),
        schedule: spec.schedule.unwrap_or(base.schedule),
        warmup: spec.warmup.unwrap_or(base.warmup),
        head_dropout: spec.dropout.unwrap_or(base.head_dropout),
        encoder_dropout: spec.encoder_dropout.or(base.encoder_dropout),
        hidden_units: spec.hidden_units.map_or(base.hidden_units, i64::from),
        pooling: spec.pooling.unwrap_or(base.pooling),
        reinit_top: count(spec.reinit_top, base.reinit_top),
    }
}

/// Who asks for so many epochs gets them: a recipe's least number of steps holds for its own number of epochs only.
fn min_steps(spec: &Finetune, base: usize) -> usize {
    match (spec.min_steps, spec.epochs) {
        (Some(steps), _) => steps as usize,
        (None, Some(_)) => 0,
        (None, None) => base,
    }
}

/// The loss of a student.
pub(super) fn loss(spec: &Distill) -> LossParams {
    let base = LossParams::usual(spec.loss);
    LossParams {
        alpha: spec.alpha.unwrap_or(base.alpha),
        temperature: spec.temperature.unwrap_or(base.temperature),
        ..base
    }
}
