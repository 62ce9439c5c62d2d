//! Centroid: a frozen encoder and the nearest class mean of its normalised vectors.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Declared, Dependencies, EncoderInputs, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, Settings,
};
use crate::classic::CentroidMeans;
use fsl_common::settings::Pooling;

/// A frozen encoder and the nearest class mean.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Centroid {
    /// An encoder of the catalogue, a folder (with a `/` in it), or `hf:org/name@revision`.
    #[schemars(length(min = 1))]
    pub encoder: String,
    /// What stands before every text: a text such as `query: `, or the name of a prompt that the encoder declares. Default: the prompt
    /// that it declares as default, otherwise none.
    pub prompt: Option<String>,
    /// How the tokens' vectors become the text's. Default: as the encoder declares, otherwise the mean.
    pub pooling: Option<Pooling>,
}

/// The same with every value spelled out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CentroidInputs {
    /// The encoder, and how it is computed.
    pub encoder: EncoderInputs,
    /// How the tokens' vectors become the text's.
    pub pooling: Pooling,
}

impl Settings for Centroid {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            prompt: self.prompt.as_deref(),
            pooling: self.pooling,
            ..Requirements::frozen_encoder(&self.encoder)
        }
    }
}

impl Settings for CentroidInputs {
    fn requirements(&self) -> Requirements<'_> {
        Requirements::frozen_encoder(&self.encoder.sha256)
    }
}

impl Declared for Centroid {
    type Inputs = CentroidInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        let declared = dependencies.pooling.unwrap_or(Pooling::Mean);
        Some(CentroidInputs {
            encoder: dependencies.encoder?,
            pooling: self.pooling.unwrap_or(declared),
        })
    }

    fn encoder_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.encoder)
    }
}

impl Method for CentroidInputs {
    /// Embeds all texts, takes the mean of each class's training vectors and compares the others with both.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let started = Instant::now();
        let encoder = context.encoders.load(&self.encoder)?;
        let train = encoder.embed(context.train_texts, self.pooling, &mut |_| {})?;
        let means = CentroidMeans::fit(&train, context.train_labels, context.classes.count())?;
        let fit_time = started.elapsed();
        let probabilities = context.predict_sets(on_progress, |texts, on_text| {
            let vectors = encoder.embed(texts, self.pooling, on_text)?;
            Ok(means.predict_proba(&vectors)?)
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
