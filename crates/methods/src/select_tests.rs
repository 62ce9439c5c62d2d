//! Selection by cross-validation, against scikit-learn and by hand.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::cross_validation::out_of_fold;
use super::row_table;
use super::*;
use fsl_common::classes::{Classes, Label};
use fsl_metrics::Evaluation;

/// What tests/golden/select/generate.py left.
#[derive(Deserialize)]
struct Golden {
    texts: Vec<String>,
    labels: Vec<Label>,
    parts: Vec<usize>,
    candidates: Vec<GoldenCandidate>,
}

#[derive(Deserialize)]
struct GoldenCandidate {
    inputs: MethodInputs,
    /// One column for each class, of two as well.
    probabilities: Vec<Vec<f64>>,
    scores: BTreeMap<String, f64>,
}

fn cases() -> Vec<Golden> {
    let file = std::fs::read(fsl_test_support::golden("select/cases.json")).unwrap();
    serde_json::from_slice(&file).unwrap()
}

impl Golden {
    fn classes(&self) -> Classes {
        let last = self.labels.iter().max().unwrap();
        Classes::new((0..=*last).map(|class| class.to_string()).collect(), None).unwrap()
    }

    /// Calls `use_context` with all texts, half of them to score.
    fn with_context<T>(&self, use_context: impl FnOnce(&MethodContext) -> T) -> T {
        let set = &self.texts[..self.texts.len() / 2];
        use_context(&MethodContext {
            train_texts: &self.texts,
            train_labels: &self.labels,
            classes: &self.classes(),
            sets: &[set],
            soft_targets: None,
            pool: &[],
            imported: &[],
            saved_model: None,
            save_model: None,
            encoders: &NoEncoders,
            seeds: &BTreeMap::new(),
        })
    }

    fn inputs(&self, metric: SelectMetric) -> SelectInputs<MethodInputs> {
        let candidates = self.candidates.iter();
        SelectInputs {
            candidates: candidates.map(|one| one.inputs.clone()).collect(),
            by: SelectBy::Cv,
            metric,
            folds: 4,
            repeats: 2,
        }
    }
}

/// Witness: scikit-learn. 1e-6: its solver stops there.
#[test]
fn left_out_texts_have_the_probabilities_and_scores_of_scikit_learn() {
    for golden in cases() {
        let classes = golden.classes();
        for candidate in &golden.candidates {
            let mut fits = 0;
            let found = golden.with_context(|context| {
                let method = candidate.inputs.method();
                out_of_fold(method, context, &golden.parts, &mut || fits += 1).unwrap()
            });
            assert_eq!(fits, golden.parts.iter().max().unwrap() + 1);
            for (text, expected) in candidate.probabilities.iter().enumerate() {
                for (label, expected) in expected.iter().enumerate() {
                    let found = found.of(text, label as Label);
                    assert!((found - expected).abs() < 1e-6, "{found} {expected}");
                }
            }
            let of = Evaluation::new(&classes, &golden.labels, &found).unwrap();
            for (name, expected) in &candidate.scores {
                let metric: SelectMetric = serde_json::from_value(name.as_str().into()).unwrap();
                assert_eq!(metric.metric().spec_name(), *name);
                let found = metric.metric().evaluate(&of).unwrap().unwrap();
                assert!(
                    (found - expected).abs() < 1e-6,
                    "{name}: {found} {expected}"
                );
            }
        }
    }
}

#[test]
fn the_best_candidate_learns_from_all_texts() {
    for golden in cases() {
        let mut chosen = Vec::new();
        for metric in [SelectMetric::Accuracy, SelectMetric::LogLoss] {
            let inputs = golden.inputs(metric);
            let mut fits = Vec::new();
            let outcome = golden.with_context(|context| {
                let mut on_progress = |progress: Progress| {
                    if let Progress::Fit { done, total, .. } = progress {
                        fits.push((done, total));
                    }
                };
                inputs.run(context, &mut on_progress).unwrap()
            });
            let selection = outcome.selection.unwrap();
            let best = &golden.candidates[selection.chosen as usize].inputs;
            let alone = golden.with_context(|context| best.run(context, &mut |_| {}).unwrap());
            assert_eq!(outcome.probabilities, alone.probabilities);
            assert_eq!(alone.selection, None);
            let best = |metric: SelectMetric, scores: &[f64]| match metric {
                SelectMetric::LogLoss => scores.iter().copied().fold(f64::MAX, f64::min),
                _ => scores.iter().copied().fold(f64::MIN, f64::max),
            };
            let scores: Vec<f64> = selection
                .scores
                .iter()
                .map(|score| score.unwrap())
                .collect();
            let of_chosen = scores[selection.chosen as usize];
            assert_eq!(of_chosen.to_bits(), best(metric, &scores).to_bits());
            // Two candidates, four parts, two partitions.
            assert_eq!(fits.last(), Some(&(16, 16)));
            assert_eq!(selection.folds, 4);
            chosen.push(selection.chosen);
        }
        // The smallest class of the second case has five texts.
        assert!(chosen.iter().all(|&chosen| chosen < 2));
    }
}

