//! Centroid: a frozen encoder and the nearest class mean of its normalised vectors.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::inputs::EncoderRef;
use super::{
    Declared, Dependencies, EncoderInputs, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, Settings,
};
use crate::classic::CentroidMeans;
use fsl_common::settings::Pooling;

/// A frozen encoder and the nearest class mean. `E` is the encoder: a name in a spec, its contents in a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Centroid<E = String> {
    /// An encoder of the catalogue, a folder (with a `/` in it), or `hf:org/name@revision`.
    #[schemars(length(min = 1))]
    pub encoder: E,
    /// How the tokens' vectors become the text's.
    #[serde(default = "default_pooling")]
    pub pooling: Pooling,
}

fn default_pooling() -> Pooling {
    Pooling::Mean
}

impl<E: EncoderRef> Settings for Centroid<E> {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            encoder: Some(self.encoder.id()),
            labelled_texts: true,
            ..Requirements::default()
        }
    }
}

impl Declared for Centroid {
    type Inputs = Centroid<EncoderInputs>;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        Some(Centroid {
            encoder: dependencies.encoder?,
            pooling: self.pooling,
        })
    }

    fn encoder_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.encoder)
    }
}

impl Method for Centroid<EncoderInputs> {
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
