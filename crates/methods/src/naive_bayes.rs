//! Naive Bayes on counts of words, with EM over the transfer texts (Nigam, McCallum, Thrun and Mitchell 2000).

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bow::{StopWordList, default_min_df};
use super::{
    Cost, Declared, Dependencies, Method, MethodContext, MethodError, Outcome, PoolInputs,
    Progress, Requirements, Settings, TransferSet,
};
use crate::classic::{NaiveBayesParams, TfidfParams};

/// Naive Bayes that learns from labelled and transfer texts.
///
/// Words are those of `bow`, with its defaults but for the longer n-grams.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NaiveBayes {
    /// Words per n-gram at most. Longer ones count words twice, which the model takes for independent evidence.
    #[serde(default = "default_ngram_max")]
    #[schemars(range(min = 1, max = 10))]
    pub ngram_max: u32,
    /// Texts, labelled or not, that must contain an n-gram for it to count.
    #[serde(default = "default_min_df")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub min_df: u32,
    /// Words left out before n-grams are formed.
    #[serde(default)]
    pub stop_words: StopWordList,
    /// Times that every n-gram is taken to be in every class beforehand.
    #[serde(default = "default_alpha")]
    #[schemars(range(min = 1e-6, max = 1e6))]
    pub alpha: f64,
    /// How many labelled texts a transfer text counts. 0 = learn from the labelled texts alone, without a transfer set.
    #[serde(default = "default_lambda")]
    #[schemars(range(min = 0, max = 1))]
    pub lambda: f64,
    /// EM steps at most. It ends before where the log posterior gains less than a ten-millionth of itself.
    #[serde(default = "default_max_iterations")]
    #[schemars(range(min = 1, max = 10_000))]
    pub max_iterations: u32,
    /// Transfer texts to learn from, drawn by the `sample` stream. Default: all.
    #[schemars(range(min = 2, max = 100_000_000))]
    pub transfer_size: Option<u32>,
}

/// The same with every value spelled out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NaiveBayesInputs {
    /// Words per n-gram at most.
    pub ngram_max: u32,
    /// Texts that must contain an n-gram for it to count.
    pub min_df: u32,
    /// Words left out before n-grams are formed.
    pub stop_words: StopWordList,
    /// Times that every n-gram is taken to be in every class beforehand.
    pub alpha: f64,
    /// How many labelled texts a transfer text counts.
    pub lambda: f64,
    /// EM steps at most; 0 where no transfer text is learnt from.
    pub max_iterations: u32,
    /// The texts without labels, where they are learnt from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolInputs>,
}

fn default_ngram_max() -> u32 {
    1
}

fn default_alpha() -> f64 {
    0.1
}

fn default_lambda() -> f64 {
    0.1
}

fn default_max_iterations() -> u32 {
    100
}

/// What is learnt from: labelled texts, and with a weight above 0 transfer texts.
fn requirements(lambda: f64, size: Option<u32>) -> Requirements<'static> {
    Requirements {
        labelled_texts: true,
        transfer: (lambda > 0.0).then_some(TransferSet {
            size,
            asked_by: Some("lambda"),
        }),
        ..Requirements::default()
    }
}

impl Settings for NaiveBayes {
    fn requirements(&self) -> Requirements<'_> {
        requirements(self.lambda, self.transfer_size)
    }
}

impl Settings for NaiveBayesInputs {
    fn requirements(&self) -> Requirements<'_> {
        let size = self.pool.as_ref().and_then(|pool| pool.transfer_size);
        requirements(self.lambda, size)
    }
}

impl Declared for NaiveBayes {
    type Inputs = NaiveBayesInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        let learns_from_pool = self.lambda > 0.0;
        let inputs = NaiveBayesInputs {
            ngram_max: self.ngram_max,
            min_df: self.min_df,
            stop_words: self.stop_words,
            alpha: self.alpha,
            lambda: self.lambda,
            max_iterations: if learns_from_pool {
                self.max_iterations
            } else {
                0
            },
            pool: dependencies.pool,
        };
        (inputs.pool.is_some() == learns_from_pool).then_some(inputs)
    }
}

