//! Select: the best of several rows' methods by cross-validation within the labelled texts.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cross_validation::{Remembered, out_of_fold, partitions};
use super::{
    Cost, Declared, Dependencies, EncoderInputs, Method, MethodContext, MethodError, Outcome,
    PoolInputs, Progress, Requirements, RowRef, Selection, Settings,
};
use fsl_common::classes::Classes;
use fsl_common::seed::Stream;
use fsl_common::settings::ParamError;
use fsl_metrics::{Direction, Evaluation, Metric};

/// A method in a spec, as one of several to choose from.
pub trait Candidate {
    /// The same with every value spelled out.
    type Inputs: CandidateInputs;

    /// What it draws from, learns from and builds on.
    fn requirements(&self) -> Requirements<'_>;

    /// Spells the settings out, see [`Declared::resolve`].
    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs>;
}

/// A method that runs, as one of several to choose from.
pub trait CandidateInputs {
    /// The method itself.
    fn method(&self) -> &dyn Method;

    /// The method itself, to be changed.
    fn method_mut(&mut self) -> &mut dyn Method;
}

/// The best of several rows' methods. No test label has a say: candidates are compared on the labelled training texts alone.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, bound = "")]
#[schemars(bound = "", rename = "Select")]
pub struct Select<M> {
    /// Rows of this experiment. Of equals, the first is taken.
    #[schemars(with = "Vec<String>", length(min = 2, max = 100))]
    pub candidates: Vec<RowRef>,
    /// How candidates are compared.
    #[serde(default)]
    pub by: SelectBy,
    /// What the best candidate has the most, or the least, of.
    #[serde(default)]
    pub metric: SelectMetric,
    /// Parts of the labelled texts; as many as the rarest class has texts, where it has fewer.
    #[serde(default = "default_folds")]
    #[schemars(range(min = 2, max = 100))]
    pub folds: u32,
    /// How often the texts are parted anew; a score is the mean over all partitions.
    #[serde(default = "default_repeats")]
    #[schemars(range(min = 1, max = 100))]
    pub repeats: u32,
    /// The candidates' methods, once their rows are known.
    #[serde(skip)]
    #[schemars(skip)]
    pub methods: Vec<M>,
}

/// How candidates are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SelectBy {
    /// By stratified cross-validation.
    #[default]
    Cv,
}

/// What candidates are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SelectMetric {
    /// The share of texts that get the right class.
    #[default]
    Accuracy,
    /// The mean of F1 over all classes.
    MacroF1,
    /// Matthews' correlation.
    Mcc,
    /// The mean of minus the logarithm of the right class's probability. Methods whose probabilities are too sure, or too unsure, lose by it.
    LogLoss,
}

/// The same with every candidate spelled out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SelectInputs<I> {
    /// The candidates.
    pub candidates: Vec<I>,
    /// How they are compared.
    pub by: SelectBy,
    /// What they are compared by.
    pub metric: SelectMetric,
    /// Parts of the labelled texts.
    pub folds: u32,
    /// How often the texts are parted anew.
    pub repeats: u32,
}

fn default_folds() -> u32 {
    5
}

fn default_repeats() -> u32 {
    3
}

/// What all candidates together ask for. They draw nothing at random themselves, and have the same encoder.
fn combined<'a>(candidates: impl Iterator<Item = Requirements<'a>>) -> Requirements<'a> {
    let own = Requirements {
        streams: &[Stream::Order],
        labelled_texts: true,
        ..Requirements::default()
    };
    candidates.fold(own, |all, one| Requirements {
        encoder: all.encoder.or(one.encoder),
        prompt: all.prompt.or(one.prompt),
        pooling: all.pooling.or(one.pooling),
        largest_layer: all.largest_layer.max(one.largest_layer),
        transfer: all.transfer.or(one.transfer),
        ..all
    })
}

impl<M: Candidate> Settings for Select<M> {
    fn requirements(&self) -> Requirements<'_> {
        combined(self.methods.iter().map(M::requirements))
    }
}

impl<I: CandidateInputs> Settings for SelectInputs<I> {
    fn requirements(&self) -> Requirements<'_> {
        combined(self.methods().map(Settings::requirements))
    }
}

/// Why a method with these requirements cannot be a candidate; `None` where it can.
pub(super) fn refused(needs: &Requirements) -> Option<&'static str> {
    if needs.base.is_some() {
        Some("builds on another row")
    } else if needs.imported.is_some() {
        Some("was predicted by another program")
    } else if needs.trains_encoder() {
        Some("trains its encoder, and candidates are fitted many times over")
    } else if !needs.streams.is_empty() {
        Some("draws its predictions at random")
    } else {
        None
    }
}

/// The key that two candidates must have in common and have not.
pub fn differing_key(one: &Requirements, other: &Requirements) -> Option<&'static str> {
    let encoders = one.encoder.zip(other.encoder);
    if encoders.is_some_and(|(one, other)| one != other) {
        return Some("encoder");
    }
    if encoders.is_some() && one.prompt != other.prompt {
        return Some("prompt");
    }
    let pools = one.transfer.zip(other.transfer);
    let differ = pools.is_some_and(|(one, other)| one.size != other.size);
    differ.then_some("transfer-size")
}

