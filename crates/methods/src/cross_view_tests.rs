//! Cross-view students against NumPy and scikit-learn.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::label_names::Labelled;
use super::layered_features::FeatureMaker;
use super::row_table::RowTable;
use super::teacher::Teacher;
use super::*;
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use fsl_common::settings::Pooling;

/// What tests/golden/cross_view/generate.py left.
#[derive(Deserialize)]
struct Golden {
    names: Vec<String>,
    train: Vec<String>,
    labels: Vec<Label>,
    pool: Vec<String>,
    test: Vec<String>,
    /// The rows of all layers of every text.
    raw: RowTable,
    /// After one round and after two.
    scores: Vec<Vec<Vec<f64>>>,
    /// After one round, without the probe's.
    students: Vec<Vec<f64>>,
    auc: Option<f64>,
    cuts: BTreeMap<String, f64>,
}

fn golden(name: &str) -> Golden {
    let path = fsl_test_support::golden(&format!("cross_view/{name}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn inputs(threshold: Threshold) -> CrossViewInputs {
    let features = LayeredFeatures {
        layers: vec![0, 1, 2],
        weights: vec![1.0, 1.0, 2.0],
        center: Center::Pool,
        normalize: true,
    };
    let names = serde_json::json!({ "templates": ["{}", "it was {}."] });
    CrossViewInputs {
        encoder: row_table::encoder(),
        pooling: Pooling::Mean,
        features: Some(features.resolved()),
        label_names: Some(serde_json::from_value(names).unwrap()),
        c: 10.0,
        balanced: true,
        views: ViewName::USUAL.to_vec(),
        rounds: 1,
        add_probe: true,
        threshold,
        pool: Some(row_table::pool()),
    }
}

fn run(golden: &Golden, inputs: &CrossViewInputs) -> Result<Probabilities, MethodError> {
    let case = row_table::Case {
        names: &golden.names,
        train: (&golden.train, &golden.labels),
        pool: &golden.pool,
        test: &golden.test,
        encoders: &golden.raw,
    };
    case.run(inputs, &mut |_| {})
}

fn predicted(golden: &Golden, inputs: &CrossViewInputs) -> Probabilities {
    run(golden, inputs).unwrap()
}

/// Witness: NumPy and scikit-learn. 1e-6: features are f32, and regressions stop at gradients of 1e-10 of their right-hand side.
#[test]
fn probabilities_of_two_classes_are_those_of_scikit_learn() {
    let golden = golden("two");
    for (name, threshold, rounds) in [
        ("half", Threshold::Half, 1),
        ("balanced", Threshold::Balanced, 1),
        ("prior", Threshold::Prior(0.3), 1),
        ("half", Threshold::Half, 2),
    ] {
        let inputs = CrossViewInputs {
            rounds,
            ..inputs(threshold)
        };
        let found = predicted(&golden, &inputs);
        let scores = &golden.scores[rounds as usize - 1];
        assert_eq!(found.texts(), scores.len());
        for (found, scores) in found.rows().zip(scores) {
            let expected = 1.0 / (1.0 + (golden.cuts[name] - scores[0]).exp());
            let difference = (found[0] - expected).abs();
            assert!(difference < 1e-6, "{name}: {found:?} {expected}");
        }
    }
}

/// As above: characters, words and vectors of two classes, vectors and characters of three.
#[test]
fn probabilities_by_other_views_are_those_of_scikit_learn() {
    use ViewName::{Characters, Vectors, Words};
    for (name, views) in [
        ("views_two", vec![Characters, Words, Vectors]),
        ("views_three", vec![Vectors, Characters]),
    ] {
        let golden = golden(name);
        for (scores, rounds) in golden.scores.iter().zip(1..) {
            let inputs = CrossViewInputs {
                views: views.clone(),
                rounds,
                ..inputs(Threshold::Half)
            };
            let found = predicted(&golden, &inputs);
            for (found, scores) in found.rows().zip(scores) {
                let sum: f64 = scores.iter().map(|score| score.exp()).sum();
                let expected: Vec<f64> = if let [score] = scores[..] {
                    vec![1.0 / (1.0 + (-score).exp())]
                } else {
                    scores.iter().map(|score| score.exp() / sum).collect()
                };
                for (found, expected) in found.iter().zip(expected) {
                    assert!(
                        (found - expected).abs() < 1e-6,
                        "{name}: {found} {expected}"
                    );
                }
            }
        }
    }
}

/// As above.
#[test]
fn probabilities_of_three_classes_are_those_of_scikit_learn() {
    let golden = golden("three");
    let students = (&golden.students, 1, false);
    let both = golden.scores.iter().zip(1..);
    let both = both.map(|(scores, rounds)| (scores, rounds, true));
    for (scores, rounds, add_probe) in both.chain([students]) {
        let inputs = CrossViewInputs {
            rounds,
            add_probe,
            ..inputs(Threshold::Balanced)
        };
        let found = predicted(&golden, &inputs);
        for (found, scores) in found.rows().zip(scores) {
            let sum: f64 = scores.iter().map(|score| score.exp()).sum();
            for (found, score) in found.iter().zip(scores) {
                assert!((found - score.exp() / sum).abs() < 1e-6, "{found} {score}");
            }
        }
    }
}

#[test]
fn of_two_classes_the_students_alone_are_those_of_scikit_learn() {
    let golden = golden("two");
    let inputs = CrossViewInputs {
        add_probe: false,
        ..inputs(Threshold::Half)
    };
    let found = predicted(&golden, &inputs);
    for (found, scores) in found.rows().zip(&golden.students) {
        let expected = 1.0 / (1.0 + (-scores[0]).exp());
        assert!((found[0] - expected).abs() < 1e-6, "{found:?} {expected}");
    }
}

/// Witness: scikit-learn's StratifiedKFold, 200 partitions. 0.03: twenty partitions of thirteen texts differ by that from two hundred.
#[test]
fn the_cross_validated_auc_is_that_of_scikit_learn() {
    let golden = golden("two");
    let inputs = inputs(Threshold::F1Optimal);
    let classes = Classes::new(golden.names.clone(), None).unwrap();
    let encoder = golden.raw.load(&inputs.encoder).unwrap();
    let texts = (golden.train.as_slice(), golden.pool.as_slice());
    let features = inputs.features.as_ref();
    let mut maker = FeatureMaker::new(encoder.as_ref(), inputs.pooling, features, texts).unwrap();
    let train = (golden.train.as_slice(), golden.labels.as_slice());
    let labelled = Labelled::new(train, inputs.label_names.as_ref(), &classes, &mut maker).unwrap();
    let teacher = Teacher::fit(inputs.c, inputs.balanced, &labelled, 2).unwrap();
    let found = teacher
        .cross_validated_auc(&labelled, golden.train.len())
        .unwrap();
    let expected = golden.auc.unwrap();
    assert!((found - expected).abs() < 0.03, "{found} {expected}");
    let few = Golden {
        train: golden.train[..3].to_vec(),
        labels: golden.labels[..3].to_vec(),
        ..golden
    };
    let error = run(&few, &inputs).unwrap_err();
    assert!(matches!(error, MethodError::FewTexts), "{error}");
}

#[test]
fn without_a_pool_there_is_nothing_to_learn_from() {
    let golden = Golden {
        pool: Vec::new(),
        ..golden("two")
    };
    let error = run(&golden, &inputs(Threshold::Half)).unwrap_err();
    assert!(
        matches!(error, MethodError::FewTransferTexts { got: 0 }),
        "{error}"
    );
}

/// On an encoder of two blocks: three layers. Classes that are numbers have no names.
#[test]
fn auto_is_the_row_that_its_document_describes() {
    let golden = golden("two");
    let names = ["0", "1"].map(str::to_owned);
    let case = row_table::Case {
        names: &names,
        train: (&golden.train, &golden.labels),
        pool: &golden.pool,
        test: &golden.test,
        encoders: &golden.raw,
    };
    let run = |method: &dyn Method| case.run(method, &mut |_| {}).unwrap();
    let auto = |pool: Option<PoolInputs>| AutoInputs {
        encoder: row_table::encoder(),
        pooling: Pooling::Mean,
        names: Vec::new(),
        pool,
    };
    let features = |center| LayeredFeatures {
        layers: vec![-3, -2, -1],
        weights: vec![1.0, 1.0, 3.0],
        center,
        normalize: true,
    };
    let views = CrossViewInputs {
        features: Some(features(Center::Pool).resolved()),
        label_names: None,
        ..inputs(Threshold::Balanced)
    };
    assert_eq!(run(&auto(Some(row_table::pool()))), run(&views));
    let probe = ProbeInputs {
        encoder: row_table::encoder(),
        pooling: Pooling::Mean,
        features: Some(features(Center::Train).resolved()),
        label_names: None,
        pool: None,
        c: 10.0,
        balanced: true,
        lesson: None,
    };
    assert_eq!(run(&auto(None)), run(&probe));
}
