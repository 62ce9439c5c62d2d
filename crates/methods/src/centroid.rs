//! Centroid: a frozen encoder and the nearest class mean of its normalised vectors.

use super::frozen::{frozen_declared, frozen_inputs, frozen_method, frozen_settings};
use super::{
    Cost, Declared, Dependencies, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, Settings,
};
use crate::classic::CentroidMeans;

frozen_settings! {
    /// A frozen encoder and the nearest class mean.
    Centroid {}
    CentroidInputs {}
}

impl Settings for Centroid {
    fn requirements(&self) -> Requirements<'_> {
        self.frozen_requirements()
    }
}

impl Settings for CentroidInputs {
    fn requirements(&self) -> Requirements<'_> {
        self.frozen_requirements()
    }
}

impl Declared for Centroid {
    type Inputs = CentroidInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        frozen_inputs!(self, dependencies, CentroidInputs {})
    }

    frozen_declared!();
}

impl Method for CentroidInputs {
    /// Takes the mean of each class's training features and compares the others' with all of them.
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
                let (labels, weights) = (&labelled.labels, &labelled.weights);
                let rows = &labelled.rows;
                Ok(CentroidMeans::fit(rows, labels, weights, classes)?)
            },
            |means, _, rows| Ok(means.predict_proba(rows)?),
        )
    }

    fn cost(&self) -> Cost {
        Cost {
            fit_secs: 0.01,
            ..Cost::default()
        }
    }

    frozen_method!();
}