#[test]
fn of_equal_candidates_the_first_is_taken() {
    let golden = cases().remove(0);
    let mut inputs = golden.inputs(SelectMetric::Accuracy);
    inputs.candidates[1] = inputs.candidates[0].clone();
    let outcome = golden.with_context(|context| inputs.run(context, &mut |_| {}).unwrap());
    let Selection { chosen, scores, .. } = outcome.selection.unwrap();
    let bits = |place: usize| scores[place].unwrap().to_bits();
    assert_eq!((chosen, bits(0)), (0, bits(1)));
}

#[test]
fn a_class_with_one_text_cannot_be_left_out() {
    let mut golden = cases().remove(0);
    let first = golden.labels.iter().position(|&label| label == 1).unwrap();
    for (text, label) in golden.labels.iter_mut().enumerate() {
        *label = Label::from(text == first);
    }
    let inputs = golden.inputs(SelectMetric::Accuracy);
    let error = golden.with_context(|context| inputs.run(context, &mut |_| {}).unwrap_err());
    let said = "a cross-validation needs two labelled texts of each class, `1` has one";
    assert_eq!(error.to_string(), said);
    golden.labels.fill(1);
    let error = golden.with_context(|context| inputs.run(context, &mut |_| {}).unwrap_err());
    assert!(
        error.to_string().ends_with("both classes are needed"),
        "{error}"
    );
}

/// A bag of words needs a word that is in two texts of every part.
#[test]
fn a_candidate_that_cannot_be_fitted_is_left_out() {
    let golden = cases().remove(0);
    let rare = serde_json::json!({ "bow": {
        "ngram-max": 1, "min-df": 22, "stop-words": "none", "c": 1.0, "balanced": true
    } });
    let rare: MethodInputs = serde_json::from_value(rare).unwrap();
    let mut inputs = golden.inputs(SelectMetric::Accuracy);
    inputs.candidates[0] = rare.clone();
    let outcome = golden.with_context(|context| inputs.run(context, &mut |_| {}).unwrap());
    let Selection { chosen, scores, .. } = outcome.selection.unwrap();
    assert_eq!((chosen, scores[0]), (1, None));
    inputs.candidates[1] = rare;
    let error = golden.with_context(|context| inputs.run(context, &mut |_| {}).unwrap_err());
    let said =
        "no candidate could be fitted to a part of 23 labelled texts; the first one: no n-gram";
    assert!(error.to_string().starts_with(said), "{error}");
}

/// Transfer texts are for the candidates that learn from them, whatever others do.
#[test]
fn a_candidate_scores_as_it_does_without_the_others() {
    let golden = cases().remove(0);
    let words = |more: serde_json::Value| -> MethodInputs {
        let mut words = serde_json::json!({
            "ngram-max": 1, "min-df": 1, "stop-words": "none", "alpha": 1.0, "lambda": 0.0, "max-iterations": 0
        });
        let more = more.as_object().unwrap().clone();
        words.as_object_mut().unwrap().extend(more);
        serde_json::from_value(serde_json::json!({ "naive-bayes": words })).unwrap()
    };
    let pool = serde_json::to_value(row_table::pool()).unwrap();
    let with_pool = words(serde_json::json!({ "lambda": 0.5, "max-iterations": 5, "pool": pool }));
    let alone = words(serde_json::json!({}));
    let texts: Vec<String> = (0..20)
        .map(|text| format!("word{} other{text}", text % 7))
        .collect();
    let run = |candidates: [&MethodInputs; 2]| {
        let inputs = SelectInputs {
            candidates: candidates.map(Clone::clone).to_vec(),
            ..golden.inputs(SelectMetric::LogLoss)
        };
        golden.with_context(|context| {
            let context = MethodContext {
                pool: &texts,
                ..*context
            };
            inputs.run(&context, &mut |_| {}).unwrap()
        })
    };
    let bow = &golden.candidates[0].inputs;
    let score = |outcome: &Outcome| outcome.selection.as_ref().unwrap().scores[0].unwrap();
    let (beside_bow, beside_pool) = (run([&alone, bow]), run([&alone, &with_pool]));
    assert_eq!(score(&beside_bow).to_bits(), score(&beside_pool).to_bits());
    let learning = run([&with_pool, &alone]);
    assert_ne!(score(&learning).to_bits(), score(&beside_pool).to_bits());
    for (outcome, first_learns) in [(&beside_pool, false), (&learning, true)] {
        let chosen = outcome.selection.as_ref().unwrap().chosen;
        let learns = (chosen == 0) == first_learns;
        let (method, pool) = if learns {
            (&with_pool, texts.as_slice())
        } else {
            (&alone, &[][..])
        };
        let expected = golden.with_context(|context| {
            let context = MethodContext { pool, ..*context };
            method.run(&context, &mut |_| {}).unwrap()
        });
        assert_eq!(outcome.probabilities, expected.probabilities);
    }
}

