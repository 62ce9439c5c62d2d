//! Bags of words and probes that learn a teacher's probabilities, against what scikit-learn learns of them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::row_table::{self, RowTable};
use super::*;
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use fsl_common::settings::Pooling;

/// What tests/golden/lesson/generate.py left.
#[derive(Deserialize)]
struct Case {
    kind: String,
    settings: serde_json::Map<String, Value>,
    labelled: bool,
    label_names: bool,
    names: Vec<String>,
    train: Vec<String>,
    labels: Vec<Label>,
    transfer: Vec<String>,
    /// The teacher's probabilities, of two classes those of the second.
    taught: Vec<Vec<f64>>,
    test: Vec<String>,
    raw: RowTable,
    /// One column for each class, of two as well.
    probabilities: Vec<Vec<f64>>,
}

fn lesson(labelled: bool) -> SoftTargetsInputs {
    SoftTargetsInputs {
        teacher: vec!["t".to_owned()],
        transfer: row_table::pool().transfer,
        transfer_size: None,
        labelled,
    }
}

impl Case {
    fn inputs(&self) -> MethodInputs {
        let lesson = Some(lesson(self.labelled));
        let number = |key: &str| self.settings.get(key).and_then(Value::as_f64);
        let c = number("c").unwrap_or(1.0);
        let balanced = self.settings.get("balanced") == Some(&json!(true));
        if self.kind == "bow" {
            let words = json!({ "ngram-max": 2, "min-df": 2, "stop-words": "none", "c": c, "balanced": balanced });
            let inputs: BowInputs = serde_json::from_value(words).unwrap();
            let alpha = number("alpha");
            return BowInputs {
                alpha,
                lesson,
                ..inputs
            }
            .into();
        }
        let names = json!({ "templates": ["{}", "it was {}."] });
        let names = self
            .label_names
            .then(|| serde_json::from_value(names).unwrap());
        ProbeInputs {
            encoder: row_table::encoder(),
            pooling: Pooling::Mean,
            features: None,
            label_names: names,
            pool: None,
            c,
            balanced,
            lesson,
        }
        .into()
    }

    fn run(
        &self,
        inputs: &MethodInputs,
        taught: Option<&Probabilities>,
    ) -> Result<Probabilities, MethodError> {
        let context = MethodContext {
            train_texts: &self.train,
            train_labels: &self.labels,
            classes: &Classes::new(self.names.clone(), None).unwrap(),
            sets: &[&self.test],
            soft_targets: taught.map(|probabilities| SoftTargets {
                texts: &self.transfer,
                probabilities,
            }),
            pool: &[],
            imported: &[],
            saved_model: None,
            save_model: None,
            encoders: &self.raw,
            seeds: &BTreeMap::new(),
        };
        let mut outcome = inputs.run(&context, &mut |_| {})?;
        Ok(outcome.probabilities.remove(0))
    }
}

fn cases() -> Vec<Case> {
    let file = std::fs::read(fsl_test_support::golden("lesson/cases.json")).unwrap();
    serde_json::from_slice(&file).unwrap()
}

/// Witness: scikit-learn. 1e-6: rows are f32.
#[test]
fn students_learn_what_scikit_learn_learns() {
    for case in cases() {
        let taught = Probabilities::new(case.names.len(), case.taught.concat());
        let inputs = case.inputs();
        let found = case.run(&inputs, Some(&taught)).unwrap();
        assert_eq!(found.texts(), case.test.len());
        for (text, expected) in case.probabilities.iter().enumerate() {
            for (label, expected) in expected.iter().enumerate() {
                let difference = (found.of(text, label as Label) - expected).abs();
                assert!(difference < 1e-6, "{inputs:?}: {difference}");
            }
        }
        let error = case.run(&inputs, None).unwrap_err();
        assert!(matches!(error, MethodError::NoSoftTargets), "{error}");
    }
}

#[test]
fn keys_go_with_a_teacher_or_with_their_regression_only() {
    let conflict = |method: Value| {
        let settings: MethodSettings = serde_json::from_value(method).unwrap();
        settings.conflict().map(|(key, _)| key)
    };
    for (words, key) in [
        (json!({}), None),
        (json!({ "c": 2.0, "balanced": false }), None),
        (json!({ "labelled": true }), Some("labelled")),
        (json!({ "transfer-size": 5 }), Some("transfer-size")),
        (json!({ "fit": "logistic" }), Some("fit")),
        (json!({ "alpha": 1.0 }), Some("alpha")),
        (json!({ "teacher": "t", "alpha": 1.0 }), Some("alpha")),
        (
            json!({ "teacher": "t", "fit": "ridge", "c": 2.0 }),
            Some("c"),
        ),
        (
            json!({ "teacher": "t", "fit": "ridge", "balanced": false }),
            Some("balanced"),
        ),
        (
            json!({ "teacher": "t", "fit": "ridge", "alpha": 2.0, "labelled": true, "transfer-size": 5 }),
            None,
        ),
    ] {
        assert_eq!(conflict(json!({ "bow": words })), key, "{words}");
    }
    let features = |center: &str| json!({ "layers": [1], "center": center });
    for (probe, key) in [
        (json!({ "labelled": true }), Some("labelled")),
        (json!({ "features": features("train") }), None),
        (
            json!({ "teacher": "t", "features": features("pool") }),
            None,
        ),
        (
            json!({ "teacher": "t", "features": features("train") }),
            Some("features.center"),
        ),
        (
            json!({ "teacher": "t", "features": features("train"), "labelled": true }),
            None,
        ),
    ] {
        let mut probe = probe;
        probe["encoder"] = json!("mini");
        assert_eq!(conflict(json!({ "probe": probe })), key, "{probe}");
    }
}

#[test]
fn a_teacher_changes_what_is_needed() {
    let settings =
        |more: Value| -> MethodSettings { serde_json::from_value(json!({ "bow": more })).unwrap() };
    let plain = settings(json!({}));
    assert!(plain.requirements().teacher().is_none() && plain.requirements().labelled_texts);
    let inputs = plain.resolve(Dependencies::default()).unwrap();
    let written = serde_json::to_string(&inputs).unwrap();
    let expected =
        r#"{"bow":{"ngram-max":3,"min-df":2,"stop-words":"english","c":1.0,"balanced":true}}"#;
    assert_eq!(written, expected);
    let taught = settings(json!({ "teacher": "t", "transfer-size": 5 }));
    let needs = taught.requirements();
    assert!(needs.teacher().is_some() && !needs.labelled_texts);
    assert_eq!(needs.transfer.unwrap().size, Some(5));
    assert_eq!(taught.resolve(Dependencies::default()), None);
    let dependencies = Dependencies {
        soft_targets: Some(lesson(false)),
        ..Dependencies::default()
    };
    let Some(MethodInputs::Bow(inputs)) = taught.resolve(dependencies) else {
        panic!("a bag of words");
    };
    assert!(inputs.alpha.is_none());
    assert_eq!(inputs.lesson, Some(lesson(false)));
}
