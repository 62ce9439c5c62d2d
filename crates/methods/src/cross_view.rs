//! Cross-view: a probe teaches students on unlabelled texts, one by words and one by vectors or by other views, and their scores are
//! summed.
//!
//! The students see different things: what one is sure of teaches the other something new (co-training: Blum and Mitchell 1998; here
//! in one round, on scores, by least squares).

use super::bow::default_balanced;
use super::frozen::{frozen_inputs, frozen_method, frozen_settings};
use super::label_names::Labelled;
use super::layered_features::{FeatureMaker, Rows};
use super::scores::Scores;
use super::teacher::Teacher;
use super::threshold::{Threshold, ThresholdName};
use super::views::{Lessons, ViewName, Views};
use super::{
    Cost, Declared, Dependencies, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, Settings,
};
use fsl_common::classes::Classes;
use fsl_common::probabilities::Probabilities;
use fsl_common::settings::ParamError;

frozen_settings! {
    /// A probe, and students that learn from it and from each other on the transfer texts.
    CrossView {
        /// Inverse strength of the probe's L2 penalty.
        #[serde(default = "default_c")]
        #[schemars(range(min = 1e-6, max = 1e6))]
        pub c: f64,
        /// Weigh each class by the inverse of its frequency in the probe.
        #[serde(default = "default_balanced")]
        pub balanced: bool,
        /// What the students see; of two classes, in the order in which they teach each other.
        #[serde(default = "default_views")]
        #[schemars(length(min = 1))]
        pub views: Vec<ViewName>,
        /// How often the students' sum becomes the teacher of new students.
        #[serde(default = "default_rounds")]
        #[schemars(range(min = 1, max = 10))]
        pub rounds: u32,
        /// Add the probe's scores to those of the students.
        #[serde(default = "default_add_probe")]
        pub add_probe: bool,
        /// Above which score a text is of the second of two classes. More classes have none.
        #[serde(default)]
        pub threshold: ThresholdName,
        /// The share of the transfer texts above the threshold `prior`.
        #[schemars(range(min = 0.001, max = 0.999))]
        pub prior: Option<f64>,
        /// Transfer texts to learn from, drawn by the `sample` stream. Default: all.
        #[schemars(range(min = 2, max = 100_000_000))]
        pub transfer_size: Option<u32>,
    }
    CrossViewInputs {
        /// Inverse strength of the probe's L2 penalty.
        pub c: f64,
        /// Whether the probe weighs each class by the inverse of its frequency.
        pub balanced: bool,
        /// What the students see; left out where that is the words and then the vectors.
        #[serde(default = "default_views", skip_serializing_if = "are_usual")]
        pub views: Vec<ViewName>,
        /// How often students are taught.
        pub rounds: u32,
        /// Whether the probe's scores are added to those of the students.
        pub add_probe: bool,
        /// Above which score a text is of the second of two classes.
        pub threshold: Threshold,
    }
}

fn default_views() -> Vec<ViewName> {
    ViewName::USUAL.to_vec()
}

fn are_usual(views: &Vec<ViewName>) -> bool {
    *views == ViewName::USUAL
}

fn default_c() -> f64 {
    10.0
}

fn default_rounds() -> u32 {
    1
}

fn default_add_probe() -> bool {
    true
}

impl Settings for CrossView {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            threshold: self.threshold.with(self.prior),
            ..self.frozen_requirements().with_transfer(self.transfer_size)
        }
    }
}

impl Settings for CrossViewInputs {
    fn requirements(&self) -> Requirements<'_> {
        self.frozen_requirements()
            .with_transfer(self.transfer_size())
    }
}

impl Declared for CrossView {
    type Inputs = CrossViewInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        frozen_inputs!(
            self,
            dependencies,
            CrossViewInputs {
                c: self.c,
                balanced: self.balanced,
                views: self.views.clone(),
                rounds: self.rounds,
                add_probe: self.add_probe,
                threshold: self.threshold.with(self.prior)?,
            }
        )
    }

    fn encoder_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.encoder)
    }

    fn conflict(&self) -> Option<(&'static str, &'static str)> {
        let of_frozen = self.frozen().conflict();
        let of_validation = (self.threshold == ThresholdName::Validation).then_some((
            "threshold",
            "`validation` goes only with `calibrate`, which can name this row",
        ));
        let of_threshold = || of_validation.or(self.threshold.conflict(self.prior));
        let seen_before = |(at, view)| self.views[..at].contains(view);
        let of_views = self.views.iter().enumerate().any(seen_before);
        let of_views = of_views.then_some(("views", "each view stands once"));
        of_frozen.or(of_views).or_else(of_threshold)
    }
}