impl<M: Candidate> Declared for Select<M> {
    type Inputs = SelectInputs<M::Inputs>;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        let resolved = |method: &M| {
            let needs = method.requirements();
            let mut of_candidate = dependencies.clone();
            of_candidate.pool.take_if(|_| needs.transfer.is_none());
            of_candidate.encoder.take_if(|_| needs.encoder.is_none());
            method.resolve(of_candidate)
        };
        let candidates: Option<Vec<M::Inputs>> = self.methods.iter().map(resolved).collect();
        Some(SelectInputs {
            candidates: candidates.filter(|all| !all.is_empty())?,
            by: self.by,
            metric: self.metric,
            folds: self.folds,
            repeats: self.repeats,
        })
    }
}

impl<I: CandidateInputs> Method for SelectInputs<I> {
    /// Scores the candidates in a cross-validation, fits the best one on all labelled texts, and has it score the others.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let started = Instant::now();
        let scores = self.scores(context, on_progress)?;
        let time = started.elapsed();
        let chosen = self.metric.best(&scores);
        let outcome = self.candidates[chosen].method().run(context, on_progress)?;
        Ok(Outcome {
            fit_time: time + outcome.fit_time,
            selection: Some(Selection {
                chosen: chosen as u32,
                scores,
            }),
            ..outcome
        })
    }

    fn check_classes(&self, classes: &Classes) -> Result<(), ParamError> {
        let mut methods = self.methods();
        methods.try_for_each(|method| method.check_classes(classes))
    }

    fn cost(&self) -> Cost {
        let tosses = self.methods().map(|method| method.cost().tosses_per_text);
        Cost {
            tosses_per_text: tosses.fold(0.0, f64::max),
            fits: self.candidates.len() as u32 * self.folds * self.repeats + 1,
            ..Cost::default()
        }
    }

    /// The one whose vectors are used as they come, where there is such a candidate.
    fn encoder(&self) -> Option<&EncoderInputs> {
        let encoders = self.methods().filter_map(Method::encoder);
        encoders.max_by_key(|encoder| encoder.modules.len())
    }

    fn encoders_mut(&mut self) -> Vec<&mut EncoderInputs> {
        let candidates = self.candidates.iter_mut();
        candidates
            .flat_map(|candidate| candidate.method_mut().encoders_mut())
            .collect()
    }

    fn pool(&self) -> Option<&PoolInputs> {
        self.methods().find_map(Method::pool)
    }
}

impl<I: CandidateInputs> SelectInputs<I> {
    fn methods(&self) -> impl Iterator<Item = &dyn Method> {
        self.candidates.iter().map(I::method)
    }

    /// The score of each candidate. All have the same partitions.
    fn scores(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<f64>, MethodError> {
        let labels = (context.train_labels, context.classes.count());
        let seed = context.seed(Stream::Order);
        let partitions = partitions(labels, (self.folds, self.repeats), seed)?;
        let encoders = Remembered::new(context.encoders);
        let context = MethodContext {
            encoders: &encoders,
            ..*context
        };
        let metric = self.metric.metric();
        let (mut done, total) = (0, u64::from(self.cost().fits));
        let mut score = |method: &dyn Method| {
            let mut sum = 0.0;
            for part_of in &partitions {
                let found = out_of_fold(method, &context, part_of, &mut || {
                    done += 1;
                    let loss = 0.0;
                    on_progress(Progress::Fit { done, total, loss });
                })?;
                let of = Evaluation::new(context.classes, context.train_labels, &found)?;
                sum += metric.evaluate(&of)?.unwrap_or_default();
            }
            Ok(sum / partitions.len() as f64)
        };
        self.methods().map(&mut score).collect()
    }
}

impl<M> Select<M> {
    /// How candidates are compared, for a caption.
    pub fn words(&self) -> String {
        let SelectBy::Cv = self.by;
        let times = match self.repeats {
            1 => String::new(),
            repeats => format!(", {repeats} times"),
        };
        let (folds, metric) = (self.folds, self.metric.metric().label);
        format!("{folds}-fold cross-validation of {metric} within the labelled texts{times}")
    }
}

/// Scores that differ by less are equal: sums of the same numbers in another order.
const ROUNDING: f64 = 1e-9;

impl SelectMetric {
    /// The metric itself.
    pub fn metric(self) -> &'static Metric {
        let name = match self {
            Self::Accuracy => "accuracy",
            Self::MacroF1 => "macro_f1",
            Self::Mcc => "mcc",
            Self::LogLoss => "log_loss",
        };
        Metric::named(name).unwrap_or_else(Metric::primary)
    }

    /// The place of the best score; of equal ones the first.
    fn best(self, scores: &[f64]) -> usize {
        let sign = match self.metric().direction {
            Direction::HigherIsBetter => 1.0,
            Direction::LowerIsBetter => -1.0,
        };
        let mut best = 0;
        for (place, score) in scores.iter().enumerate() {
            if sign * (score - scores[best]) > ROUNDING {
                best = place;
            }
        }
        best
    }
}
