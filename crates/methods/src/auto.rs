//! Auto: the recipe for those who do not want to choose. It was chosen on development sets and does not change within a version of records.
//!
//! The features are the last four layers, the last one with half of the weight, each centred on the transfer texts, or on the labelled ones
//! where there are none. Names of classes are learnt from, too, unless all of them are numbers. With transfer texts the method is `cross-view`,
//! without them `probe`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bow::default_balanced;
use super::layered_features::blocks_for;
use super::{
    Center, Cost, CrossViewInputs, Declared, Dependencies, EncoderInputs, LabelNames,
    LayeredFeatures, Method, MethodContext, MethodError, Outcome, PoolInputs, ProbeInputs,
    Progress, Requirements, Settings, Threshold, TransferSet, ViewName,
};
use fsl_common::classes::Classes;
use fsl_common::settings::{ParamError, Pooling};

/// The layers, and how much each counts; encoders of fewer blocks have fewer of them.
const LAYERS: [(i32, f64); 4] = [(-4, 1.0), (-3, 1.0), (-2, 1.0), (-1, 3.0)];

/// Inverse strength of the probe's L2 penalty.
const C: f64 = 10.0;

/// The recipe for those who do not want to choose.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Auto {
    /// An encoder of the catalogue, a folder (with a `/` in it), or `hf:org/name@revision`.
    #[schemars(length(min = 1))]
    pub encoder: String,
    /// What stands before every text: a text such as `query: `, or the name of a prompt that the encoder declares. Default: the
    /// prompt that it declares as default, otherwise none.
    pub prompt: Option<String>,
    /// What the classes are called, in their order. Default: their names in the data, unless all are numbers.
    #[schemars(length(min = 2, max = 10_000))]
    pub names: Option<Vec<String>>,
    /// Whether the data has transfer texts.
    #[serde(skip)]
    #[schemars(skip)]
    pub has_transfer: bool,
}

/// The same with the encoder by its contents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AutoInputs {
    /// The encoder, and how it is computed.
    pub encoder: EncoderInputs,
    /// How the tokens' vectors become the text's.
    pub pooling: Pooling,
    /// What the classes are called, where the spec says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The texts without labels, where there are some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolInputs>,
}

fn requirements(encoder: &str, has_transfer: bool) -> Requirements<'_> {
    Requirements {
        encoder: Some(encoder),
        labelled_texts: true,
        // The last layer: there is one in every encoder.
        farthest_layer: Some(-1),
        threshold: has_transfer.then_some(Threshold::Balanced),
        transfer: has_transfer.then_some(TransferSet {
            size: None,
            asked_by: None,
        }),
        ..Requirements::default()
    }
}

impl Settings for Auto {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            prompt: self.prompt.as_deref(),
            ..requirements(&self.encoder, self.has_transfer)
        }
    }
}

impl Settings for AutoInputs {
    fn requirements(&self) -> Requirements<'_> {
        requirements(&self.encoder.sha256, self.pool.is_some())
    }
}

impl Declared for Auto {
    type Inputs = AutoInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        if self.has_transfer && dependencies.pool.is_none() {
            return None;
        }
        Some(AutoInputs {
            // What follows the pooling is made for the last layer.
            encoder: dependencies.encoder?.without_modules(),
            pooling: dependencies.pooling.unwrap_or(Pooling::Mean),
            names: self.names.clone().unwrap_or_default(),
            pool: dependencies.pool.filter(|_| self.has_transfer),
        })
    }

    fn encoder_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.encoder)
    }
}

/// What runs.
enum Recipe {
    Probe(ProbeInputs),
    CrossView(CrossViewInputs),
}

impl AutoInputs {
    /// What runs on an encoder of so many blocks.
    fn recipe(&self, classes: &Classes, blocks: u32) -> Recipe {
        let center = match self.pool {
            Some(_) => Center::Pool,
            None => Center::Train,
        };
        let layers = LAYERS.into_iter();
        let layers = layers.filter(|&(layer, _)| blocks_for(layer) <= i64::from(blocks));
        let (layers, weights) = layers.unzip();
        let features = LayeredFeatures {
            layers,
            weights,
            center,
            normalize: true,
        };
        let features = Some(features.resolved());
        let names = LabelNames::named(&self.names);
        let label_names = Some(names).filter(|names| names.check(classes).is_ok());
        let (encoder, pooling) = (self.encoder.clone(), self.pooling);
        let (balanced, pool) = (default_balanced(), self.pool.clone());
        if self.pool.is_none() {
            return Recipe::Probe(ProbeInputs {
                encoder,
                pooling,
                features,
                label_names,
                pool,
                c: C,
                balanced,
                lesson: None,
            });
        }
        Recipe::CrossView(CrossViewInputs {
            encoder,
            pooling,
            features,
            label_names,
            pool,
            c: C,
            balanced,
            views: ViewName::USUAL.to_vec(),
            rounds: 1,
            add_probe: true,
            threshold: Threshold::Balanced,
        })
    }
}

impl Method for AutoInputs {
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let blocks = context.encoders.blocks(&self.encoder)?;
        match self.recipe(context.classes, blocks) {
            Recipe::Probe(probe) => probe.run(context, on_progress),
            Recipe::CrossView(cross_view) => cross_view.run(context, on_progress),
        }
    }

    /// Names that are given must be one for each class; those of the data are left out where they say nothing.
    fn check_classes(&self, classes: &Classes) -> Result<(), ParamError> {
        if self.names.is_empty() {
            return Ok(());
        }
        let names = LabelNames::named(&self.names);
        names.check(classes).map_err(|error| ParamError {
            key: "names",
            ..error
        })
    }

    fn cost(&self) -> Cost {
        // Neither depends on the encoder.
        match self.recipe(&Classes::zero_one(), 0) {
            Recipe::Probe(probe) => probe.cost(),
            Recipe::CrossView(cross_view) => cross_view.cost(),
        }
    }

    super::frozen::frozen_method!(own classes);
}
