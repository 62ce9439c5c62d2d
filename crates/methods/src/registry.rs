//! The list of methods, and the enums over them that are made from it.

use super::candidate::{self, Candidate, CandidateInputs};
use super::{
    Auto, Bow, Centroid, Contrastive, Cost, CrossView, Declared, Dependencies, Distill,
    EncoderInputs, Ensemble, Finetune, LabelPropagation, Majority, Method, MethodContext,
    MethodError, NaiveBayes, Outcome, PoolInputs, Predictions, PredictionsInputs, Probe, Progress,
    Random, Requirements, RowRef, SelfTraining, Settings, SoftTargetsInputs, ThresholdName,
    TransferInputs,
};

use fsl_common::classes::Classes;
use fsl_common::settings::ParamError;

/// What specs call a method.
macro_rules! spec_name {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:ident $words:literal) => {
        $words
    };
}

/// Declares `MethodSettings` (as a spec has a method) and `MethodInputs` (as a key covers it and a worker runs it). The list is
/// in the order of the schema; a name is that by which specs call the method, with `_` for `-`; its words then follow.
macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident: $method:ident $(as $words:literal)?,)*) => {
        /// The methods; a row names exactly one.
        #[derive(schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        #[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
        #[expect(dead_code, reason = "only its schema is used: a table with one key per method")]
        struct Table {
            $($(#[$doc])* $name: Option<$method>,)*
        }

        /// A method as a spec has it.
        #[derive(Debug, Clone, PartialEq, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum MethodSettings {
            $($(#[$doc])* $method(Box<$method>),)*
        }

        impl schemars::JsonSchema for MethodSettings {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                "MethodSettings".into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                Table::json_schema(generator)
            }
        }

        impl MethodSettings {
            /// The method's name, as specs call it.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$method(_) => spec_name!($name $($words)?),)*
                }
            }

            /// What the method draws from, learns from and builds on.
            pub fn requirements(&self) -> Requirements<'_> {
                match self {
                    $(Self::$method(settings) => settings.requirements(),)*
                }
            }

            /// Spells the settings out, see [`Declared::resolve`].
            pub fn resolve(&self, dependencies: Dependencies) -> Option<MethodInputs> {
                match self {
                    $(Self::$method(settings) => {
                        let inputs = settings.resolve(dependencies)?;
                        Some(MethodInputs::$method(Box::new(inputs)))
                    })*
                }
            }

            /// The name of the encoder, to be changed.
            pub fn encoder_mut(&mut self) -> Option<&mut String> {
                match self {
                    $(Self::$method(settings) => Declared::encoder_mut(settings.as_mut()),)*
                }
            }

            /// The name of the row that it builds on, to be changed.
            pub fn base_mut(&mut self) -> Option<&mut RowRef> {
                match self {
                    $(Self::$method(settings) => settings.base_mut(),)*
                }
            }

            /// The keys that name files of its own, with what they say, to be changed.
            pub fn files_mut(&mut self) -> Vec<(&'static str, &mut String)> {
                match self {
                    $(Self::$method(settings) => settings.files_mut(),)*
                }
            }

            /// A key that does not go with the others, and why.
            pub fn conflict(&self) -> Option<(&'static str, &'static str)> {
                match self {
                    $(Self::$method(settings) => settings.conflict(),)*
                }
            }
        }

        /// A method with nothing left to a default: recipes are resolved, encoders are named by their contents.
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum MethodInputs {
            $($(#[$doc])* $method(Box<<$method as Declared>::Inputs>),)*
        }

        impl MethodInputs {
            /// The method's name, as specs call it.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$method(_) => spec_name!($name $($words)?),)*
                }
            }

            /// The method itself.
            pub fn method(&self) -> &dyn Method {
                match self {
                    $(Self::$method(method) => method.as_ref(),)*
                }
            }

            /// The method itself, to be changed.
            pub fn method_mut(&mut self) -> &mut dyn Method {
                match self {
                    $(Self::$method(method) => method.as_mut(),)*
                }
            }
        }

        $(impl From<<$method as Declared>::Inputs> for MethodInputs {
            fn from(inputs: <$method as Declared>::Inputs) -> Self {
                Self::$method(Box::new(inputs))
            }
        })*
    };
}

