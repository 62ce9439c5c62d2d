//! Probe: a frozen encoder and logistic regression on its pooled output or on several of its layers, the strongest cheap baseline.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bow::{default_balanced, default_c};
use super::frozen::{conflict, layered_encoder};
use super::label_names::{LabelNames, Labelled};
use super::layered_features::{FeatureMaker, LayeredFeatures};
use super::{
    Declared, Dependencies, EncoderInputs, Method, MethodContext, MethodError, Outcome, PoolInputs,
    Progress, Requirements, Settings,
};
use crate::classic::{Features, fit_weighted_logistic};
use fsl_common::settings::{ParamError, Pooling};

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
    /// Which layers become the features. Default: the pooled output.
    pub features: Option<LayeredFeatures>,
    /// Learn from the names of the classes, too.
    pub label_names: Option<LabelNames>,
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
    /// Which layers become the features, where not the pooled output alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<LayeredFeatures>,
    /// The names of the classes as labelled texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_names: Option<LabelNames>,
    /// The texts without labels, where features are centred on them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolInputs>,
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
            ..Requirements::layered(&self.encoder, self.features.as_ref(), None)
        }
    }
}

impl Settings for ProbeInputs {
    fn requirements(&self) -> Requirements<'_> {
        let size = self.pool.as_ref().and_then(|pool| pool.transfer_size);
        Requirements::layered(&self.encoder.sha256, self.features.as_ref(), size)
    }
}

impl Declared for Probe {
    type Inputs = ProbeInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        let declared = dependencies.pooling.unwrap_or(Pooling::Mean);
        Some(ProbeInputs {
            encoder: layered_encoder(dependencies.encoder?, self.features.as_ref()),
            pooling: self.pooling.unwrap_or(declared),
            features: self.features.as_ref().map(LayeredFeatures::resolved),
            label_names: self.label_names.clone(),
            pool: dependencies.pool,
            c: self.c,
            balanced: self.balanced,
        })
    }

    fn encoder_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.encoder)
    }

    fn conflict(&self) -> Option<(&'static str, &'static str)> {
        conflict(self.features.as_ref(), self.label_names.as_ref())
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
        let centers = (context.train_texts, context.pool);
        let layered = self.features.as_ref();
        let maker = FeatureMaker::new(encoder.as_ref(), self.pooling, layered, centers)?;
        let train = (context.train_texts, context.train_labels);
        let labelled = Labelled::new(train, self.label_names.as_ref(), context.classes, &maker)?;
        let features = Features::dense(&labelled.rows)?;
        let (labels, weights) = (&labelled.labels, &labelled.weights);
        let classes = context.classes.count();
        let model =
            fit_weighted_logistic(self.c, self.balanced, &features, labels, weights, classes)?;
        let fit_time = started.elapsed();
        let probabilities = context.predict_sets(on_progress, |texts, on_text| {
            let rows = maker.of(texts, on_text)?;
            Ok(model.predict_proba(&Features::dense(&rows)?))
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
