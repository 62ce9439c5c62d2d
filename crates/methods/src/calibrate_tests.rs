//! Calibration and mixtures, against scikit-learn.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::calibrate::LeftOut;
use super::temperature::log_probabilities;
use super::threshold::auc;
use super::*;
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;

/// scikit-learn's solvers stop there.
const TOLERANCE: f64 = 1e-6;

/// What tests/golden/calibrate/generate.py left.
#[derive(Deserialize)]
struct Golden {
    texts: Vec<String>,
    labels: Vec<Label>,
    parts: Vec<usize>,
    test: Vec<String>,
    pool: Vec<String>,
    methods: Vec<GoldenMethod>,
    weights: Vec<f64>,
    mixtures: BTreeMap<String, Vec<Vec<f64>>>,
}

#[derive(Deserialize)]
struct GoldenMethod {
    inputs: MethodInputs,
    /// One column for each class, of two as well.
    temperature: Vec<Vec<f64>>,
    auc: Option<f64>,
    balanced: Option<Vec<f64>>,
    prior: Option<Vec<f64>>,
    validation: Option<Vec<f64>>,
}

fn cases() -> Vec<Golden> {
    let file = std::fs::read(fsl_test_support::golden("calibrate/cases.json")).unwrap();
    serde_json::from_slice(&file).unwrap()
}

impl Golden {
    fn classes(&self) -> Classes {
        let last = self.labels.iter().max().unwrap();
        Classes::new((0..=*last).map(|class| class.to_string()).collect(), None).unwrap()
    }

    /// Calls `use_context` with the texts.
    fn with_context<T>(&self, use_context: impl FnOnce(&MethodContext) -> T) -> T {
        use_context(&MethodContext {
            train_texts: &self.texts,
            train_labels: &self.labels,
            classes: &self.classes(),
            sets: &[&self.test, &self.pool],
            soft_targets: None,
            pool: &self.pool,
            imported: &[],
            saved_model: None,
            save_model: None,
            encoders: &NoEncoders,
            seeds: &BTreeMap::new(),
        })
    }

    /// What a calibration makes of the test texts, with scikit-learn's parts.
    fn calibrated(&self, method: &GoldenMethod, inputs: &Inputs) -> Probabilities {
        self.with_context(|context| {
            let left_out = self.left_out(context, inputs);
            let outcome = method.inputs.run(context, &mut |_| {}).unwrap();
            let [test, pool] = outcome.probabilities.as_slice() else {
                panic!("two sets")
            };
            inputs.calibration(Some(&left_out), Some(pool)).apply(test)
        })
    }

    fn left_out(&self, context: &MethodContext, inputs: &Inputs) -> LeftOut {
        let mut fits = 0;
        let left_out = inputs
            .left_out(context, std::slice::from_ref(&self.parts), &mut || {
                fits += 1;
            })
            .unwrap();
        assert_eq!(fits, self.parts.iter().max().unwrap() + 1);
        left_out
    }
}

type Inputs = CalibrateInputs<MethodInputs>;

fn inputs(method: &GoldenMethod, threshold: Threshold, temperature: bool) -> Inputs {
    CalibrateInputs {
        of: vec![method.inputs.clone()],
        threshold,
        temperature,
        cross_validation: Some(CrossValidation::default()),
        pool: None,
    }
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < TOLERANCE, "{found} {expected}");
}

fn assert_close(found: &Probabilities, expected: &[Vec<f64>]) {
    assert_eq!(found.texts(), expected.len());
    for (text, row) in expected.iter().enumerate() {
        assert_eq!(found.classes(), row.len());
        for (class, expected) in row.iter().enumerate() {
            close(found.of(text, class as Label), *expected);
        }
    }
}

/// Witness: `CalibratedClassifierCV(method="temperature", ensemble=False)`.
#[test]
fn temperatures_are_those_of_scikit_learn() {
    for golden in cases() {
        for method in &golden.methods {
            let found = golden.calibrated(method, &inputs(method, Threshold::Half, true));
            assert_close(&found, &method.temperature);
        }
    }
}