methods! {
    /// Fair coins: the mean of many draws per text, positive above one half.
    random: Random,
    /// The most frequent class of the training texts, for every text.
    majority: Majority,
    /// TF-IDF of word n-grams and logistic regression, with scikit-learn's semantics.
    bow: Bow,
    /// Naive Bayes on counts of words, with EM over the transfer texts.
    naive_bayes: NaiveBayes as "naive-bayes",
    /// A frozen encoder and logistic regression on its pooled output.
    probe: Probe,
    /// The recipe for those who do not want to choose: layers of a frozen encoder, names of classes, and transfer texts where there are some.
    auto: Auto,
    /// A frozen encoder and the nearest class mean of its normalised vectors.
    centroid: Centroid,
    /// A probe, and students that learn from it and from each other on the transfer texts.
    cross_view: CrossView as "cross-view",
    /// A frozen encoder, and labels that spread over the graph of labelled and transfer texts.
    label_propagation: LabelPropagation as "label-propagation",
    /// A frozen encoder and logistic regression that labels the transfer texts by itself, the surest first.
    self_training: SelfTraining as "self-training",
    /// An encoder that learns to put texts of one class near each other, and logistic regression on its vectors.
    contrastive: Contrastive,
    /// An encoder and a classifier head, trained together.
    finetune: Finetune,
    /// The mean of several trials' probabilities.
    ensemble: Ensemble,
    /// A student, trained on a teacher's probabilities.
    distill: Distill,
    /// Probabilities that another program made.
    predictions: Predictions,
    /// The weighted mean of several rows' methods.
    mixture: Mixture,
    /// Another row's method with a threshold or a temperature of its own.
    calibrate: Calibrate,
    /// The best of several rows' methods, by cross-validation within the labelled texts.
    select: Select,
}

/// Methods have methods inside.
type Mixture = super::mixture::Mixture<MethodSettings>;
type Calibrate = super::calibrate::Calibrate<MethodSettings>;
type Select = super::select::Select<MethodSettings>;

impl Candidate for MethodSettings {
    type Inputs = MethodInputs;

    fn requirements(&self) -> Requirements<'_> {
        self.requirements()
    }

    fn resolve(&self, dependencies: Dependencies) -> Option<MethodInputs> {
        self.resolve(dependencies)
    }
}

impl CandidateInputs for MethodInputs {
    fn method(&self) -> &dyn Method {
        self.method()
    }

    fn method_mut(&mut self) -> &mut dyn Method {
        self.method_mut()
    }
}

impl MethodSettings {
    /// The rows whose methods it has inside: what it chooses from, mixes or calibrates.
    pub fn inner_rows(&self) -> &[RowRef] {
        match self {
            Self::Select(select) => &select.candidates,
            Self::Mixture(mixture) => &mixture.of,
            Self::Calibrate(calibrate) => std::slice::from_ref(&calibrate.of),
            _ => &[],
        }
    }

    fn inner_rows_mut(&mut self) -> &mut [RowRef] {
        match self {
            Self::Select(select) => &mut select.candidates,
            Self::Mixture(mixture) => &mut mixture.of,
            Self::Calibrate(calibrate) => std::slice::from_mut(&mut calibrate.of),
            _ => &mut [],
        }
    }

    /// The key that names the row of this number: a list, or one row.
    pub fn inner_key(&self, number: usize) -> String {
        match self {
            Self::Select(_) => format!("select.candidates.{number}"),
            Self::Mixture(_) => format!("mixture.of.{number}"),
            _ => format!("{}.of", self.name()),
        }
    }

    /// Takes the rows whose methods it has inside to be of this experiment, unless they name another one.
    pub fn complete_inner_rows(&mut self, experiment: &str) {
        let rows = self.inner_rows_mut().iter_mut();
        for row in rows.filter(|row| row.experiment.is_empty()) {
            experiment.clone_into(&mut row.experiment);
        }
    }

    /// Tells it whether the data has transfer texts.
    pub fn set_has_transfer(&mut self, has_transfer: bool) {
        if let Self::Auto(auto) = self {
            auto.has_transfer = has_transfer;
        }
    }

