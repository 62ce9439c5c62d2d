//! Training of an encoder with a head: recipes, the keys that override them, and the run that finetune and distill share.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    EncoderInputs, MethodContext, MethodError, Outcome, Progress, Training, TrainingSeeds,
};
use fsl_common::classes::{Classes, Label};
use fsl_common::seed::Stream;
use fsl_common::settings::{FitParams, LossParams};

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

impl Recipe {
    /// Its values.
    pub(super) fn params(self) -> FitParams {
        match self {
            Self::Reference => FitParams::reference(),
            Self::Stable => FitParams::stable(),
        }
    }
}

/// The random streams of every training.
pub(super) const STREAMS: &[Stream] = &[Stream::Init, Stream::Order, Stream::Dropout];

/// Declares the settings of a method that trains an encoder with a head: its own keys, and those of every training.
macro_rules! training_settings {
    ($(#[$about:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct $name {
            $($own)*
            /// An encoder of the catalogue, a folder (with a `/` in it), or `hf:org/name@revision`.
            #[schemars(length(min = 1))]
            pub encoder: String,
            /// What stands before every text: a text such as `query: `, or the name of a prompt that the encoder declares. Default: the
            /// prompt that it declares as default, otherwise none.
            pub prompt: Option<String>,
            /// The set of values that the keys beside it override.
            #[serde(default)]
            pub recipe: super::Recipe,
            /// Passes over the training texts.
            #[schemars(range(min = 1, max = 10_000))]
            pub epochs: Option<u32>,
            /// Steps at least: more epochs are added until they are reached. 0 = as the epochs say.
            #[schemars(range(min = 0, max = 1_000_000))]
            pub min_steps: Option<u32>,
            /// Texts per step.
            #[schemars(range(min = 1, max = 4096))]
            pub batch_size: Option<u32>,
            /// Leave out the last, smaller batch of an epoch.
            pub drop_last: Option<bool>,
            /// The optimiser.
            pub optimizer: Option<fsl_common::settings::Optimizer>,
            /// The learning rate, or its peak.
            #[schemars(range(min = 1e-12, max = 1.0))]
            pub learning_rate: Option<f64>,
            /// How the learning rate changes over the steps.
            pub schedule: Option<fsl_common::settings::Schedule>,
            /// The share of the steps over which the learning rate rises from 0.
            #[schemars(range(min = 0.0, max = 1.0))]
            pub warmup: Option<f64>,
            /// Decoupled weight decay, on weights of matrices only.
            #[schemars(range(min = 0.0, max = 1.0))]
            pub weight_decay: Option<f64>,
            /// What Adam adds to the root of its second moment.
            #[schemars(range(min = 1e-15, max = 1.0))]
            pub adam_epsilon: Option<f64>,
            /// The norm to which all gradients together are scaled down; 0 = never.
            #[schemars(range(min = 0.0, max = 1e6))]
            pub clip_norm: Option<f64>,
            /// How the tokens' vectors become the text's. Default: as the encoder declares, otherwise the recipe's.
            pub pooling: Option<fsl_common::settings::Pooling>,
            /// Units of the dense layer between encoder and logit.
            #[schemars(range(min = 1, max = 65_536))]
            pub hidden_units: Option<u32>,
            /// Dropout before and after the dense layer.
            #[schemars(range(min = 0.0, max = 0.95))]
            pub dropout: Option<f64>,
            /// Dropout inside the encoder. Default: what its config.json says.
            #[schemars(range(min = 0.0, max = 0.95))]
            pub encoder_dropout: Option<f64>,
            /// Top layers of the encoder that start from fresh random weights.
            #[schemars(range(min = 0, max = 100))]
            pub reinit_top: Option<u32>,
            /// How much the texts of each class count: `balanced` gives every class the same weight in all.
            pub class_weights: Option<fsl_common::settings::ClassWeights>,
            /// The part of every target that is spread evenly over all classes.
            #[schemars(range(min = 0.0, max = 0.95))]
            pub label_smoothing: Option<f64>,
        }

        impl $name {
            /// Every hyper-parameter: what is written, otherwise the recipe's; of the pooling what the encoder declares before that.
            fn params(
                &self,
                declared: Option<fsl_common::settings::Pooling>,
            ) -> fsl_common::settings::FitParams {
                let base = self.recipe.params();
                let count = |given: Option<u32>, usual: usize| given.map_or(usual, |count| count as usize);
                fsl_common::settings::FitParams {
                    epochs: count(self.epochs, base.epochs),
                    min_steps: match (self.min_steps, self.epochs) {
                        (Some(steps), _) => steps as usize,
                        // Who asks for so many epochs gets them: a recipe's least number of steps holds for its own epochs only.
                        (None, Some(_)) => 0,
                        (None, None) => base.min_steps,
                    },
                    batch_size: count(self.batch_size, base.batch_size),
                    drop_last: self.drop_last.unwrap_or(base.drop_last),
                    learning_rate: self.learning_rate.unwrap_or(base.learning_rate),
                    optimizer: self.optimizer.unwrap_or(base.optimizer),
                    adam_epsilon: self.adam_epsilon.unwrap_or(base.adam_epsilon),
                    weight_decay: self.weight_decay.unwrap_or(base.weight_decay),
                    clip_norm: self
                        .clip_norm
                        .map_or(base.clip_norm, |norm| (norm > 0.0).then_some(norm)),
                    schedule: self.schedule.unwrap_or(base.schedule),
                    warmup: self.warmup.unwrap_or(base.warmup),
                    head_dropout: self.dropout.unwrap_or(base.head_dropout),
                    encoder_dropout: self.encoder_dropout.or(base.encoder_dropout),
                    hidden_units: self.hidden_units.map_or(base.hidden_units, i64::from),
                    pooling: self.pooling.or(declared).unwrap_or(base.pooling),
                    reinit_top: count(self.reinit_top, base.reinit_top),
                    class_weights: self.class_weights.unwrap_or(base.class_weights),
                    label_smoothing: self.label_smoothing.unwrap_or(base.label_smoothing),
                }
            }
        }
    };
}

