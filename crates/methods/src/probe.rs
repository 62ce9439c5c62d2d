//! Probe: a frozen encoder and logistic regression on its pooled output, the strongest cheap baseline.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bow::{default_balanced, default_c};
use super::{
    Declared, Dependencies, EncoderInputs, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, Settings,
};
use crate::classic::{Features, fit_logistic};
use fsl_common::settings::Pooling;

/// A frozen encoder and logistic regression.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Probe {
    /// An encoder of the catalogue, a folder (with a `/` in it), or `hf:org/name@revision`.
    #[schemars(length(min = 1))]
    pub encoder: String,
    /// What stands before every text: a text such as `query: `, or the name of a prompt that the encoder declares. Default: the prompt
    /// that it declares as default, otherwise none.
    pub prompt: Option<String>,
    /// How the tokens' vectors become the text's. Default: as the encoder declares, otherwise the mean.
    pub pooling: Option<Pooling>,
    /// Inverse strength of the L2 penalty.
    #[serde(default = "default_c")]
    #[schemars(range(min = 1e-6, max = 1e6))]
    pub c: f64,
    /// Weigh each class by the inverse of its frequency.
    #[serde(default = "default_balanced")]
    pub balanced: bool,
}

/// The same with every value spelled out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ProbeInputs {
    /// The encoder, and how it is computed.
    pub encoder: EncoderInputs,
    /// How the tokens' vectors become the text's.
    pub pooling: Pooling,
    /// Inverse strength of the L2 penalty.
    pub c: f64,
    /// Whether each class is weighed by the inverse of its frequency.
    pub balanced: bool,
}

impl Settings for Probe {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            prompt: self.prompt.as_deref(),
            pooling: self.pooling,
            ..Requirements::frozen_encoder(&self.encoder)
        }
    }
}

impl Settings for ProbeInputs {
    fn requirements(&self) -> Requirements<'_> {
        Requirements::frozen_encoder(&self.encoder.sha256)
    }
}

impl Declared for Probe {
    type Inputs = ProbeInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        let declared = dependencies.pooling.unwrap_or(Pooling::Mean);
        Some(ProbeInputs {
            encoder: dependencies.encoder?,
            pooling: self.pooling.unwrap_or(declared),
            c: self.c,
            balanced: self.balanced,
        })
    }

    fn encoder_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.encoder)
    }
}

impl Method for ProbeInputs {
    /// Embeds all texts, fits the regression on the training texts' vectors and scores the others'.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let started = Instant::now();
        let encoder = context.encoders.load(&self.encoder)?;
        let train = encoder.embed(context.train_texts, self.pooling, &mut |_| {})?;
        let features = Features::dense(&train)?;
        let classes = context.classes.count();
        let labels = context.train_labels;
        let model = fit_logistic(self.c, self.balanced, &features, labels, classes)?;
        let fit_time = started.elapsed();
        let probabilities = context.predict_sets(on_progress, |texts, on_text| {
            let vectors = encoder.embed(texts, self.pooling, on_text)?;
            Ok(model.predict_proba(&Features::dense(&vectors)?))
        })?;
        Ok(Outcome {
            probabilities,
            fit: None,
            fit_time,
            predict_time: started.elapsed() - fit_time,
        })
    }

    fn encoder(&self) -> Option<&EncoderInputs> {
        Some(&self.encoder)
    }

    fn encoder_mut(&mut self) -> Option<&mut EncoderInputs> {
        Some(&mut self.encoder)
    }
}
