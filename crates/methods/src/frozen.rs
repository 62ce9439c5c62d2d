//! What methods on frozen encoders have in common: their settings, and the way from texts to rows of features.

use std::time::Instant;

use super::label_names::{LabelNames, Labelled};
use super::layered_features::{FeatureMaker, LayeredFeatures, Rows};
use super::{
    Center, Dependencies, Embedder, EncoderInputs, MethodContext, MethodError, Outcome, PoolInputs,
    Progress, Requirements, TransferSet,
};
use fsl_common::classes::Classes;
use fsl_common::probabilities::Probabilities;
use fsl_common::settings::{ParamError, Pooling};

/// Which rows of an encoder are used, and whether names of classes are learnt from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frozen<'a> {
    pub(super) features: Option<&'a LayeredFeatures>,
    pub(super) label_names: Option<&'a LabelNames>,
}

/// What inputs of methods on frozen encoders have in common.
pub(super) struct FrozenInputs {
    pub(super) encoder: EncoderInputs,
    pub(super) pooling: Pooling,
    pub(super) features: Option<LayeredFeatures>,
    pub(super) label_names: Option<LabelNames>,
    pub(super) pool: Option<PoolInputs>,
}

impl<'a> Frozen<'a> {
    /// Of a method that learns from the vectors that an encoder gives to the labelled texts, and centres them on the pool where that is
    /// asked for; `size` = how many of its texts are drawn.
    pub(super) fn requirements(self, encoder: &'a str, size: Option<u32>) -> Requirements<'a> {
        let center = self.features.map(|features| features.center);
        Requirements {
            encoder: Some(encoder),
            labelled_texts: true,
            transfer: (center == Some(Center::Pool)).then_some(TransferSet {
                size,
                asked_by: Some("features.center"),
            }),
            farthest_layer: self.features.map(LayeredFeatures::farthest_layer),
            ..Requirements::default()
        }
    }

    pub(super) fn inputs(
        self,
        pooling: Option<Pooling>,
        dependencies: Dependencies,
    ) -> Option<FrozenInputs> {
        let declared = dependencies.pooling.unwrap_or(Pooling::Mean);
        let encoder = dependencies.encoder?;
        Some(FrozenInputs {
            encoder: match self.features {
                // What follows the pooling is made for the last layer.
                Some(_) => encoder.without_modules(),
                None => encoder,
            },
            pooling: pooling.unwrap_or(declared),
            features: self.features.map(LayeredFeatures::resolved),
            label_names: self.label_names.cloned(),
            pool: dependencies.pool,
        })
    }

    /// A key that does not go with the others, and why.
    pub(super) fn conflict(self) -> Option<(&'static str, &'static str)> {
        let of_features = self.features.and_then(LayeredFeatures::conflict);
        of_features.or_else(|| self.label_names?.conflict())
    }

    /// Refuses names that are not those of the classes.
    pub(super) fn check_classes(self, classes: &Classes) -> Result<(), ParamError> {
        self.label_names
            .map_or(Ok(()), |names| names.check(classes))
    }

    /// Makes rows of features, has `fit` learn from the labelled ones, and `predict` give probabilities to texts with their rows.
    pub(super) fn run<M>(
        self,
        (encoder, pooling): (&EncoderInputs, Pooling),
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
        fit: impl FnOnce(
            &mut FeatureMaker,
            &Labelled,
            &mut dyn FnMut(Progress),
        ) -> Result<M, MethodError>,
        predict: impl Fn(&M, &[String], &Rows) -> Result<Probabilities, MethodError>,
    ) -> Result<Outcome, MethodError> {
        let started = Instant::now();
        let encoder = context.encoders.load(encoder)?;
        let loaded = (encoder.as_ref(), pooling, started);
        self.run_on(loaded, context, on_progress, fit, predict)
    }

    /// The same with an encoder that is loaded, since `started`.
    pub(super) fn run_on<M>(
        self,
        (encoder, pooling, started): (&dyn Embedder, Pooling, Instant),
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
        fit: impl FnOnce(
            &mut FeatureMaker,
            &Labelled,
            &mut dyn FnMut(Progress),
        ) -> Result<M, MethodError>,
        predict: impl Fn(&M, &[String], &Rows) -> Result<Probabilities, MethodError>,
    ) -> Result<Outcome, MethodError> {
        let centers = (context.train_texts, context.pool);
        let mut maker = FeatureMaker::new(encoder, pooling, self.features, centers)?;
        let train = (context.train_texts, context.train_labels);
        let labelled = Labelled::new(train, self.label_names, context.classes, &mut maker)?;
        let model = fit(&mut maker, &labelled, on_progress)?;
        let fit_time = started.elapsed();
        let probabilities = context.predict_sets(on_progress, |texts, on_text| {
            predict(&model, texts, &maker.of(texts, on_text)?)
        })?;
        Ok(Outcome {
            probabilities,
            fit: None,
            selection: None,
            fit_time,
            predict_time: started.elapsed() - fit_time,
        })
    }
}

/// Declares a method on a frozen encoder: its settings in a spec and its inputs, with what is the method's own.
macro_rules! frozen_settings {
    ($(#[$about:meta])* $name:ident { $($own:tt)* } $inputs:ident { $($own_inputs:tt)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct $name {
            /// An encoder of the catalogue, a folder (with a `/` in it), or `hf:org/name@revision`.
            #[schemars(length(min = 1))]
            pub encoder: String,
            /// What stands before every text: a text such as `query: `, or the name of a prompt that the encoder declares. Default: the
            /// prompt that it declares as default, otherwise none.
            pub prompt: Option<String>,
            /// How the tokens' vectors become the text's. Default: as the encoder declares, otherwise the mean.
            pub pooling: Option<fsl_common::settings::Pooling>,
            /// Which layers become the features. Default: the pooled output.
            pub features: Option<super::LayeredFeatures>,
            /// Learn from the names of the classes, too.
            pub label_names: Option<super::LabelNames>,
            $($own)*
        }

        /// The same with every value spelled out.
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct $inputs {
            /// The encoder, and how it is computed.
            pub encoder: super::EncoderInputs,
            /// How the tokens' vectors become the text's.
            pub pooling: fsl_common::settings::Pooling,
            /// Which layers become the features, where not the pooled output alone.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub features: Option<super::LayeredFeatures>,
            /// The names of the classes as labelled texts.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub label_names: Option<super::LabelNames>,
            /// The texts without labels, where they are learnt from.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub pool: Option<super::PoolInputs>,
            $($own_inputs)*
        }

        impl $name {
            fn frozen(&self) -> super::frozen::Frozen<'_> {
                super::frozen::Frozen {
                    features: self.features.as_ref(),
                    label_names: self.label_names.as_ref(),
                }
            }

            fn frozen_requirements(&self) -> super::Requirements<'_> {
                super::Requirements {
                    prompt: self.prompt.as_deref(),
                    pooling: self.pooling,
                    ..self.frozen().requirements(&self.encoder, None)
                }
            }

            /// What inputs have in common; `None` where the encoder is not known, or the texts without labels that it learns from by
            /// itself.
            fn frozen_inputs(
                &self,
                dependencies: super::Dependencies,
            ) -> Option<super::frozen::FrozenInputs> {
                let needs = super::Settings::requirements(self);
                if needs.transfer.is_some() && needs.base.is_none() {
                    dependencies.pool.as_ref()?;
                }
                self.frozen().inputs(self.pooling, dependencies)
            }
        }

