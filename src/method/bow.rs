//! TF-IDF of word n-grams and logistic regression: the published `bow` row.

use std::time::Instant;

use super::{MethodError, Outcome, Task};
use crate::classic::{LogisticParams, StopWords, TfidfParams};
use crate::spec::StopWordList;

/// The features' parameters.
pub(super) struct Bow {
    pub(super) ngram_max: u32,
    pub(super) min_df: u32,
    pub(super) stop_words: StopWordList,
}

impl Bow {
    /// Fits features and regression on the training texts and scores the test texts.
    pub(super) fn run(
        &self,
        logistic: LogisticParams,
        task: &Task,
    ) -> Result<Outcome, MethodError> {
        let started = Instant::now();
        let tfidf = TfidfParams {
            ngram_range: (1, self.ngram_max as usize),
            min_df: self.min_df as usize,
            stop_words: match self.stop_words {
                StopWordList::English => StopWords::English,
                StopWordList::None => StopWords::None,
            },
        }
        .fit(task.train_texts)?;
        let model = logistic.fit(&tfidf.transform(task.train_texts), task.train_labels)?;
        let fit_time = started.elapsed();
        let sets = task.sets.iter();
        let probabilities = sets
            .map(|texts| model.predict_proba(&tfidf.transform(texts)))
            .collect();
        Ok(Outcome {
            probabilities,
            fit: None,
            fit_time,
            predict_time: started.elapsed() - fit_time,
        })
    }
}

/// The regression of the `bow` and `probe` rows: scikit-learn's objective, solved to full convergence.
pub(super) fn params(c: f64, balanced: bool) -> LogisticParams {
    LogisticParams {
        c,
        balanced,
        ..LogisticParams::default()
    }
}
