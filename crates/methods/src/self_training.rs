//! Self-training: over the vectors of a frozen encoder, a logistic regression that labels the transfer texts by itself, the surest first
//! (Scudder 1965; Yarowsky 1995).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bow::{default_balanced, default_c};
use super::frozen::{frozen_inputs, frozen_method, frozen_settings};
use super::{
    Cost, Declared, Dependencies, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, Settings,
};
use crate::classic::{Features, RoundRule, SelfTrainingParams};

frozen_settings! {
    /// A frozen encoder and logistic regression that labels the transfer texts by itself, round by round.
    SelfTraining {
        /// Inverse strength of the L2 penalty.
        #[serde(default = "default_c")]
        #[schemars(range(min = 1e-6, max = 1e6))]
        pub c: f64,
        /// Weigh each class by the inverse of its frequency among the texts with a label, anew in each round.
        #[serde(default = "default_balanced")]
        pub balanced: bool,
        /// Which transfer texts get a label in a round.
        #[serde(default)]
        pub by: RoundRuleName,
        /// Above which largest probability `threshold` labels a text. Default: 0.75.
        #[schemars(range(min = 0, max = 1))]
        pub threshold: Option<f64>,
        /// Texts that `rank` and `rank-per-class` label in a round. Default: 10.
        #[schemars(range(min = 1, max = 100_000_000))]
        pub per_round: Option<u32>,
        /// Rounds at most. It ends earlier where no text gets a label.
        #[serde(default = "default_rounds")]
        #[schemars(range(min = 1, max = 10_000))]
        pub rounds: u32,
        /// Transfer texts to learn from, drawn by the `sample` stream. Default: all.
        #[schemars(range(min = 2, max = 100_000_000))]
        pub transfer_size: Option<u32>,
    }
    SelfTrainingInputs {
        /// Inverse strength of the L2 penalty.
        pub c: f64,
        /// Whether each class is weighed by the inverse of its frequency among the texts with a label.
        pub balanced: bool,
        /// Which transfer texts get a label in a round.
        pub by: RoundRule,
        /// Rounds at most.
        pub rounds: u32,
    }
}

/// Which transfer texts get a label in a round, as a spec names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RoundRuleName {
    /// All whose largest probability is above `threshold`.
    #[default]
    Threshold,
    /// The `per-round` texts with the largest probabilities.
    Rank,
    /// The `per-round` texts with the largest probabilities, as many of each class.
    RankPerClass,
}

fn default_rounds() -> u32 {
    10
}

/// As scikit-learn has it.
const THRESHOLD: f64 = 0.75;
const PER_ROUND: u32 = 10;

impl Settings for SelfTraining {
    fn requirements(&self) -> Requirements<'_> {
        self.frozen_requirements().with_transfer(self.transfer_size)
    }
}

impl Settings for SelfTrainingInputs {
    fn requirements(&self) -> Requirements<'_> {
        self.frozen_requirements()
            .with_transfer(self.transfer_size())
    }
}

impl Declared for SelfTraining {
    type Inputs = SelfTrainingInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        let per_round = self.per_round.unwrap_or(PER_ROUND);
        frozen_inputs!(
            self,
            dependencies,
            SelfTrainingInputs {
                c: self.c,
                balanced: self.balanced,
                by: match self.by {
                    RoundRuleName::Threshold =>
                        RoundRule::Threshold(self.threshold.unwrap_or(THRESHOLD)),
                    RoundRuleName::Rank => RoundRule::Rank(per_round),
                    RoundRuleName::RankPerClass => RoundRule::RankPerClass(per_round),
                },
                rounds: self.rounds,
            }
        )
    }

    fn encoder_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.encoder)
    }

    fn conflict(&self) -> Option<(&'static str, &'static str)> {
        let of_rule = match (self.by, self.threshold, self.per_round) {
            (RoundRuleName::Threshold, _, Some(_)) => Some((
                "per-round",
                "it goes only with `by = \"rank\"` and `by = \"rank-per-class\"`",
            )),
            (RoundRuleName::Rank | RoundRuleName::RankPerClass, Some(_), _) => {
                Some(("threshold", "it goes only with `by = \"threshold\"`"))
            }
            _ => None,
        };
        self.frozen().conflict().or(of_rule)
    }
}

