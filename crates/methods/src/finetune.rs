//! Finetune: an encoder and a classifier head, trained together, the published `FSL` rows.

use serde::{Deserialize, Serialize};

use super::training::{labels, train_and_predict, training_settings};
use super::{
    Cost, Declared, Dependencies, EncoderInputs, EncoderWeights, Method, MethodContext,
    MethodError, Outcome, Progress, Requirements, Settings, training,
};
use fsl_common::settings::{FitParams, LossParams};

training_settings! {
    /// An encoder and a classifier head, trained together. Keys that are left out have the recipe's value.
    Finetune {}
}

/// The same with every hyper-parameter spelled out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FinetuneInputs {
    /// The encoder, and how it is computed.
    pub encoder: EncoderInputs,
    /// Every hyper-parameter.
    pub params: FitParams,
}

fn requirements(encoder: &str) -> Requirements<'_> {
    Requirements {
        streams: training::STREAMS,
        encoder: Some(encoder),
        labelled_texts: true,
        weights: EncoderWeights::Kept,
        ..Requirements::default()
    }
}

impl Settings for Finetune {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            prompt: self.prompt.as_deref(),
            pooling: self.pooling,
            ..requirements(&self.encoder)
        }
    }
}

impl Settings for FinetuneInputs {
    fn requirements(&self) -> Requirements<'_> {
        requirements(&self.encoder.sha256)
    }
}

impl Declared for Finetune {
    type Inputs = FinetuneInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<FinetuneInputs> {
        Some(FinetuneInputs {
            encoder: dependencies.encoder?.without_modules(),
            params: self.params(dependencies.pooling),
        })
    }

    fn encoder_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.encoder)
    }
}

impl Method for FinetuneInputs {
    /// Fine-tunes on the training texts and scores the others.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let (loss, targets) = (LossParams::bce(), labels(context));
        let training = context.training(&self.params, &loss, context.train_texts, &targets);
        train_and_predict(&self.encoder, &training, context, on_progress)
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
}