    /// Gives it the methods of these rows.
    pub fn set_inner_methods(&mut self, methods: Vec<Self>) {
        match self {
            Self::Select(select) => select.methods = methods,
            Self::Mixture(mixture) => mixture.methods = methods,
            Self::Calibrate(calibrate) => calibrate.methods = methods,
            _ => {}
        }
    }

    /// How deep methods may lie inside it: a mixture has plain methods inside, what is calibrated may be a mixture, and what is chosen from
    /// either.
    pub fn depth(&self) -> u32 {
        match self {
            Self::Select(_) => 3,
            Self::Calibrate(_) => 2,
            Self::Mixture(_) => 1,
            _ => 0,
        }
    }

    /// How many cross-validations lie inside each other: each leaves out a labelled text of every class at least.
    pub fn validations(&self) -> u32 {
        let inside = |methods: &[Self]| methods.iter().map(Self::validations).max();
        match self {
            Self::Select(select) => 1 + inside(&select.methods).unwrap_or_default(),
            Self::Mixture(mixture) => inside(&mixture.methods).unwrap_or_default(),
            Self::Calibrate(calibrate) => {
                let own = u32::from(calibrate.is_validated());
                own + inside(&calibrate.methods).unwrap_or_default()
            }
            Self::CrossView(views) => u32::from(views.threshold == ThresholdName::F1Optimal),
            _ => 0,
        }
    }

    /// Why it cannot be inside `outer`; `None` where it can.
    pub fn why_not_inside(&self, outer: &Self) -> Option<&'static str> {
        if self.depth() >= outer.depth() {
            return Some(match self {
                Self::Select(_) => "chooses from rows itself",
                Self::Mixture(_) => "is a mixture of rows itself",
                _ => "calibrates a row itself",
            });
        }
        let mut needs = self.requirements();
        if self.depth() > 0 {
            // The parts of the labelled texts are all that is drawn, and the outer method draws some, too.
            needs.streams = &[];
        }
        candidate::why_not_inside(&needs)
    }
}

impl MethodInputs {
    /// What the method draws from, learns from and builds on.
    pub fn requirements(&self) -> Requirements<'_> {
        self.method().requirements()
    }

    /// Fits and predicts, see [`Method::run`].
    ///
    /// # Errors
    /// See [`MethodError`].
    pub fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        self.method().run(context, on_progress)
    }

    /// Refuses settings that do not go with these classes.
    ///
    /// # Errors
    /// [`ParamError`] for the first one.
    pub fn check_classes(&self, classes: &Classes) -> Result<(), ParamError> {
        self.method().check_classes(classes)
    }

    /// What its time depends on, beside the sizes of texts and encoder.
    pub fn cost(&self) -> Cost {
        self.method().cost()
    }

    /// The encoder, for methods that have one.
    pub fn encoder(&self) -> Option<&EncoderInputs> {
        self.method().encoder()
    }

    /// The encoders of all parts of the method, to be changed.
    pub fn encoders_mut(&mut self) -> Vec<&mut EncoderInputs> {
        self.method_mut().encoders_mut()
    }

    /// The teacher's probabilities that it learns from.
    pub fn soft_targets(&self) -> Option<&SoftTargetsInputs> {
        self.method().soft_targets()
    }

    /// The files that its probabilities are read from.
    pub fn imported(&self) -> Option<&PredictionsInputs> {
        self.method().imported()
    }

    /// The texts without labels that it learns from by itself.
    pub fn pool(&self) -> Option<&PoolInputs> {
        self.method().pool()
    }

    /// The texts without labels that it learns from, with a teacher's probabilities or by itself, and how many of them are drawn.
    pub fn transfer(&self) -> Option<(&TransferInputs, Option<u32>)> {
        let taught = self
            .soft_targets()
            .map(|soft| (&soft.transfer, soft.transfer_size));
        taught.or_else(|| self.pool().map(|pool| (&pool.transfer, pool.transfer_size)))
    }

    /// The teacher's probabilities, to be changed.
    pub fn soft_targets_mut(&mut self) -> Option<&mut SoftTargetsInputs> {
        self.method_mut().soft_targets_mut()
    }
}