pub(super) use training_settings;

/// The labels as targets.
pub(super) fn labels(context: &MethodContext) -> Vec<f32> {
    label_targets(context.train_labels, context.classes)
}

/// Labels as targets, text by text: of two classes 0 or 1, of more a one in the column of the class.
pub fn label_targets(labels: &[Label], classes: &Classes) -> Vec<f32> {
    let labels = labels.iter().copied();
    match classes.count() {
        2 => labels.map(f32::from).collect(),
        classes => labels
            .flat_map(|label| {
                (0..classes).map(move |class| f32::from(u8::from(class == usize::from(label))))
            })
            .collect(),
    }
}

impl<'a> MethodContext<'a> {
    /// A training with the context's seeds.
    pub(super) fn training<'b>(
        &self,
        params: &'b FitParams,
        loss: &'b LossParams,
        texts: &'b [String],
        targets: &'b [f32],
    ) -> Training<'b>
    where
        'a: 'b,
    {
        Training {
            params,
            loss,
            texts,
            classes: self.classes,
            targets,
            seeds: TrainingSeeds {
                init: self.seed(Stream::Init),
                order: self.seed(Stream::Order),
                dropout: self.seed(Stream::Dropout),
            },
            save_model: self.save_model,
        }
    }
}

/// Trains, or takes the saved model, and gives every set its probabilities.
pub(super) fn train_and_predict(
    encoder: &EncoderInputs,
    training: &Training,
    context: &MethodContext,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, MethodError> {
    let started = Instant::now();
    let (model, fit) = if let Some(folder) = context.saved_model {
        (context.encoders.load_model(encoder, folder)?, None)
    } else {
        let (model, fit) = context.encoders.finetune(encoder, training, on_progress)?;
        (model, Some(fit))
    };
    let fit_time = started.elapsed();
    let probabilities =
        context.predict_sets(on_progress, |texts, on_text| model.predict(texts, on_text))?;
    Ok(Outcome {
        probabilities,
        fit,
        selection: None,
        fit_time,
        predict_time: started.elapsed() - fit_time,
    })
}
