//! Distill: a student, an encoder and a head trained on a teacher's probabilities (Hinton et al. 2015), the published `distill` rows.

use serde::{Deserialize, Serialize};

use super::training::{labels, train_and_predict, training_settings};
use super::{
    Base, BaseRole, Cost, Declared, Dependencies, EncoderInputs, EncoderWeights, Method,
    MethodContext, MethodError, Outcome, Progress, Requirements, RowRef, Settings, SoftTargets,
    SoftTargetsInputs, TransferSet, training,
};
use fsl_common::classes::Classes;
use fsl_common::settings::{FitParams, LossName, LossParams, ParamError};

training_settings! {
    /// A student: an encoder and a head, trained on a teacher's probabilities for the texts of the transfer set. Keys that are
    /// left out have the recipe's value.
    Distill {
        /// The row whose probabilities are learnt: an ensemble or a single row, of this experiment (`fsl-mean`) or of another
        /// one (`experiment/fsl-mean`). Of a row with several trials, student 3 learns from trial 3.
        #[schemars(with = "String", length(min = 1))]
        pub teacher: RowRef,
        /// The loss between the student's and the teacher's probabilities.
        #[serde(default)]
        pub loss: LossName,
        /// The weight of the teacher's decision (0 or 1) against its probability. Default: 0.
        #[schemars(range(min = 0.0, max = 1.0))]
        pub alpha: Option<f64>,
        /// Divides the logits of `kl` and `mse`, and the probabilities of `reference`. Default: 1, with `reference` 5.
        #[schemars(range(min = 0.01, max = 1000.0))]
        pub temperature: Option<f64>,
        /// Learn from the labelled training texts as well, with their labels in the place of probabilities.
        #[serde(default)]
        pub labelled: bool,
        /// Transfer texts to learn from, drawn by the `sample` stream. Default: all.
        #[schemars(range(min = 1, max = 100_000_000))]
        pub transfer_size: Option<u32>,
    }
}

/// The same with every hyper-parameter spelled out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DistillInputs {
    /// The encoder, and how it is computed.
    pub encoder: EncoderInputs,
    /// Every hyper-parameter.
    pub params: FitParams,
    /// The loss between student and teacher.
    pub loss: LossParams,
    /// What is learnt.
    #[serde(rename = "lesson")]
    pub soft_targets: SoftTargetsInputs,
}

/// What both forms ask for.
fn requirements(encoder: &str, labelled: bool, transfer_size: Option<u32>) -> Requirements<'_> {
    Requirements {
        streams: training::STREAMS,
        encoder: Some(encoder),
        labelled_texts: labelled,
        transfer: Some(TransferSet {
            size: transfer_size,
            asked_by: None,
        }),
        weights: EncoderWeights::Kept,
        ..Requirements::default()
    }
}

impl Settings for Distill {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            base: Some(Base {
                key: "teacher",
                row: &self.teacher,
                role: BaseRole::Teacher,
            }),
            prompt: self.prompt.as_deref(),
            pooling: self.pooling,
            ..requirements(&self.encoder, self.labelled, self.transfer_size)
        }
    }
}

impl Settings for DistillInputs {
    fn requirements(&self) -> Requirements<'_> {
        let learnt = &self.soft_targets;
        requirements(&self.encoder.sha256, learnt.labelled, learnt.transfer_size)
    }
}

impl Declared for Distill {
    type Inputs = DistillInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<DistillInputs> {
        let base = LossParams::usual(self.loss);
        Some(DistillInputs {
            encoder: dependencies.encoder?.without_modules(),
            params: self.params(dependencies.pooling),
            loss: LossParams {
                alpha: self.alpha.unwrap_or(base.alpha),
                temperature: self.temperature.unwrap_or(base.temperature),
                ..base
            },
            soft_targets: dependencies.soft_targets?,
        })
    }

    fn encoder_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.encoder)
    }

    fn base_mut(&mut self) -> Option<&mut RowRef> {
        Some(&mut self.teacher)
    }

    fn conflict(&self) -> Option<(&'static str, &'static str)> {
        let softened = |temperature: f64| (temperature - 1.0).abs() > 0.0;
        (self.loss == LossName::Bce && self.temperature.is_some_and(softened)).then_some((
            "temperature",
            "`bce` compares probabilities and has no temperature; take `kl` or `mse`, or leave it out",
        ))
    }
}

impl Method for DistillInputs {
    /// Trains on the teacher's probabilities, and on the labelled texts where that is asked for, and scores the others.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let (mut texts, mut targets) = match context.soft_targets {
            Some(SoftTargets {
                texts,
                probabilities,
            }) => {
                let targets = probabilities.values().iter().map(|&target| target as f32);
                (texts.to_vec(), targets.collect())
            }
            // A saved model has learnt already.
            None if context.saved_model.is_some() => (Vec::new(), Vec::new()),
            None => return Err(MethodError::NoSoftTargets),
        };
        if self.soft_targets.labelled {
            texts.extend_from_slice(context.train_texts);
            targets.extend(labels(context));
        }
        let training = context.training(&self.params, &self.loss, &texts, &targets);
        train_and_predict(&self.encoder, &training, context, on_progress)
    }

    fn check_classes(&self, classes: &Classes) -> Result<(), ParamError> {
        self.loss.check_with(&self.params, classes.count())
    }

    fn cost(&self) -> Cost {
        Cost {
            training: Some((&self.params).into()),
            ..Cost::default()
        }
    }

    fn encoder(&self) -> Option<&EncoderInputs> {
        Some(&self.encoder)
    }

    fn encoders_mut(&mut self) -> Vec<&mut EncoderInputs> {
        vec![&mut self.encoder]
    }

    fn soft_targets(&self) -> Option<&SoftTargetsInputs> {
        Some(&self.soft_targets)
    }

    fn soft_targets_mut(&mut self) -> Option<&mut SoftTargetsInputs> {
        Some(&mut self.soft_targets)
    }
}
