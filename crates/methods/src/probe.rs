//! Probe: a frozen encoder and logistic regression on its pooled output or on several of its layers, the strongest cheap baseline.

use super::bow::{default_balanced, default_c};
use super::frozen::{FrozenInputs, frozen_method, frozen_settings};
use super::{
    Declared, Dependencies, Method, MethodContext, MethodError, Outcome, Progress, Requirements,
    Settings,
};
use crate::classic::{Features, fit_weighted_logistic};
use fsl_common::classes::Classes;
use fsl_common::settings::ParamError;

frozen_settings! {
    /// A frozen encoder and logistic regression.
    Probe {
        /// Inverse strength of the L2 penalty.
        #[serde(default = "default_c")]
        #[schemars(range(min = 1e-6, max = 1e6))]
        pub c: f64,
        /// Weigh each class by the inverse of its frequency.
        #[serde(default = "default_balanced")]
        pub balanced: bool,
    }
    ProbeInputs {
        /// Inverse strength of the L2 penalty.
        pub c: f64,
        /// Whether each class is weighed by the inverse of its frequency.
        pub balanced: bool,
    }
}

impl Settings for Probe {
    fn requirements(&self) -> Requirements<'_> {
        self.frozen_requirements()
    }
}

impl Settings for ProbeInputs {
    fn requirements(&self) -> Requirements<'_> {
        self.frozen_requirements()
    }
}

impl Declared for Probe {
    type Inputs = ProbeInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        let FrozenInputs {
            encoder,
            pooling,
            features,
            label_names,
            pool,
        } = self.frozen_inputs(dependencies)?;
        Some(ProbeInputs {
            encoder,
            pooling,
            features,
            label_names,
            pool,
            c: self.c,
            balanced: self.balanced,
        })
    }

    fn encoder_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.encoder)
    }

    fn conflict(&self) -> Option<(&'static str, &'static str)> {
        self.frozen().conflict()
    }
}

impl Method for ProbeInputs {
    /// Fits the regression on the training texts' features and scores the others'.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let classes = context.classes.count();
        self.frozen().run(
            (&self.encoder, self.pooling),
            context,
            on_progress,
            |_, labelled, _| {
                let features = Features::dense(&labelled.rows)?;
                let (labels, weights) = (&labelled.labels, &labelled.weights);
                let (c, balanced) = (self.c, self.balanced);
                Ok(fit_weighted_logistic(
                    c, balanced, &features, labels, weights, classes,
                )?)
            },
            |model, _, rows| Ok(model.predict_proba(&Features::dense(rows)?)),
        )
    }

    fn check_classes(&self, classes: &Classes) -> Result<(), ParamError> {
        self.frozen().check_classes(classes)
    }

    frozen_method!();
}