#[test]
fn what_candidates_must_have_in_common() {
    let settings = |text: &str| -> MethodSettings { serde_json::from_str(text).unwrap() };
    let probe = settings(r#"{ "probe": { "encoder": "a" } }"#);
    let differs = |other: &str| {
        let other = settings(other);
        differing_key(&probe.requirements(), &other.requirements())
    };
    assert_eq!(differs(r#"{ "bow": {} }"#), None);
    assert_eq!(differs(r#"{ "centroid": { "encoder": "a" } }"#), None);
    assert_eq!(
        differs(r#"{ "centroid": { "encoder": "b" } }"#),
        Some("encoder")
    );
    let prompted = r#"{ "centroid": { "encoder": "a", "prompt": "query: " } }"#;
    assert_eq!(differs(prompted), Some("prompt"));
    let pool = |size| {
        let text = format!(r#"{{ "cross-view": {{ "encoder": "a", "transfer-size": {size} }} }}"#);
        settings(&text)
    };
    let (few, many) = (pool(9), pool(10));
    let found = differing_key(&few.requirements(), &many.requirements());
    assert_eq!(found, Some("transfer-size"));
    let select = settings(r#"{ "select": { "candidates": ["a", "b"] } }"#);
    let calibrate = settings(r#"{ "calibrate": { "of": "a", "temperature": true } }"#);
    let mixture = settings(r#"{ "mixture": { "of": ["a", "b"] } }"#);
    for (inner, outer, expected) in [
        (&mixture, &mixture, Some("is a mixture of rows itself")),
        (&calibrate, &mixture, Some("calibrates a row itself")),
        (&calibrate, &calibrate, Some("calibrates a row itself")),
        (&mixture, &calibrate, None),
        (&mixture, &select, None),
        (&calibrate, &select, None),
    ] {
        assert_eq!(inner.why_not_inside(outer), expected);
    }
    for (text, said) in [
        (r#"{ "random": {} }"#, "draws its predictions at random"),
        (r#"{ "ensemble": { "of": "a" } }"#, "builds on another row"),
        (
            r#"{ "predictions": { "file": "a.csv" } }"#,
            "was predicted by another program",
        ),
        (
            r#"{ "finetune": { "encoder": "a" } }"#,
            "trains its encoder, which takes too long inside another row",
        ),
        (
            r#"{ "select": { "candidates": ["a", "b"] } }"#,
            "chooses from rows itself",
        ),
    ] {
        assert_eq!(settings(text).why_not_inside(&select), Some(said));
    }
    assert_eq!(probe.why_not_inside(&select), None);
}

/// Candidates get what they ask for, and nothing else.
#[test]
fn a_key_holds_each_candidate_as_its_own_row_does() {
    let written = [
        r#"{ "probe": { "encoder": "a" } }"#,
        r#"{ "cross-view": { "encoder": "a" } }"#,
        r#"{ "bow": {} }"#,
    ];
    let methods: Vec<MethodSettings> = written
        .map(|text| serde_json::from_str(text).unwrap())
        .to_vec();
    let mut select: MethodSettings =
        serde_json::from_str(r#"{ "select": { "candidates": ["p", "v", "b"] } }"#).unwrap();
    assert_eq!(select.resolve(Dependencies::default()), None);
    select.set_inner_methods(methods.clone());
    let all = Dependencies {
        encoder: Some(row_table::encoder()),
        pool: Some(row_table::pool()),
        ..Dependencies::default()
    };
    let needs = select.requirements();
    assert!(needs.transfer.is_some() && needs.encoder == Some("a") && needs.labelled_texts);
    let Some(MethodInputs::Select(inputs)) = select.resolve(all.clone()) else {
        panic!("unresolved");
    };
    let alone = methods.iter().map(|method| {
        let needs = method.requirements();
        let mut own = all.clone();
        own.pool.take_if(|_| needs.transfer.is_none());
        method.resolve(own).unwrap()
    });
    assert_eq!(inputs.candidates, alone.collect::<Vec<_>>());
    assert_eq!((inputs.folds, inputs.repeats), (5, 3));
    assert!(inputs.cost().selection_secs > 15.0);
}
