//! Methods over encoders that are a table of vectors.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use super::row_table::encoder;
use super::*;
use fsl_common::classes::Classes;
use fsl_common::probabilities::Probabilities;
use fsl_common::seed::Stream;
use fsl_common::sentence::VectorModule;
use fsl_common::settings::{FitParams, LossParams, Pooling};
use fsl_common::truncation::Truncation;

/// Embeds "good …" and "bad …", and trains a model that knows how many targets are above one half.
#[derive(Default)]
struct TableEncoders {
    trained_on: RefCell<Vec<f32>>,
}

fn vector(text: &str) -> Vec<f32> {
    if text.starts_with("good") {
        vec![1.0, 0.0]
    } else {
        vec![0.0, 1.0]
    }
}

struct Table;

impl Embedder for Table {
    fn blocks(&self) -> u32 {
        2
    }

    fn embed(
        &self,
        texts: &[String],
        _: Pooling,
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        on_text(texts.len());
        Ok(texts.iter().map(|text| vector(text)).collect())
    }

    fn embed_layers(
        &self,
        texts: &[String],
        pooling: Pooling,
        layers: &[u32],
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        let rows = self.embed(texts, pooling, on_text)?;
        Ok(rows.iter().map(|row| row.repeat(layers.len())).collect())
    }
}

impl Predictor for Table {
    fn predict(
        &self,
        texts: &[String],
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Probabilities, MethodError> {
        on_text(texts.len());
        let vectors = texts.iter().map(|text| vector(text));
        let values = vectors.map(|vector| f64::from(vector[0])).collect();
        Ok(Probabilities::two_class(values))
    }
}

impl Encoders for TableEncoders {
    fn load(&self, _: &EncoderInputs) -> Result<Box<dyn Embedder>, MethodError> {
        Ok(Box::new(Table))
    }

    fn finetune(
        &self,
        _: &EncoderInputs,
        training: &Training,
        _: &mut dyn FnMut(Progress),
    ) -> Result<(Box<dyn Predictor>, Fit), MethodError> {
        self.trained_on.borrow_mut().extend(training.targets);
        let fit = Fit {
            steps: training.params.steps(training.texts.len()) as u64,
            epoch_losses: Vec::new(),
        };
        Ok((Box::new(Table), fit))
    }

    fn load_model(&self, _: &EncoderInputs, _: &Path) -> Result<Box<dyn Predictor>, MethodError> {
        Ok(Box::new(Table))
    }

