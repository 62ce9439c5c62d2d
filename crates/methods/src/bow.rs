//! Bag of words: TF-IDF of word n-grams and logistic regression, the published `bow` row; or a student by words of any other row.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lesson::{self, Lesson};
use super::{
    Declared, Dependencies, Method, MethodContext, MethodError, Outcome, Progress, Requirements,
    RowRef, Settings, SoftTargetsInputs,
};
use crate::classic::{
    Features, LogisticModel, Ridge, RidgeParams, StopWords, TfidfParams, fit_logistic,
    fit_soft_logistic,
};
use fsl_common::probabilities::Probabilities;

/// Bag of words.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bow {
    /// Words per n-gram at most.
    #[serde(default = "default_ngram_max")]
    #[schemars(range(min = 1, max = 10))]
    pub ngram_max: u32,
    /// Training texts that must contain an n-gram for it to count.
    #[serde(default = "default_min_df")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub min_df: u32,
    /// Words left out before n-grams are formed.
    #[serde(default)]
    pub stop_words: StopWordList,
    /// Inverse strength of the L2 penalty of `logistic`.
    #[serde(default = "default_c")]
    #[schemars(range(min = 1e-6, max = 1e6))]
    pub c: f64,
    /// Weigh each class by the inverse of its frequency, of a teacher's texts by that of the sum of its probabilities.
    #[serde(default = "default_balanced")]
    pub balanced: bool,
    /// The row whose probabilities for the transfer texts are learnt in the place of labels, as `distill` has it.
    #[schemars(with = "Option<String>", length(min = 1))]
    pub teacher: Option<RowRef>,
    /// How a teacher's probabilities are learnt. Default: `logistic`.
    pub fit: Option<FitName>,
    /// Strength of the L2 penalty of `ridge`. Default: 1.
    #[schemars(range(min = 1e-6, max = 1e6))]
    pub alpha: Option<f64>,
    /// Learn from the labelled training texts as well, beside a teacher.
    #[serde(default)]
    pub labelled: bool,
    /// Transfer texts to learn from, drawn by the `sample` stream, beside a teacher. Default: all.
    #[schemars(range(min = 2, max = 100_000_000))]
    pub transfer_size: Option<u32>,
}

/// The same with every value spelled out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BowInputs {
    /// Words per n-gram at most.
    pub ngram_max: u32,
    /// Texts that must contain an n-gram for it to count.
    pub min_df: u32,
    /// Words left out before n-grams are formed.
    pub stop_words: StopWordList,
    /// Inverse strength of the L2 penalty of a logistic regression; 1 where there is none.
    pub c: f64,
    /// Whether each class is weighed by the inverse of its frequency in it; true where there is none.
    pub balanced: bool,
    /// Strength of the L2 penalty of a ridge regression, which then takes the place of the logistic one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
    /// What a teacher teaches, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson: Option<SoftTargetsInputs>,
}

/// How a teacher's probabilities are learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FitName {
    /// Logistic regression: the cross-entropy with the teacher's probabilities.
    #[default]
    Logistic,
    /// Ridge regression: the squared distance from them. Predictions are clipped to 0 and 1 and divided by their sum.
    Ridge,
}

/// A list of words to leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StopWordList {
    /// scikit-learn's 318 English words.
    #[default]
    English,
    /// No word is left out.
    None,
}

impl From<StopWordList> for StopWords {
    fn from(list: StopWordList) -> Self {
        match list {
            StopWordList::English => Self::English,
            StopWordList::None => Self::None,
        }
    }
}

fn default_ngram_max() -> u32 {
    3
}

pub(super) fn default_min_df() -> u32 {
    2
}

pub(super) fn default_c() -> f64 {
    1.0
}

pub(super) fn default_balanced() -> bool {
    true
}

fn default_alpha() -> f64 {
    1.0
}

/// What it needs without a teacher.
fn labelled() -> Requirements<'static> {
    Requirements {
        labelled_texts: true,
        ..Requirements::default()
    }
}

