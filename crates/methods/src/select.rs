//! Select: the best of several rows' methods by cross-validation within the labelled texts.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::candidate::{Candidate, CandidateInputs, combined, inner_method, parted, resolved};
use super::cross_validation::{Partitions, Remembered, counted_fits, of_candidate, out_of_fold};
use super::{
    Cost, Declared, Dependencies, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, RowRef, Selection, Settings,
};
use fsl_common::seed::Stream;
use fsl_metrics::{Direction, Evaluation, Metric};

/// The best of several rows' methods. No test label has a say: candidates are compared on the labelled training texts alone.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, bound = "")]
#[schemars(bound = "", rename = "Select")]
pub struct Select<M> {
    /// Rows of this experiment. Of equals, the first is taken.
    #[schemars(
        with = "Vec<String>",
        length(min = 2, max = 100),
        inner(length(min = 1))
    )]
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

impl<M: Candidate> Settings for Select<M> {
    fn requirements(&self) -> Requirements<'_> {
        parted(combined(self.methods.iter().map(M::requirements)))
    }
}

impl<I: CandidateInputs> Settings for SelectInputs<I> {
    fn requirements(&self) -> Requirements<'_> {
        parted(combined(self.methods().map(Settings::requirements)))
    }
}

impl<M: Candidate> Declared for Select<M> {
    type Inputs = SelectInputs<M::Inputs>;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        Some(SelectInputs {
            candidates: resolved(&self.methods, &dependencies)?,
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
        let selection = self.selection(context, on_progress)?;
        let time = started.elapsed();
        let chosen = self.candidates[selection.chosen as usize].method();
        let outcome = chosen.run(&of_candidate(chosen, context), &mut |progress| {
            // Of fits, those of the cross-validation have been told.
            if matches!(progress, Progress::Predict { .. }) {
                on_progress(progress);
            }
        })?;
        Ok(Outcome {
            fit_time: time + outcome.fit_time,
            selection: Some(selection),
            ..outcome
        })
    }

    fn cost(&self) -> Cost {
        let tosses = self.methods().map(|method| method.cost().tosses_per_text);
        let secs = self.methods().map(|method| {
            let cost = method.cost();
            cost.fit_secs + cost.selection_secs
        });
        Cost {
            tosses_per_text: tosses.fold(0.0, f64::max),
            selection_secs: f64::from(self.folds * self.repeats) * secs.sum::<f64>(),
            ..Cost::default()
        }
    }

    inner_method!(candidates);
}

impl<I: CandidateInputs> SelectInputs<I> {
    fn methods(&self) -> impl Iterator<Item = &dyn Method> {
        self.candidates.iter().map(I::method)
    }

    /// Which candidate is the best in a cross-validation. All have the same partitions.
    fn selection(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Selection, MethodError> {
        let limits = (self.folds, self.repeats);
        let seed = context.seed(Stream::Order);
        let (labels, classes) = (context.train_labels, context.classes);
        let partitions = Partitions::new(labels, classes, limits, seed)?;
        let encoders = Remembered::new(context.encoders);
        let context = MethodContext {
            encoders: &encoders,
            ..*context
        };
        let fits = self.candidates.len() * partitions.part_of.len() * partitions.parts;
        let mut on_fit = counted_fits(fits, on_progress);
        let (mut scores, mut first) = (Vec::new(), None);
        for method in self.methods() {
            match self.score(method, &context, &partitions, &mut on_fit) {
                Ok(score) => scores.push(score),
                Err(error) if error.is_about_texts() => {
                    scores.push(None);
                    first.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        match (self.metric.best(&scores), first) {
            (Some(chosen), _) => Ok(Selection {
                chosen: chosen as u32,
                scores,
                folds: partitions.parts as u32,
            }),
            (None, first) => Err(MethodError::NoCandidate {
                texts: labels.len(),
                first: Box::new(first.unwrap_or(MethodError::FewTexts)),
            }),
        }
    }

    /// The mean score of a candidate over all partitions; `None` where it is not defined.
    fn score(
        &self,
        method: &dyn Method,
        context: &MethodContext,
        partitions: &Partitions,
        on_fit: &mut dyn FnMut(),
    ) -> Result<Option<f64>, MethodError> {
        let mut sum = 0.0;
        for part_of in &partitions.part_of {
            let found = out_of_fold(method, context, part_of, on_fit)?;
            let of = Evaluation::new(context.classes, context.train_labels, &found)?;
            let Some(score) = self.metric.metric().evaluate(&of)? else {
                return Ok(None);
            };
            sum += score;
        }
        Ok(Some(sum / partitions.part_of.len() as f64))
    }
}

impl<M> Select<M> {
    /// How candidates are compared, for a caption; `folds` = into how many parts the texts were parted.
    pub fn words(&self, folds: u32) -> String {
        let SelectBy::Cv = self.by;
        let times = match self.repeats {
            1 => String::new(),
            repeats => format!(", {repeats} times"),
        };
        let metric = self.metric.metric().label;
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
        Metric::named(name).unwrap_or_else(|| panic!("there is no metric `{name}`"))
    }

    /// The place of the best score, of equal ones the first; `None` where there is no score.
    fn best(self, scores: &[Option<f64>]) -> Option<usize> {
        let sign = match self.metric().direction {
            Direction::HigherIsBetter => 1.0,
            Direction::LowerIsBetter => -1.0,
        };
        let mut best: Option<(usize, f64)> = None;
        for (place, score) in scores.iter().enumerate() {
            let better = |known: (usize, f64), score| sign * (score - known.1) > ROUNDING;
            if let Some(score) = score
                && best.is_none_or(|known| better(known, score))
            {
                best = Some((place, *score));
            }
        }
        best.map(|(place, _)| place)
    }
}