        impl $inputs {
            fn frozen(&self) -> super::frozen::Frozen<'_> {
                super::frozen::Frozen {
                    features: self.features.as_ref(),
                    label_names: self.label_names.as_ref(),
                }
            }

            fn transfer_size(&self) -> Option<u32> {
                self.pool.as_ref()?.transfer_size
            }

            fn frozen_requirements(&self) -> super::Requirements<'_> {
                self.frozen()
                    .requirements(&self.encoder.sha256, self.transfer_size())
            }
        }
    };
}

/// Spells settings out, inside `resolve`: what inputs have in common, and the method's own.
macro_rules! frozen_inputs {
    ($settings:ident, $dependencies:ident, $inputs:ident { $($own:tt)* }) => {{
        let super::frozen::FrozenInputs {
            encoder,
            pooling,
            features,
            label_names,
            pool,
        } = $settings.frozen_inputs($dependencies)?;
        Some($inputs {
            encoder,
            pooling,
            features,
            label_names,
            pool,
            $($own)*
        })
    }};
}

/// What settings without conflicts of their own say, inside `impl Declared`.
macro_rules! frozen_declared {
    () => {
        fn encoder_mut(&mut self) -> Option<&mut String> {
            Some(&mut self.encoder)
        }

        fn conflict(&self) -> Option<(&'static str, &'static str)> {
            self.frozen().conflict()
        }
    };
}

/// What every method on a frozen encoder says of itself, inside `impl Method`; `own classes` = but for the classes that it refuses.
macro_rules! frozen_method {
    () => {
        fn check_classes(
            &self,
            classes: &fsl_common::classes::Classes,
        ) -> Result<(), fsl_common::settings::ParamError> {
            self.frozen().check_classes(classes)
        }

        super::frozen::frozen_method!(own classes);
    };
    (own classes) => {
        fn encoder(&self) -> Option<&super::EncoderInputs> {
            Some(&self.encoder)
        }

        fn encoders_mut(&mut self) -> Vec<&mut super::EncoderInputs> {
            vec![&mut self.encoder]
        }

        fn pool(&self) -> Option<&super::PoolInputs> {
            self.pool.as_ref()
        }
    };
}

pub(super) use {frozen_declared, frozen_inputs, frozen_method, frozen_settings};
