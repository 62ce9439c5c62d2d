//! Centroid: a frozen encoder and the nearest class mean of its normalised vectors.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::frozen::{conflict, layered_encoder};
use super::label_names::{LabelNames, Labelled};
use super::layered_features::{FeatureMaker, LayeredFeatures};
use super::{
    Declared, Dependencies, EncoderInputs, Method, MethodContext, MethodError, Outcome, PoolInputs,
    Progress, Requirements, Settings,
};
use crate::classic::CentroidMeans;
use fsl_common::settings::{ParamError, Pooling};

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
    /// Which layers become the vector. Default: the pooled output.
    pub features: Option<LayeredFeatures>,
    /// Learn from the names of the classes, too.
    pub label_names: Option<LabelNames>,
}

/// The same with every value spelled out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CentroidInputs {
    /// The encoder, and how it is computed.
    pub encoder: EncoderInputs,
    /// How the tokens' vectors become the text's.
    pub pooling: Pooling,
    /// Which layers become the vector, where not the pooled output alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<LayeredFeatures>,
    /// The names of the classes as labelled texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_names: Option<LabelNames>,
    /// The texts without labels, where vectors are centred on them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolInputs>,
}

impl Settings for Centroid {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            prompt: self.prompt.as_deref(),
            pooling: self.pooling,
            ..Requirements::layered(&self.encoder, self.features.as_ref(), None)
        }
    }
}

impl Settings for CentroidInputs {
    fn requirements(&self) -> Requirements<'_> {
        let size = self.pool.as_ref().and_then(|pool| pool.transfer_size);
        Requirements::layered(&self.encoder.sha256, self.features.as_ref(), size)
    }
}

impl Declared for Centroid {
    type Inputs = CentroidInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        let declared = dependencies.pooling.unwrap_or(Pooling::Mean);
        Some(CentroidInputs {
            encoder: layered_encoder(dependencies.encoder?, self.features.as_ref()),
            pooling: self.pooling.unwrap_or(declared),
            features: self.features.as_ref().map(LayeredFeatures::resolved),
            label_names: self.label_names.clone(),
            pool: dependencies.pool,
        })
    }

    fn encoder_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.encoder)
    }

    fn conflict(&self) -> Option<(&'static str, &'static str)> {
        conflict(self.features.as_ref(), self.label_names.as_ref())
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
        let centers = (context.train_texts, context.pool);
        let layered = self.features.as_ref();
        let maker = FeatureMaker::new(encoder.as_ref(), self.pooling, layered, centers)?;
        let train = (context.train_texts, context.train_labels);
        let labelled = Labelled::new(train, self.label_names.as_ref(), context.classes, &maker)?;
        let (labels, weights) = (&labelled.labels, &labelled.weights);
        let classes = context.classes.count();
        let means = CentroidMeans::fit_weighted(&labelled.rows, labels, weights, classes)?;
        let fit_time = started.elapsed();
        let probabilities = context.predict_sets(on_progress, |texts, on_text| {
            Ok(means.predict_proba(&maker.of(texts, on_text)?)?)
        })?;
        Ok(Outcome {
            probabilities,
            fit: None,
            fit_time,
            predict_time: started.elapsed() - fit_time,
        })
    }

    fn check_classes(&self, classes: usize) -> Result<(), ParamError> {
        let names = self.label_names.as_ref();
        names.map_or(Ok(()), |names| names.check(classes))
    }

    fn pool(&self) -> Option<&PoolInputs> {
        self.pool.as_ref()
    }

    fn pool_mut(&mut self) -> Option<&mut PoolInputs> {
        self.pool.as_mut()
    }

    fn encoder(&self) -> Option<&EncoderInputs> {
        Some(&self.encoder)
    }

    fn encoder_mut(&mut self) -> Option<&mut EncoderInputs> {
        Some(&mut self.encoder)
    }
}