impl Method for SelfTrainingInputs {
    /// Fits the regression on the labelled texts, has it label transfer texts and learn from them in rounds, and scores the others.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let classes = context.classes.count();
        context.check_pool()?;
        self.frozen().run(
            (&self.encoder, self.pooling),
            context,
            on_progress,
            |maker, labelled, on_progress| {
                let pool = maker.of_pool(context.pool)?;
                let params = SelfTrainingParams {
                    c: self.c,
                    balanced: self.balanced,
                    by: self.by,
                    rounds: self.rounds as usize,
                };
                let total = u64::from(self.rounds) + 1;
                let labelled = (
                    &labelled.rows[..],
                    &labelled.labels[..],
                    &labelled.weights[..],
                );
                Ok(params.fit(labelled, &pool, classes, &mut |fits, loss| {
                    let done = fits as u64;
                    on_progress(Progress::Fit { done, total, loss });
                })?)
            },
            |model, _, rows| Ok(model.predict_proba(&Features::dense(rows)?)),
        )
    }

    fn cost(&self) -> Cost {
        Cost {
            fit_secs: 0.2,
            ..Cost::default()
        }
    }

    frozen_method!();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row_table::{self, RowTable};
    use fsl_common::classes::Label;
    use fsl_common::probabilities::Probabilities;
    use fsl_common::settings::Pooling;

    /// What tests/golden/self_training/generate.py left.
    #[derive(Deserialize)]
    struct Golden {
        names: Vec<String>,
        train: Vec<String>,
        labels: Vec<Label>,
        pool: Vec<String>,
        test: Vec<String>,
        raw: RowTable,
        cases: Vec<GoldenCase>,
    }

    #[derive(Deserialize)]
    struct GoldenCase {
        label_names: bool,
        settings: OwnSettings,
        fits: usize,
        /// One column for each class, of two as well.
        probabilities: Vec<Vec<f64>>,
    }

    #[derive(Clone, Copy, Deserialize)]
    struct OwnSettings {
        by: RoundRule,
        c: f64,
        balanced: bool,
        rounds: u32,
    }

    fn golden(name: &str) -> Golden {
        let path = fsl_test_support::golden(&format!("self_training/{name}.json"));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    fn inputs(own: OwnSettings, label_names: bool) -> SelfTrainingInputs {
        let names = serde_json::json!({ "templates": ["{}", "it was {}."] });
        let names = label_names.then(|| serde_json::from_value(names).unwrap());
        SelfTrainingInputs {
            encoder: row_table::encoder(),
            pooling: Pooling::Mean,
            features: None,
            label_names: names,
            pool: Some(row_table::pool()),
            c: own.c,
            balanced: own.balanced,
            by: own.by,
            rounds: own.rounds,
        }
    }

    impl Golden {
        /// The probabilities, and how many fits there were.
        fn run(&self, inputs: &SelfTrainingInputs) -> Result<(Probabilities, usize), MethodError> {
            let case = row_table::Case {
                names: &self.names,
                train: (&self.train, &self.labels),
                pool: &self.pool,
                test: &self.test,
                encoders: &self.raw,
            };
            let mut losses = Vec::new();
            let probabilities = case.run(inputs, &mut |progress| {
                if let Progress::Fit { done, total, loss } = progress {
                    losses.push(loss);
                    assert_eq!(done, losses.len() as u64);
                    assert!(done <= total && loss.is_finite() && loss > 0.0);
                }
            })?;
            Ok((probabilities, losses.len()))
        }
    }

    /// Witness: scikit-learn's `SelfTrainingClassifier`; NumPy where as many of each class are labelled. 1e-6: rows are f32.
    #[test]
    fn probabilities_are_those_of_scikit_learn() {
        for name in ["two", "three"] {
            let golden = golden(name);
            for case in &golden.cases {
                let inputs = inputs(case.settings, case.label_names);
                let (found, fits) = golden.run(&inputs).unwrap();
                assert_eq!(fits, case.fits, "{name}: {:?}", inputs.by);
                assert_eq!(found.texts(), golden.test.len());
                for (text, expected) in case.probabilities.iter().enumerate() {
                    for (label, expected) in expected.iter().enumerate() {
                        let found = found.of(text, label as Label);
                        let difference = (found - expected).abs();
                        assert!(difference < 1e-6, "{name}: {:?}: {difference}", inputs.by);
                    }
                }
            }
        }
    }

    #[test]
    fn without_a_pool_there_is_nothing_to_label() {
        let golden = Golden {
            pool: Vec::new(),
            ..golden("two")
        };
        let error = golden.run(&inputs(golden.cases[0].settings, false));
        let expected = "there are 0 transfer texts to learn from, at least two are needed";
        assert_eq!(error.unwrap_err().to_string(), expected);
    }

    #[test]
    fn a_number_goes_with_its_selection_only() {
        let conflict = |more: &str| {
            let text = format!("{{ \"encoder\": \"mini\"{more} }}");
            let settings: SelfTraining = serde_json::from_str(&text).unwrap();
            settings.conflict().map(|(key, _)| key)
        };
        assert_eq!(conflict(""), None);
        assert_eq!(conflict(", \"threshold\": 0.9"), None);
        assert_eq!(conflict(", \"by\": \"rank\", \"per-round\": 3"), None);
        assert_eq!(conflict(", \"per-round\": 3"), Some("per-round"));
        for by in ["rank", "rank-per-class"] {
            let more = format!(", \"by\": \"{by}\", \"threshold\": 0.9");
            assert_eq!(conflict(&more), Some("threshold"));
        }
    }
}
