//! Exported graphs, computed by ONNX Runtime.

use std::fs;
use std::path::Path;
use std::process::Command;

use rand::RngExt as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use tch::Device;

use super::{FAMILIES, Golden, model2vec, one_thread};
use crate::{Classifier, Encoder, Head, ModelMetadata, NnError, export_onnx};
use fsl_common::classes::Classes;
use fsl_common::fsio::write_atomic;
use fsl_common::settings::model_folder::TextRules;
use fsl_common::settings::{FitParams, Pooling, Precision};

/// A classifier with a new head on the golden encoder of a family, ready for inference.
fn classifier(family: &str, classes: usize, pooling: Pooling, precision: Precision) -> Classifier {
    let mut encoder = match family {
        "model2vec" => Encoder::load(&model2vec::open("quantized"), Device::Cpu).unwrap(),
        _ => Golden::read(family).encoder(),
    };
    let hidden = encoder.config().hidden;
    encoder.set_inference_precision(precision).unwrap();
    let head = Head::new(hidden, 16, classes, pooling, 0.0, 7, Device::Cpu);
    Classifier { encoder, head }
}

fn metadata(names: &[&str]) -> ModelMetadata {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    let classes = Classes::new(names, None).unwrap();
    let params = FitParams::reference();
    ModelMetadata::new(classes, &params, 32, true, "text", TextRules::None)
}

/// Every way to one row per text.
const POOLINGS: [Pooling; 6] = [
    Pooling::Cls,
    Pooling::Mean,
    Pooling::Max,
    Pooling::WeightedMean,
    Pooling::Last,
    Pooling::MeanSqrtLen,
];

/// Texts of one token to as many as the graph reads, 200 in all.
fn texts(classifier: &Classifier, metadata: &ModelMetadata) -> Vec<Vec<i64>> {
    let config = classifier.encoder.config();
    let longest = config.max_positions.min(metadata.max_tokens as i64);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let text = |number: i64| {
        let length = match number {
            0 => 1,
            1 => longest,
            _ => rng.random_range(2..=longest),
        };
        (0..length)
            .map(|_| rng.random_range(5..config.vocab_size))
            .collect()
    };
    (0..200).map(text).collect()
}

#[test]
fn graphs_are_f32_or_int8() {
    let model = classifier("bert", 2, Pooling::Cls, Precision::F32);
    let metadata = metadata(&["ham", "spam"]);
    let whole = export_onnx(&model, &metadata, Precision::F32).unwrap();
    let small = export_onnx(&model, &metadata, Precision::Int8).unwrap();
    let has =
        |file: &[u8], name: &str| file.windows(name.len()).any(|part| part == name.as_bytes());
    for name in [
        "input_ids",
        "attention_mask",
        "probabilities",
        r#"["ham","spam"]"#,
    ] {
        assert!(has(&whole, name) && has(&small, name), "{name}");
    }
    assert!(has(&small, "MatMulInteger") && !has(&whole, "MatMulInteger"));
    let prompt = ["fsl_exp.prompt", "classify: "];
    let prompted = metadata.clone().with_prompt(Some(prompt[1].to_owned()));
    let prompted = export_onnx(&model, &prompted, Precision::F32).unwrap();
    assert!(prompt.iter().all(|text| has(&prompted, text)));
    assert!(!has(&whole, prompt[0]));
    let refused = export_onnx(&model, &metadata, Precision::Bf16).unwrap_err();
    assert!(matches!(refused, NnError::Precision { .. }));
}

/// Rotations and distances: where positions have no table, config.json may have any number of them.
#[test]
fn graphs_have_no_more_places_than_the_texts_of_the_model() {
    for family in ["modernbert", "deberta-v3"] {
        let model = classifier(family, 2, Pooling::WeightedMean, Precision::F32);
        let size = |max_tokens: usize| {
            let metadata = ModelMetadata {
                max_tokens,
                ..metadata(&["ham", "spam"])
            };
            export_onnx(&model, &metadata, Precision::F32)
                .unwrap()
                .len()
        };
        let sizes = [8, 16, usize::MAX].map(size);
        assert!(sizes.is_sorted_by(|a, b| a < b), "{family}: {sizes:?}");
    }
}

mod needs_readers {
    use super::*;

    const SCRIPT: &str = r#"
import json, sys
import numpy, onnx, onnxruntime
path, texts = sys.argv[1], json.load(open(sys.argv[2]))
onnx.checker.check_model(path, full_check=True)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
assert [i.name for i in session.get_inputs()] == ["input_ids", "attention_mask"]
rows = []
for first in range(0, len(texts), 16):
    batch = texts[first:first + 16]
    longest = max(map(len, batch))
    ids = numpy.zeros((len(batch), longest), numpy.int64)
    mask = numpy.zeros_like(ids)
    for row, text in enumerate(batch):
        ids[row, :len(text)], mask[row, :len(text)] = text, 1
    [probabilities] = session.run(["probabilities"], {"input_ids": ids, "attention_mask": mask})
    rows += probabilities.tolist()
json.dump(rows, open(sys.argv[3], "w"))
"#;

