//! From a spec's recipe and what it overrides to every hyper-parameter.

use crate::nn::{self, FitParams, LossParams, Optimizer, Schedule};
use crate::spec::{Distill, Finetune, LossName, OptimizerName, Pooling, Recipe, ScheduleName};

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
        optimizer: spec.optimizer.map_or(base.optimizer, optimizer),
        adam_epsilon: spec.adam_epsilon.unwrap_or(base.adam_epsilon),
        weight_decay: spec.weight_decay.unwrap_or(base.weight_decay),
        clip_norm: spec
            .clip_norm
            .map_or(base.clip_norm, |norm| (norm > 0.0).then_some(norm)),
        schedule: spec.schedule.map_or(base.schedule, schedule),
        warmup: spec.warmup.unwrap_or(base.warmup),
        head_dropout: spec.dropout.unwrap_or(base.head_dropout),
        encoder_dropout: spec.encoder_dropout.or(base.encoder_dropout),
        hidden_units: spec.hidden_units.map_or(base.hidden_units, i64::from),
        pooling: spec.pooling.map_or(base.pooling, pooling),
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
    let base = match spec.loss {
        LossName::Bce => LossParams::bce(),
        LossName::Kl => LossParams {
            loss: nn::LossName::Kl,
            ..LossParams::bce()
        },
        LossName::Mse => LossParams {
            loss: nn::LossName::Mse,
            ..LossParams::bce()
        },
        LossName::Reference => LossParams::reference(),
    };
    LossParams {
        alpha: spec.alpha.unwrap_or(base.alpha),
        temperature: spec.temperature.unwrap_or(base.temperature),
        ..base
    }
}

/// The pooling that a spec names.
pub(super) fn pooling(name: Pooling) -> nn::Pooling {
    match name {
        Pooling::Cls => nn::Pooling::Cls,
        Pooling::Mean => nn::Pooling::Mean,
    }
}

fn optimizer(name: OptimizerName) -> Optimizer {
    match name {
        OptimizerName::KerasAdam => Optimizer::KerasAdam,
        OptimizerName::Adamw => Optimizer::AdamW,
    }
}

fn schedule(name: ScheduleName) -> Schedule {
    match name {
        ScheduleName::Constant => Schedule::Constant,
        ScheduleName::Linear => Schedule::Linear,
    }
}