impl Bow {
    fn lesson(&self) -> Lesson<'_> {
        Lesson {
            teacher: self.teacher.as_ref(),
            labelled: self.labelled,
            transfer_size: self.transfer_size,
        }
    }

    /// A key of the regression that does not go with the others, and why.
    fn conflict_of_fit(&self) -> Option<(&'static str, &'static str)> {
        let of_teacher = "it goes only with `teacher`";
        let of_logistic = "it goes only with `fit = \"logistic\"`; leave it out";
        let is_ridge = self.fit == Some(FitName::Ridge);
        if self.teacher.is_none() && self.fit.is_some() {
            Some(("fit", of_teacher))
        } else if self.alpha.is_some() && !is_ridge {
            Some(("alpha", "it goes only with `fit = \"ridge\"`"))
        } else if (self.c - default_c()).abs() > 0.0 && is_ridge {
            Some(("c", of_logistic))
        } else if self.balanced != default_balanced() && is_ridge {
            Some(("balanced", of_logistic))
        } else {
            None
        }
    }
}

impl Settings for Bow {
    fn requirements(&self) -> Requirements<'_> {
        self.lesson().requirements(labelled())
    }
}

impl Settings for BowInputs {
    fn requirements(&self) -> Requirements<'_> {
        lesson::requirements(self.lesson.as_ref(), labelled())
    }
}

impl Declared for Bow {
    type Inputs = BowInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        let soft_targets = dependencies.soft_targets;
        let lesson = soft_targets.filter(|_| self.teacher.is_some());
        let is_ridge = self.fit == Some(FitName::Ridge);
        let inputs = BowInputs {
            ngram_max: self.ngram_max,
            min_df: self.min_df,
            stop_words: self.stop_words,
            c: self.c,
            balanced: self.balanced,
            alpha: is_ridge.then(|| self.alpha.unwrap_or_else(default_alpha)),
            lesson,
        };
        (inputs.lesson.is_some() == self.teacher.is_some()).then_some(inputs)
    }

    fn base_mut(&mut self) -> Option<&mut RowRef> {
        self.teacher.as_mut()
    }

    fn conflict(&self) -> Option<(&'static str, &'static str)> {
        self.lesson().conflict().or(self.conflict_of_fit())
    }
}

/// What is fitted to the words.
enum Model {
    Logistic(LogisticModel),
    Ridge(Ridge),
}

impl Model {
    fn predict_proba(&self, features: &Features) -> Probabilities {
        match self {
            Self::Logistic(model) => model.predict_proba(features),
            Self::Ridge(model) => model.predict_proba(features),
        }
    }
}

impl BowInputs {
    /// The regression on the features of the teacher's texts, where there is one, and of the labelled ones.
    fn fit(&self, features: &Features, context: &MethodContext) -> Result<Model, MethodError> {
        let (c, balanced) = (self.c, self.balanced);
        let labels = context.train_labels;
        if self.lesson.is_none() {
            let classes = context.classes.count();
            let model = fit_logistic(c, balanced, features, labels, classes)?;
            return Ok(Model::Logistic(model));
        }
        let targets = lesson::targets(context, labels, &vec![1.0; labels.len()]);
        Ok(match self.alpha {
            None => Model::Logistic(fit_soft_logistic(c, balanced, features, &targets)?),
            Some(alpha) => {
                let params = RidgeParams {
                    alpha,
                    ..RidgeParams::default()
                };
                Model::Ridge(params.fit_targets(features, &targets)?)
            }
        })
    }
}

impl Method for BowInputs {
    /// Fits features and regression on the texts that are learnt from and scores the others.
    fn run(
        &self,
        context: &MethodContext,
        _: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let started = Instant::now();
        let context = lesson::context(context, self.lesson.as_ref())?;
        let taught = context.soft_targets.map_or(&[][..], |soft| soft.texts);
        let texts: Vec<&String> = taught.iter().chain(context.train_texts).collect();
        let tfidf = TfidfParams {
            ngram_range: (1, self.ngram_max as usize),
            min_df: self.min_df as usize,
            stop_words: self.stop_words.into(),
            ..TfidfParams::default()
        }
        .fit(&texts)?;
        let model = self.fit(&tfidf.transform(&texts), &context)?;
        Ok(context.predict_fitted(started, |texts| {
            model.predict_proba(&tfidf.transform(texts))
        }))
    }

    fn soft_targets(&self) -> Option<&SoftTargetsInputs> {
        self.lesson.as_ref()
    }

    fn soft_targets_mut(&mut self) -> Option<&mut SoftTargetsInputs> {
        self.lesson.as_mut()
    }
}