    /// What ONNX Runtime makes of an exported graph.
    fn by_onnx_runtime(graph: &[u8], texts: &[Vec<i64>]) -> Vec<Vec<f64>> {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        write_atomic(&path("model.onnx"), graph).unwrap();
        write_atomic(&path("texts.json"), json!(texts).to_string().as_bytes()).unwrap();
        let python = std::env::var("FSL_EXP_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let files = ["model.onnx", "texts.json", "out.json"].map(path);
        let output = Command::new(python)
            .args(["-c", SCRIPT])
            .args(&files)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        read(&files[2])
    }

    fn read(path: &Path) -> Vec<Vec<f64>> {
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    /// The largest difference of a probability from ours.
    fn farthest(model: &Classifier, theirs: &[Vec<f64>], texts: &[Vec<i64>]) -> f64 {
        let ours = model.predict(texts, &mut |_| {}).unwrap();
        let differences = ours.rows().zip(theirs).flat_map(|(ours, theirs)| {
            let ours = match ours {
                [second] => vec![1.0 - second, *second],
                all => all.to_vec(),
            };
            assert_eq!(ours.len(), theirs.len());
            let pairs: Vec<f64> = ours
                .iter()
                .zip(theirs)
                .map(|(a, b)| (a - b).abs())
                .collect();
            pairs
        });
        differences.fold(0.0, f64::max)
    }

    /// Witness: ONNX Runtime, live. 1e-4 of probabilities in f32. In int8 both round the same activations to whole numbers, but a value
    /// halfway between two whole numbers may be rounded either way; a few such steps change a probability by far less than 0.02.
    #[test]
    #[ignore = "needs Python with onnx and onnxruntime (scripts/interop.sh)"]
    fn onnx_runtime_gives_the_same_probabilities() {
        one_thread();
        let names = metadata(&["hate", "offensive", "neither"]);
        let two = metadata(&["ham", "spam"]);
        for family in FAMILIES.into_iter().chain(["model2vec"]) {
            for (classes, metadata, pooling) in
                [(2, &two, Pooling::Cls), (3, &names, Pooling::Mean)]
            {
                for precision in [Precision::F32, Precision::Int8] {
                    check((classes, pooling), metadata, precision, family);
                }
            }
        }
    }

    /// As above. The hidden states are those of the encoder whatever the pooling, so one encoder is enough.
    #[test]
    #[ignore = "needs Python with onnx and onnxruntime (scripts/interop.sh)"]
    fn onnx_runtime_pools_alike() {
        one_thread();
        let names = metadata(&["hate", "offensive", "neither"]);
        for pooling in POOLINGS {
            check((3, pooling), &names, Precision::F32, "bert");
            check((3, pooling), &names, Precision::F32, "model2vec");
        }
    }

    /// A text of a static encoder without tokens may be given as its token for that, or as padding.
    #[test]
    #[ignore = "needs Python with onnx and onnxruntime (scripts/interop.sh)"]
    fn a_text_without_tokens_is_a_row_of_zeros() {
        let names = metadata(&["hate", "offensive", "neither"]);
        for pooling in POOLINGS {
            let model = classifier("model2vec", 3, pooling, Precision::F32);
            let graph = export_onnx(&model, &names, Precision::F32).unwrap();
            let empty = model.encoder.config().empty_text().unwrap();
            let theirs = by_onnx_runtime(&graph, &[vec![], vec![5, 6, 7], vec![empty]]);
            let texts = [vec![empty], vec![5, 6, 7], vec![empty]];
            let distance = farthest(&model, &theirs, &texts);
            assert!(distance < 1e-6, "{pooling:?}: {distance}");
        }
    }

    fn check(
        (classes, pooling): (usize, Pooling),
        metadata: &ModelMetadata,
        precision: Precision,
        family: &str,
    ) {
        let most = match precision {
            Precision::Int8 => 0.02,
            _ => 1e-4,
        };
        let model = classifier(family, classes, pooling, precision);
        let texts = texts(&model, metadata);
        // `export-model` has a model that nothing was made ready in.
        let exported = classifier(family, classes, pooling, Precision::F32);
        let graph = export_onnx(&exported, metadata, precision).unwrap();
        let theirs = by_onnx_runtime(&graph, &texts);
        let distance = farthest(&model, &theirs, &texts);
        let what = format!("{family} {pooling:?} {precision:?}");
        println!("{what}: {distance:.1e}");
        assert!(distance < most, "{what}: {distance}");
    }
}