/// Witness: `precision_recall_curve` and NumPy's `quantile`.
#[test]
fn thresholds_become_one_half() {
    let mut two_classes = 0;
    for golden in cases() {
        for method in &golden.methods {
            let thresholds = [
                (Threshold::Balanced, &method.balanced),
                (Threshold::Prior(0.3), &method.prior),
                (Threshold::Validation, &method.validation),
            ];
            for (threshold, expected) in thresholds {
                let Some(expected) = expected else { continue };
                let found = golden.calibrated(method, &inputs(method, threshold, false));
                let rows: Vec<Vec<f64>> = (expected.iter())
                    .map(|&second| vec![1.0 - second, second])
                    .collect();
                assert_close(&found, &rows);
                two_classes += 1;
            }
        }
    }
    assert_eq!(two_classes, 6);
}

/// Witness: `roc_auc_score`. The share that follows from it is that of `cross-view`.
#[test]
fn the_largest_expected_f1_follows_from_the_cross_validation() {
    for golden in cases() {
        for method in golden.methods.iter().filter(|method| method.auc.is_some()) {
            let inputs = inputs(method, Threshold::F1Optimal, false);
            let left_out = golden.with_context(|context| golden.left_out(context, &inputs));
            let scores: Vec<f64> = (left_out.log_probabilities.iter())
                .map(|row| row[1] - row[0])
                .collect();
            let found = auc(&scores, &left_out.labels);
            close(found, method.auc.unwrap());
            let share = |threshold| {
                let found = golden.calibrated(method, &threshold);
                found
                    .predicted()
                    .iter()
                    .filter(|&&label| label == 1)
                    .count()
            };
            let prior = Threshold::F1Optimal.share(Some(found)).unwrap();
            let by_prior = CalibrateInputs {
                threshold: Threshold::Prior(prior),
                ..inputs.clone()
            };
            assert_eq!(share(inputs), share(by_prior));
        }
    }
}

/// The parts follow from the seed, and the method learns from all texts in the end.
#[test]
fn a_run_calibrates_what_the_method_says() {
    let golden = &cases()[0];
    let method = &golden.methods[0];
    let seeds = BTreeMap::from([(fsl_common::seed::Stream::Order, 7)]);
    let run = |inputs: &Inputs| {
        golden.with_context(|context| {
            let sets = &[golden.test.as_slice()];
            let context = MethodContext {
                seeds: &seeds,
                sets,
                ..*context
            };
            inputs.run(&context, &mut |_| {}).unwrap().probabilities
        })
    };
    let plain = golden.with_context(|context| {
        let outcome = method.inputs.run(context, &mut |_| {}).unwrap();
        outcome.probabilities[0].clone()
    });
    let scaled = run(&inputs(method, Threshold::Half, true));
    assert_eq!(scaled.len(), 1);
    assert_eq!(scaled[0].predicted(), plain.predicted());
    assert_ne!(scaled[0], plain);
    let balanced = run(&CalibrateInputs {
        cross_validation: None,
        ..inputs(method, Threshold::Balanced, false)
    });
    let expected = method.balanced.as_ref().unwrap();
    for (found, expected) in balanced[0].values().iter().zip(expected) {
        close(*found, *expected);
    }
}

/// Probabilities of 0 and 1 have no logarithms of use, and stay finite.
#[test]
fn certain_probabilities_stay_finite() {
    let certain = Probabilities::new(3, vec![1.0, 0.0, 0.0, 0.0, 0.5, 0.5]);
    for row in log_probabilities(&certain) {
        assert!(row.iter().all(|value| value.is_finite()));
    }
}

/// Witness: `VotingClassifier(voting="soft")`, and SciPy's `softmax`.
#[test]
fn mixtures_are_weighted_means() {
    for golden in cases() {
        for (average, expected) in &golden.mixtures {
            let inputs = MixtureInputs {
                of: (golden.methods.iter())
                    .map(|method| method.inputs.clone())
                    .collect(),
                weights: golden.weights.clone(),
                average: serde_json::from_value(average.as_str().into()).unwrap(),
            };
            let outcome = golden.with_context(|context| inputs.run(context, &mut |_| {}).unwrap());
            assert_eq!(outcome.probabilities.len(), 2);
            assert_close(&outcome.probabilities[0], expected);
        }
    }
}