impl Method for CrossViewInputs {
    /// Fits probe and students on features of the frozen encoder.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        context.check_pool()?;
        let students = self.students();
        self.frozen().run(
            (&self.encoder, self.pooling),
            context,
            on_progress,
            |maker, labelled, _| students.fit(context, maker, labelled),
            FittedStudents::predict,
        )
    }

    fn cost(&self) -> Cost {
        Cost {
            fit_secs: 1.2,
            ..Cost::default()
        }
    }

    /// Of more than two classes the highest score decides: there is no threshold.
    fn check_classes(&self, classes: &Classes) -> Result<(), ParamError> {
        let has_one = !matches!(self.threshold, Threshold::Half | Threshold::Balanced);
        if classes.count() > 2 && has_one {
            return Err(ParamError {
                key: "threshold",
                got: format!("one for {} classes", classes.count()),
                allowed: "left out where there are more than two classes",
            });
        }
        self.frozen().check_classes(classes)
    }

    frozen_method!(own classes);
}

impl CrossViewInputs {
    fn students(&self) -> Students {
        Students {
            c: self.c,
            balanced: self.balanced,
            views: self.views.clone(),
            rounds: self.rounds,
            add_probe: self.add_probe,
            threshold: self.threshold,
        }
    }
}

/// How a probe and its students are fitted to features.
pub(super) struct Students {
    /// Inverse strength of the probe's L2 penalty.
    pub(super) c: f64,
    /// Whether the probe weighs each class by the inverse of its frequency.
    pub(super) balanced: bool,
    /// What the students see.
    pub(super) views: Vec<ViewName>,
    /// How often students are taught.
    pub(super) rounds: u32,
    /// Whether the probe's scores are added to those of the students.
    pub(super) add_probe: bool,
    /// Above which score a text is of the second of two classes.
    pub(super) threshold: Threshold,
}

/// A probe and its students.
pub(super) struct FittedStudents {
    views: Views,
    cut: f64,
    classes: usize,
}

impl Students {
    /// Fits the probe, scores the pool with it, and fits the students on these scores and on the labelled texts.
    pub(super) fn fit(
        &self,
        context: &MethodContext,
        maker: &mut FeatureMaker,
        labelled: &Labelled,
    ) -> Result<FittedStudents, MethodError> {
        let classes = context.classes.count();
        let train = (context.train_texts, context.train_labels);
        let teacher = Teacher::fit(self.c, self.balanced, labelled, classes)?;
        let auc = match self.threshold {
            Threshold::F1Optimal => Some(teacher.cross_validated_auc(labelled, train.1.len())?),
            _ => None,
        };
        let pool = (context.pool, &maker.of_pool(context.pool)?);
        let lessons = Lessons {
            views: &self.views,
            rounds: self.rounds,
            with_teacher: self.add_probe,
        };
        let views = Views::fit(&lessons, teacher, train, labelled, pool)?;
        let cut = match classes {
            2 => self.threshold.cut(&views.pool.first_column(), auc),
            _ => 0.0,
        };
        Ok(FittedStudents {
            views,
            cut,
            classes,
        })
    }
}

impl FittedStudents {
    /// The probabilities of texts with these rows of features.
    pub(super) fn predict(
        &self,
        texts: &[String],
        rows: &Rows,
    ) -> Result<Probabilities, MethodError> {
        let scores = self.views.score(texts, rows)?;
        Ok(probabilities(&scores, self.cut, self.classes))
    }
}

/// Probabilities that rank texts as their scores do: of two classes `1 / (1 + exp(cut − s))`, of more the softmax.
fn probabilities(scores: &Scores, cut: f64, classes: usize) -> Probabilities {
    if classes == 2 {
        let scores = scores.first_column().into_iter();
        let of_second = |score: f64| 1.0 / (1.0 + (cut - score).exp());
        return Probabilities::two_class(scores.map(of_second).collect());
    }
    Probabilities::softmax(classes, &scores.rows)
}