impl Method for NaiveBayesInputs {
    /// Counts words, fits the model, and scores the sets' texts.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let started = Instant::now();
        if self.lambda > 0.0 {
            context.check_pool()?;
        }
        let pool = if self.lambda > 0.0 { context.pool } else { &[] };
        let texts: Vec<&String> = context.train_texts.iter().chain(pool).collect();
        let words = TfidfParams {
            ngram_range: (1, self.ngram_max as usize),
            min_df: self.min_df as usize,
            stop_words: self.stop_words.into(),
            ..TfidfParams::default()
        }
        .fit(&texts)?;
        let labelled = words.counts(context.train_texts);
        let total = u64::from(self.max_iterations);
        let model = NaiveBayesParams {
            alpha: self.alpha,
            lambda: self.lambda,
            max_iterations: self.max_iterations as usize,
            ..NaiveBayesParams::default()
        }
        .fit(
            (&labelled, context.train_labels),
            &words.counts(pool),
            context.classes.count(),
            &mut |done, posterior| {
                let (done, loss) = (done as u64, -posterior);
                on_progress(Progress::Fit { done, total, loss });
            },
        )?;
        Ok(context.predict_fitted(started, |texts| model.predict_proba(&words.counts(texts))))
    }

    fn cost(&self) -> Cost {
        Cost {
            fit_secs: 0.05,
            ..Cost::default()
        }
    }

    fn pool(&self) -> Option<&PoolInputs> {
        self.pool.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NoEncoders, row_table};
    use fsl_common::classes::Label;
    use fsl_common::probabilities::Probabilities;

    /// What tests/golden/naive_bayes/generate.py left.
    #[derive(Deserialize)]
    struct Golden {
        settings: serde_json::Map<String, serde_json::Value>,
        classes: usize,
        train: Vec<String>,
        labels: Vec<Label>,
        pool: Vec<String>,
        test: Vec<String>,
        /// The log posterior before every M step.
        posteriors: Vec<f64>,
        /// One column for each class, of two as well.
        probabilities: Vec<Vec<f64>>,
    }

    fn cases() -> Vec<Golden> {
        let file = std::fs::read(fsl_test_support::golden("naive_bayes/cases.json")).unwrap();
        serde_json::from_slice(&file).unwrap()
    }

    impl Golden {
        fn inputs(&self) -> NaiveBayesInputs {
            let mut inputs = self.settings.clone();
            if !self.pool.is_empty() {
                let pool = serde_json::to_value(row_table::pool()).unwrap();
                inputs.insert("pool".to_owned(), pool);
            }
            serde_json::from_value(inputs.into()).unwrap()
        }

        /// The probabilities, and the log posteriors by the numbers of steps.
        fn run(
            &self,
            inputs: &NaiveBayesInputs,
        ) -> Result<(Probabilities, Vec<(u64, f64)>), MethodError> {
            let names: Vec<String> = (0..self.classes).map(|class| class.to_string()).collect();
            let case = row_table::Case {
                names: &names,
                train: (&self.train, &self.labels),
                pool: &self.pool,
                test: &self.test,
                encoders: &NoEncoders,
            };
            let mut steps = Vec::new();
            let found = case.run(inputs, &mut |progress| {
                if let Progress::Fit { done, loss, .. } = progress {
                    steps.push((done, -loss));
                }
            })?;
            Ok((found, steps))
        }
    }

    /// Witness: EM in NumPy, and scikit-learn's `MultinomialNB` where lambda is 0. 1e-9: sums of a few hundred logarithms up to ten,
    /// taken in another order.
    #[test]
    fn probabilities_are_those_of_scikit_learn() {
        for golden in cases() {
            let (found, _) = golden.run(&golden.inputs()).unwrap();
            assert_eq!(found.texts(), golden.test.len());
            for (text, expected) in golden.probabilities.iter().enumerate() {
                for (label, expected) in expected.iter().enumerate() {
                    let found = found.of(text, label as Label);
                    let difference = (found - expected).abs();
                    assert!(difference < 1e-9, "{:?}: {text}", golden.settings);
                }
            }
        }
    }

    /// Witness: NumPy. 1e-12 of it: thousands of logarithms, in another order.
    #[test]
    fn the_log_posterior_is_that_of_numpy_and_never_falls() {
        for golden in cases() {
            let (_, steps) = golden.run(&golden.inputs()).unwrap();
            assert_eq!(steps.len(), golden.posteriors.len());
            for (number, ((step, found), expected)) in
                steps.iter().zip(&golden.posteriors).enumerate()
            {
                assert_eq!(*step, number as u64);
                let difference = (found - expected).abs();
                assert!(difference < 1e-12 * expected.abs(), "{found} {expected}");
            }
            assert!(steps.is_sorted_by(|before, after| before.1 <= after.1));
        }
    }

    #[test]
    fn without_transfer_texts_there_is_nothing_to_add() {
        let golden = Golden {
            pool: Vec::new(),
            ..cases().remove(0)
        };
        let error = golden.run(&golden.inputs()).unwrap_err();
        let expected = "there are 0 transfer texts to learn from, at least two are needed";
        assert_eq!(error.to_string(), expected);
        let alone = NaiveBayesInputs {
            lambda: 0.0,
            ..golden.inputs()
        };
        assert!(golden.run(&alone).unwrap().1.is_empty());
    }

    #[test]
    fn what_a_weight_of_zero_leaves_unused_is_not_in_the_inputs() {
        let settings = |more: &str| -> NaiveBayes {
            let text = format!("{{ \"lambda\": 0.0{more} }}");
            serde_json::from_str(&text).unwrap()
        };
        let plain = settings("");
        assert!(plain.requirements().transfer.is_none());
        let inputs = plain.resolve(Dependencies::default()).unwrap();
        let other = settings(", \"max-iterations\": 7, \"transfer-size\": 9");
        assert_eq!(other.resolve(Dependencies::default()), Some(inputs));
        let learning: NaiveBayes = serde_json::from_str("{}").unwrap();
        assert_eq!(learning.resolve(Dependencies::default()), None);
    }
}
