//! Probe: a frozen encoder and logistic regression on its pooled output or on several of its layers, the strongest cheap baseline. Its
//! labels are those of the training texts, or a teacher's probabilities.

use super::bow::{default_balanced, default_c};
use super::frozen::{frozen_inputs, frozen_method, frozen_settings};
use super::label_names::Labelled;
use super::layered_features::FeatureMaker;
use super::lesson::{self, Lesson};
use super::{
    Center, Cost, Declared, Dependencies, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, RowRef, Settings, SoftTargetsInputs,
};
use crate::classic::{Features, LogisticModel, fit_soft_logistic};

frozen_settings! {
    /// A frozen encoder and logistic regression.
    Probe {
        /// Inverse strength of the L2 penalty.
        #[serde(default = "default_c")]
        #[schemars(range(min = 1e-6, max = 1e6))]
        pub c: f64,
        /// Weigh each class by the inverse of its frequency, of a teacher's texts by that of the sum of its probabilities.
        #[serde(default = "default_balanced")]
        pub balanced: bool,
        /// The row whose probabilities for the transfer texts are learnt in the place of labels, as `distill` has it.
        #[schemars(with = "Option<String>", length(min = 1))]
        pub teacher: Option<RowRef>,
        /// Learn from the labelled training texts as well, beside a teacher.
        #[serde(default)]
        pub labelled: bool,
        /// Transfer texts to learn from, drawn by the `sample` stream, beside a teacher. Default: all.
        #[schemars(range(min = 2, max = 100_000_000))]
        pub transfer_size: Option<u32>,
    }
    ProbeInputs {
        /// Inverse strength of the L2 penalty.
        pub c: f64,
        /// Whether each class is weighed by the inverse of its frequency.
        pub balanced: bool,
        /// What a teacher teaches, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub lesson: Option<SoftTargetsInputs>,
    }
}

impl Probe {
    fn lesson(&self) -> Lesson<'_> {
        Lesson {
            teacher: self.teacher.as_ref(),
            labelled: self.labelled,
            transfer_size: self.transfer_size,
        }
    }

    /// Without labelled texts they have no mean.
    fn conflict_of_center(&self) -> Option<(&'static str, &'static str)> {
        let center = self.features.as_ref()?.center;
        let has_labelled = self.teacher.is_none() || self.labelled;
        (center == Center::Train && !has_labelled).then_some((
            "features.center",
            "`train` goes only with `labelled = true` where a teacher gives the probabilities",
        ))
    }
}

impl Settings for Probe {
    fn requirements(&self) -> Requirements<'_> {
        self.lesson().requirements(self.frozen_requirements())
    }
}

impl Settings for ProbeInputs {
    fn requirements(&self) -> Requirements<'_> {
        lesson::requirements(self.lesson.as_ref(), self.frozen_requirements())
    }
}

impl Declared for Probe {
    type Inputs = ProbeInputs;

    fn resolve(&self, mut dependencies: Dependencies) -> Option<Self::Inputs> {
        let soft_targets = dependencies.soft_targets.take();
        let lesson = soft_targets.filter(|_| self.teacher.is_some());
        if lesson.is_none() && self.teacher.is_some() {
            return None;
        }
        frozen_inputs!(
            self,
            dependencies,
            ProbeInputs {
                c: self.c,
                balanced: self.balanced,
                lesson,
            }
        )
    }

    fn encoder_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.encoder)
    }

    fn base_mut(&mut self) -> Option<&mut RowRef> {
        self.teacher.as_mut()
    }

    fn conflict(&self) -> Option<(&'static str, &'static str)> {
        let of_frozen = self.frozen().conflict();
        let of_lesson = || self.lesson().conflict().or(self.conflict_of_center());
        of_frozen.or_else(of_lesson)
    }
}

impl ProbeInputs {
    /// The regression on labelled rows, and where there is a teacher, on those of its texts.
    fn fit(
        &self,
        context: &MethodContext,
        maker: &mut FeatureMaker,
        labelled: &Labelled,
    ) -> Result<LogisticModel, MethodError> {
        let (c, balanced) = (self.c, self.balanced);
        if self.lesson.is_none() {
            return labelled.logistic(c, balanced, context.classes.count());
        }
        let taught = maker.of_pool(context.pool)?;
        let rows: Vec<&Vec<f32>> = taught.iter().chain(&labelled.rows).collect();
        let targets = lesson::targets(context, &labelled.labels, &labelled.weights);
        let features = Features::dense(&rows)?;
        Ok(fit_soft_logistic(c, balanced, &features, &targets)?)
    }
}

impl Method for ProbeInputs {
    /// Fits the regression on the features of the texts that are learnt from and scores the others'.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let context = &lesson::context(context, self.lesson.as_ref())?;
        self.frozen().run(
            (&self.encoder, self.pooling),
            context,
            on_progress,
            |maker, labelled, _| self.fit(context, maker, labelled),
            |model, _, rows| Ok(model.predict_proba(&Features::dense(rows)?)),
        )
    }

    fn cost(&self) -> Cost {
        Cost {
            fit_secs: 0.02,
            ..Cost::default()
        }
    }

    fn soft_targets(&self) -> Option<&SoftTargetsInputs> {
        self.lesson.as_ref()
    }

    fn soft_targets_mut(&mut self) -> Option<&mut SoftTargetsInputs> {
        self.lesson.as_mut()
    }

    frozen_method!();
}
