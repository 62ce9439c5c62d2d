//! Bag of words: TF-IDF of word n-grams and logistic regression, the published `bow` row.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Declared, Dependencies, Method, MethodContext, MethodError, Outcome, Progress, Requirements,
    Settings,
};
use crate::classic::{StopWords, TfidfParams, fit_logistic};

/// Bag of words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// Inverse strength of the L2 penalty.
    #[serde(default = "default_c")]
    #[schemars(range(min = 1e-6, max = 1e6))]
    pub c: f64,
    /// Weigh each class by the inverse of its frequency.
    #[serde(default = "default_balanced")]
    pub balanced: bool,
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

impl Settings for Bow {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            labelled_texts: true,
            ..Requirements::default()
        }
    }
}

impl Declared for Bow {
    type Inputs = Self;

    fn resolve(&self, _: Dependencies) -> Option<Self> {
        Some(self.clone())
    }
}

impl Method for Bow {
    /// Fits features and regression on the training texts and scores the others.
    fn run(
        &self,
        context: &MethodContext,
        _: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let started = Instant::now();
        let tfidf = TfidfParams {
            ngram_range: (1, self.ngram_max as usize),
            min_df: self.min_df as usize,
            stop_words: self.stop_words.into(),
            sublinear: false,
        }
        .fit(context.train_texts)?;
        let features = tfidf.transform(context.train_texts);
        let classes = context.classes.count();
        let labels = context.train_labels;
        let model = fit_logistic(self.c, self.balanced, &features, labels, classes)?;
        Ok(context.predict_fitted(started, |texts| {
            model.predict_proba(&tfidf.transform(texts))
        }))
    }
}