    fn truncation(
        &self,
        _: &EncoderInputs,
        sets: &[&[String]],
    ) -> Result<Vec<Truncation>, MethodError> {
        Ok(vec![Truncation::default(); sets.len()])
    }
}

fn two_class(sets: [Vec<f64>; 2]) -> [Probabilities; 2] {
    sets.map(Probabilities::two_class)
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Runs a method on four labelled texts and two sets, of which the second is a transfer set.
fn run(
    method: &MethodInputs,
    encoders: &dyn Encoders,
    soft_targets: Option<SoftTargets>,
) -> Result<(Outcome, Vec<Progress>), MethodError> {
    let train = texts(&["good 1", "good 2", "bad 1", "bad 2"]);
    let (test, transfer) = (texts(&["bad 3", "good 3", "good 4"]), texts(&["good 5"]));
    let seeds = BTreeMap::from([(Stream::Init, 1), (Stream::Order, 2), (Stream::Dropout, 3)]);
    let context = MethodContext {
        train_texts: &train,
        train_labels: &[1, 1, 0, 0],
        classes: &Classes::zero_one(),
        sets: &[&test, &transfer],
        soft_targets,
        pool: &transfer,
        imported: &[],
        saved_model: None,
        save_model: None,
        encoders,
        seeds: &seeds,
    };
    let mut told = Vec::new();
    let outcome = method.run(&context, &mut |progress| told.push(progress))?;
    Ok((outcome, told))
}

#[test]
fn a_probe_learns_from_vectors_and_reports_over_all_sets() {
    let probe = ProbeInputs {
        encoder: encoder(),
        pooling: Pooling::Mean,
        features: None,
        label_names: None,
        pool: None,
        c: 1.0,
        balanced: true,
        lesson: None,
    };
    let (outcome, told) = run(&probe.into(), &TableEncoders::default(), None).unwrap();
    let sets = outcome.probabilities.iter();
    let decided: Vec<_> = sets.map(Probabilities::predicted).collect();
    assert_eq!(decided, [vec![0, 1, 1], vec![1]]);
    let predict = |done| Progress::Predict { done, total: 4 };
    assert_eq!(told, [predict(3), predict(4)]);
}

#[test]
fn a_text_belongs_to_the_nearest_class_mean() {
    let centroid = CentroidInputs {
        encoder: encoder(),
        pooling: Pooling::Mean,
        features: None,
        label_names: None,
        pool: None,
    };
    let (outcome, told) = run(&centroid.into(), &TableEncoders::default(), None).unwrap();
    // The means are orthogonal unit vectors, 2 apart when squared: 1 / (1 + exp(±2)).
    let [good, bad] = [-2.0_f64, 2.0].map(|excess| 1.0 / (1.0 + excess.exp()));
    assert_eq!(
        outcome.probabilities,
        two_class([vec![bad, good, good], vec![good]])
    );
    let predict = |done| Progress::Predict { done, total: 4 };
    assert_eq!(told, [predict(3), predict(4)]);
}

#[test]
fn a_student_learns_its_teacher_s_probabilities_before_the_labels() {
    let mut student = DistillInputs {
        encoder: encoder(),
        params: FitParams::reference(),
        loss: LossParams::bce(),
        soft_targets: SoftTargetsInputs {
            teacher: vec!["t".to_owned()],
            transfer: TransferInputs {
                sha256: "f".to_owned(),
                text: "text".to_owned(),
                preprocess: fsl_common::settings::Preprocess::None,
                delimiter: None,
                size: None,
            },
            transfer_size: None,
            labelled: false,
        },
    };
    let learnt = texts(&["good 6", "bad 6"]);
    let soft_targets = Some(SoftTargets {
        texts: &learnt,
        probabilities: &Probabilities::two_class(vec![0.75, 0.25]),
    });
    let encoders = TableEncoders::default();
    let (outcome, _) = run(&student.clone().into(), &encoders, soft_targets).unwrap();
    assert_eq!(encoders.trained_on.take(), [0.75, 0.25]);
    assert_eq!(
        outcome.probabilities,
        two_class([vec![0.0, 1.0, 1.0], vec![1.0]])
    );
    student.soft_targets.labelled = true;
    run(&student.clone().into(), &encoders, soft_targets).unwrap();
    assert_eq!(encoders.trained_on.take(), [0.75, 0.25, 1.0, 1.0, 0.0, 0.0]);
    let nothing = run(&student.into(), &encoders, None);
    assert!(matches!(nothing, Err(MethodError::NoSoftTargets)));
}

#[test]
fn imported_probabilities_are_handed_on_as_they_are() {
    let imported = two_class([vec![0.1, 0.9, 0.8], vec![0.7]]);
    let inputs = PredictionsInputs {
        sha256: "p".to_owned(),
        transfer: Some("t".to_owned()),
        trial: None,
    };
    let (test, transfer) = (texts(&["a", "b", "c"]), texts(&["d"]));
    let method = MethodInputs::from(inputs);
    for (said, is_enough) in [(&imported[..], true), (&imported[..1], false)] {
        let context = MethodContext {
            train_texts: &[],
            train_labels: &[],
            classes: &Classes::zero_one(),
            sets: &[&test, &transfer],
            soft_targets: None,
            pool: &[],
            imported: said,
            saved_model: None,
            save_model: None,
            encoders: &NoEncoders,
            seeds: &BTreeMap::new(),
        };
        match method.run(&context, &mut |_| {}) {
            Ok(outcome) => assert!(is_enough && outcome.probabilities == imported),
            Err(error) => assert!(!is_enough && matches!(error, MethodError::NoPredictions)),
        }
    }
}

#[test]
fn a_program_without_libtorch_refuses_encoders_and_runs_the_rest() {
    let finetune = FinetuneInputs {
        encoder: encoder(),
        params: FitParams::reference(),
    };
    let refused = run(&finetune.into(), &NoEncoders, None);
    assert!(matches!(refused, Err(MethodError::NeedsLibtorch)));
    let (outcome, _) = run(&Majority {}.into(), &NoEncoders, None).unwrap();
    assert_eq!(outcome.probabilities, two_class([vec![0.0; 3], vec![0.0]]));
}

/// What a spec says, and what its inputs say once names are contents, must not differ.
#[test]
fn requirements_survive_the_resolution() {
    let soft_targets = |labelled| SoftTargetsInputs {
        teacher: Vec::new(),
        transfer: super::row_table::pool().transfer,
        transfer_size: Some(7),
        labelled,
    };
    for method in [
        json!({"random": {}}),
        json!({"majority": {}}),
        json!({"bow": {}}),
        json!({"bow": {"teacher": "t", "transfer-size": 7}}),
        json!({"bow": {"teacher": "t", "transfer-size": 7, "labelled": true}}),
        json!({"probe": {"encoder": "mini"}}),
        json!({"probe": {"encoder": "mini", "teacher": "t", "transfer-size": 7}}),
        json!({"centroid": {"encoder": "mini"}}),
        json!({"finetune": {"encoder": "mini"}}),
        json!({"distill": {"encoder": "mini", "teacher": "t", "transfer-size": 7}}),
        json!({"distill": {"encoder": "mini", "teacher": "t", "transfer-size": 7, "labelled": true}}),
        json!({"auto": {"encoder": "mini"}}),
        json!({"contrastive": {"encoder": "mini"}}),
        json!({"contrastive": {"encoder": "mini", "students": true}}),
        json!({"predictions": {"file": "llm.csv"}}),
        json!({"predictions": {"file": "setfit_{trial}.csv"}}),
    ] {
        let settings: MethodSettings = serde_json::from_value(method.clone()).unwrap();
        let written = settings.requirements();
        let inputs = settings
            .resolve(Dependencies {
                encoder: Some(encoder()),
                soft_targets: Some(soft_targets(written.labelled_texts)),
                pool: (written.transfer.is_some() && written.base.is_none())
                    .then(super::row_table::pool),
                predictions: Some(PredictionsInputs {
                    sha256: "p".to_owned(),
                    transfer: None,
                    trial: written.is_numbered().then_some(0),
                }),
                ..Dependencies::default()
            })
            .unwrap();
        let resolved = inputs.requirements();
        assert_eq!(settings.name(), inputs.name());
        assert_eq!(written.streams, resolved.streams, "{method}");
        assert_eq!(written.libtorch(), resolved.libtorch(), "{method}");
        assert_eq!(written.libtorch(), inputs.encoder().is_some(), "{method}");
        assert_eq!(written.labelled_texts, resolved.labelled_texts, "{method}");
        assert_eq!(written.ignores_words, resolved.ignores_words, "{method}");
        assert_eq!(written.transfer, resolved.transfer, "{method}");
        assert_eq!(written.weights, resolved.weights, "{method}");
        assert_eq!(written.is_numbered(), resolved.is_numbered(), "{method}");
        assert_eq!(written.samples(true), resolved.samples(true), "{method}");
    }
    let ensemble: MethodSettings =
        serde_json::from_value(json!({"ensemble": {"of": "t"}})).unwrap();
    assert!(!ensemble.requirements().has_trials());
    assert!(ensemble.resolve(Dependencies::default()).is_none());
}

/// What the key of a method's trial covers, with an encoder that declares `pooling` and Normalize.
fn resolved(method: serde_json::Value, pooling: Option<Pooling>) -> serde_json::Value {
    let settings: MethodSettings = serde_json::from_value(method).unwrap();
    let inputs = settings.resolve(Dependencies {
        encoder: Some(EncoderInputs {
            modules: vec![VectorModule::Normalize],
            ..encoder()
        }),
        pooling,
        ..Dependencies::default()
    });
    serde_json::to_value(inputs.unwrap()).unwrap()
}

#[test]
fn pooling_is_as_written_else_as_declared_else_as_before() {
    for (method, key, before) in [
        ("probe", "/probe/pooling", "mean"),
        ("centroid", "/centroid/pooling", "mean"),
        ("finetune", "/finetune/params/pooling", "cls"),
    ] {
        let of = |written: serde_json::Value, declared| {
            let inputs = resolved(json!({ method: written }), declared);
            inputs.pointer(key).unwrap().clone()
        };
        let (open, max) = (json!({"encoder": "mini"}), Some(Pooling::Max));
        let written = json!({"encoder": "mini", "pooling": "weighted-mean"});
        assert_eq!(of(open.clone(), None), before);
        assert_eq!(of(open, max), "max");
        assert_eq!(of(written, max), "weighted-mean");
    }
}

#[test]
fn a_key_covers_modules_where_vectors_are_used_as_they_come() {
    let probe = resolved(json!({"probe": {"encoder": "mini"}}), None);
    assert_eq!(probe["probe"]["encoder"]["modules"], json!(["normalize"]));
    let tuned = resolved(json!({"finetune": {"encoder": "mini"}}), None);
    assert_eq!(tuned["finetune"]["encoder"].get("modules"), None);
    let plain = serde_json::to_string(&encoder()).unwrap();
    assert_eq!(
        plain,
        r#"{"sha256":"e","max-tokens":8,"precision":"f32","threads":1}"#
    );
}
