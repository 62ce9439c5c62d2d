//! Models as classifiers of transformers: the same probabilities, and what is refused.

use std::path::Path;

use serde::Deserialize;
use tch::{Device, Kind, Tensor, no_grad};

use super::model::{answer, facts, params};
use super::{Golden, distance, one_thread, tensors};
use crate::{
    Classifier, Encoder, Head, MODEL_FORMAT, ModelMetadata, OpenEncoder, Packed, SavedModel,
    load_model, model_source, save_model, sequence_classifier,
};
use fsl_common::classes::Classes;
use fsl_common::fsio;
use fsl_common::settings::{LongTexts, Pooling};

const TWO: &[&str] = &["ham", "spam"];
const THREE: &[&str] = &["hate", "offensive", "neither"];

/// A model of these classes with a new head, out of its folder.
fn saved(family: &str, names: &[&str]) -> (Golden, SavedModel, tempfile::TempDir) {
    let golden = Golden::read(family);
    let files = golden.open();
    let encoder = Encoder::load(&files, Device::Cpu).unwrap();
    let (hidden, units) = (encoder.config().hidden, 6);
    let head = Head::new(
        hidden,
        units,
        names.len(),
        Pooling::Cls,
        0.0,
        0,
        Device::Cpu,
    );
    let names = names.iter().map(|&name| name.to_owned()).collect();
    let metadata = ModelMetadata {
        format: MODEL_FORMAT,
        classes: Classes::new(names, None).unwrap(),
        pooling: Pooling::Cls,
        hidden_units: units,
        ..facts(&params())
    };
    let folder = tempfile::tempdir().unwrap();
    let classifier = Classifier { encoder, head };
    save_model(&classifier, &files, &metadata, folder.path()).unwrap();
    let model = load_model(folder.path(), Device::Cpu).unwrap();
    (golden, model, folder)
}

/// The model's folder for transformers.
fn exported(model: &SavedModel, folder: &Path) -> tempfile::TempDir {
    let files = sequence_classifier(model, folder).unwrap();
    assert_eq!(files.last().unwrap().0, "config.json");
    let exported = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fsio::write_atomic(&exported.path().join(name), &bytes).unwrap();
    }
    exported
}

/// The model's own probabilities of every class, text by text.
fn probabilities(model: &SavedModel, golden: &Golden) -> Vec<Tensor> {
    let texts = golden.texts();
    let ours = model.classifier.predict(&texts, &mut |_| ()).unwrap();
    let classes = ours.classes() as u16;
    let row = |text| -> Vec<f32> {
        (0..classes)
            .map(|class| ours.of(text, class) as f32)
            .collect()
    };
    (0..texts.len())
        .map(|text| Tensor::from_slice(&row(text)))
        .collect()
}

/// Witness: the definitions of DistilBERT's and DeBERTa's heads in transformers' source, by hand on the exported tensors.
#[test]
fn an_exported_classifier_computes_what_the_model_does() {
    one_thread();
    for (family, dense) in [
        ("distilbert", "pre_classifier"),
        ("deberta-v3", "pooler.dense"),
    ] {
        for names in [TWO, THREE] {
            let (golden, model, folder) = saved(family, names);
            let exported = exported(&model, folder.path());
            // The reader of encoders takes the prefix off.
            let source = model_source(exported.path(), &model.metadata);
            let encoder = OpenEncoder::open(&source).unwrap();
            let encoder = Encoder::load(&encoder, Device::Cpu).unwrap();
            let tensors = tensors(&source.weights);
            let linear = |input: &Tensor, name: &str| {
                let part = |part: &str| &tensors[&format!("{name}.{part}")];
                input.linear(part("weight"), Some(part("bias")))
            };
            let all = probabilities(&model, &golden);
            for (ids, ours) in golden.texts().iter().zip(all) {
                let packed = Packed::new(&[ids], Device::Cpu);
                let hidden = no_grad(|| encoder.forward(&packed, None)).slice(0, 0, 1, 1);
                let logits = linear(&linear(&hidden, dense).relu(), "classifier");
                assert_eq!(logits.size(), [1, names.len() as i64]);
                let theirs = logits.softmax(1, Kind::Float).view([-1]);
                assert!(distance(&ours, &theirs) < 1e-6, "{family} {names:?}");
            }
        }
    }
}

#[test]
fn a_head_that_transformers_does_not_have_is_refused() {
    let said = |family: &str, change: &dyn Fn(&mut ModelMetadata)| {
        let (_, mut model, folder) = saved(family, TWO);
        change(&mut model.metadata);
        let refused = sequence_classifier(&model, folder.path());
        refused.err().unwrap().to_string()
    };
    insta::assert_snapshot!(said("bert", &|_| ()), @"the model cannot be exported: transformers' classifiers of `bert` cannot hold its head, a dense layer with ReLU on a pooled token; those of `distilbert` and `deberta-v2` can, and `--onnx` takes models of all families");
    insta::assert_snapshot!(said("distilbert", &|model| model.pooling = Pooling::Mean), @"the model cannot be exported: its head reads tokens pooled by `mean`, transformers' classifiers the first token only (`cls`); `--onnx` takes every pooling");
    insta::assert_snapshot!(said("distilbert", &|model| model.hidden_units = 99), @"the model cannot be exported: its head has 99 hidden units, transformers' classifiers of this encoder at most 8; `--onnx` takes any number");
    insta::assert_snapshot!(said("distilbert", &|model| model.long_texts = LongTexts::HeadTail), @"the model cannot be exported: it reads long texts by `head-tail`, transformers' tokenizers truncate them; `--onnx` takes such a model");
    let (_, model, folder) = saved("distilbert", TWO);
    fsio::write_atomic(&folder.path().join("config.json"), b"{}").unwrap();
    let refused = sequence_classifier(&model, folder.path());
    let said = refused.err().unwrap().to_string();
    let said = said.replace(&folder.path().display().to_string(), "/m");
    insta::assert_snapshot!(said, @"model `/m`: `/m/config.json` is not as it was saved: its checksum is not the one in `SHA256SUMS`");
}

/// What load_classifier.py says of a folder.
#[derive(Deserialize)]
struct Loaded {
    probabilities: Vec<Vec<f32>>,
    missing: Vec<String>,
    unexpected: Vec<String>,
    class: String,
    label: String,
}

mod needs_transformers {
    use super::*;

    /// Witness: transformers, live. 1e-6 of a probability: f32.
    #[test]
    #[ignore = "needs Python with transformers and PyTorch in GOLDEN_PYTHON"]
    fn transformers_classifies_as_the_model_does() {
        one_thread();
        for (family, class) in [("distilbert", "DistilBert"), ("deberta-v3", "DebertaV2")] {
            for names in [TWO, THREE] {
                let (golden, model, folder) = saved(family, names);
                let exported = exported(&model, folder.path());
                let theirs: Loaded =
                    answer("nn/load_classifier.py", exported.path(), &golden.texts());
                assert_eq!(theirs.class, format!("{class}ForSequenceClassification"));
                assert_eq!([theirs.missing, theirs.unexpected].concat(), [""; 0]);
                assert!(names.contains(&theirs.label.as_str()), "{}", theirs.label);
                let all = probabilities(&model, &golden);
                for (ours, theirs) in all.iter().zip(&theirs.probabilities) {
                    let theirs = Tensor::from_slice(theirs);
                    assert!(distance(ours, &theirs) < 1e-6, "{family} {names:?}");
                }
            }
        }
    }
}
