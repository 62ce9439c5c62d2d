//! Static encoders against model2vec and PyTorch's EmbeddingBag: tests/golden/model2vec/generate.py.

mod refused;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tch::{Device, Kind, Tensor};

use super::{distance, one_thread, tensors};
use crate::fit::train;
use crate::layers::Parameters as _;
use crate::linear::Linear;
use crate::{
    Classifier, Compute, Encoder, Examples, FitSeeds, Head, ModelMetadata, OpenEncoder, Packed,
    VectorModules, embed, fit, load_model, model_source, save_model,
};
use fsl_common::classes::Classes;
use fsl_common::sentence::{SentenceEncoder, VectorModule};
use fsl_common::settings::model_folder::TextRules;
use fsl_common::settings::{
    EncoderSource, FitParams, LongTexts, LossParams, Optimizer, Pooling, Schedule,
};
use fsl_test_support::golden;

const FOLDERS: [&str; 3] = ["plain", "quantized", "half"];

fn source(folder: &Path) -> EncoderSource {
    let tokenizer = folder.join("tokenizer.json");
    EncoderSource {
        config: folder.join("config.json"),
        vocab: tokenizer.clone(),
        weights: folder.join("model.safetensors"),
        shards: Vec::new(),
        lowercase: false,
        tokenizer: vec![tokenizer],
    }
}

fn folder(name: &str) -> PathBuf {
    golden(&format!("model2vec/{name}"))
}

/// A golden folder.
pub(super) fn open(name: &str) -> OpenEncoder {
    opened(&folder(name))
}

fn opened(folder: &Path) -> OpenEncoder {
    OpenEncoder::open(&source(folder)).unwrap()
}

fn texts() -> Vec<String> {
    serde_json::from_slice(&fs::read(golden("model2vec/texts.json")).unwrap()).unwrap()
}

/// The vectors of all texts, as config.json declares them: `[B, D]`.
fn encoded(folder: &Path, max_tokens: usize) -> Tensor {
    let files = opened(folder);
    let encoder = Encoder::load(&files, Device::Cpu).unwrap();
    let declared = SentenceEncoder::of_static(Path::new("c"), files.config_bytes()).unwrap();
    let width = encoder.config().hidden;
    let modules = VectorModules::load(&declared.modules, &[], width, Device::Cpu).unwrap();
    let ids = files.tokenizer().unwrap().encode_all(&texts(), max_tokens);
    let pooling = declared.pooling.unwrap();
    let rows = embed(&encoder, &ids, pooling, &modules, &mut |_| ()).unwrap();
    Tensor::from_slice(&rows.concat()).view([ids.len() as i64, -1])
}

/// Witness: model2vec's `encode`, on texts without tokens, of unknown ones, and longer than the limit. 5e-6 of the largest value: up to 512
/// numbers are added in f32, which it adds in f64 where the weights are.
#[test]
fn vectors_equal_those_of_model2vec() {
    one_thread();
    let expected = tensors(&golden("model2vec/vectors.safetensors"));
    for name in FOLDERS {
        let folder = folder(name);
        let usual = opened(&folder).config().usual_tokens().unwrap();
        for (key, max_tokens) in [(name.to_owned(), usual as usize), (format!("{name}.8"), 8)] {
            let expected = &expected[&key];
            let far = distance(&encoded(&folder, max_tokens), expected);
            let largest = expected.abs().max().double_value(&[]);
            assert!(far < 5e-6 * largest.max(1.0), "{key}: {far}");
        }
    }
    let zeros = expected["plain"].narrow(0, 2, 2);
    assert_eq!(zeros.abs().sum(Kind::Float).double_value(&[]).to_bits(), 0);
}

#[test]
fn what_config_json_declares_is_followed() {
    let declared = |config: &str| {
        let declared = SentenceEncoder::of_static(Path::new("c"), config.as_bytes());
        declared.map(|declared| declared.modules)
    };
    assert_eq!(declared("{}").unwrap(), []);
    assert_eq!(
        declared(r#"{"normalize": true}"#).unwrap(),
        [VectorModule::Normalize]
    );
    assert!(declared(r#"{"normalize": 1}"#).is_err());
    // The config.json of half names no family.
    let said = open("half").notice().unwrap();
    assert_eq!(
        said,
        "there is no `model_type`; `model2vec` is assumed, as its keys say"
    );
    let sizes = FOLDERS.map(|name| {
        let config = open(name).config().clone();
        (config.vocab_size, config.hidden, config.usual_tokens())
    });
    assert_eq!(
        sizes,
        [
            (181, 16, Some(24)),
            (95, 16, Some(512)),
            (321, 16, Some(512))
        ]
    );
}

/// The limit counts unknown tokens, too, as model2vec's does.
#[test]
fn lengths_count_what_the_limit_counts() {
    let tokenizer = open("plain").tokenizer().unwrap();
    let texts = ["", "the \u{2603} tea", "tea tea tea", "\u{2603}"];
    let ids = tokenizer.encode_all(&texts, 2);
    assert_eq!(tokenizer.lengths(&texts, LongTexts::Truncate), [0, 3, 3, 1]);
    let cut = tokenizer.truncation_of(&texts, &ids, 2);
    assert_eq!(cut, tokenizer.truncation(&texts, 2));
    assert_eq!((cut.texts, cut.tokens, cut.of_tokens), (2, 2, 7));
    // Those that choose among the tokens that are left count these.
    for long_texts in [LongTexts::HeadTail, LongTexts::MeanOfWindows] {
        assert_eq!(tokenizer.lengths(&texts, long_texts), [0, 2, 3, 0]);
    }
    let windows = tokenizer.encode_windows(&texts, 2).into_iter();
    let lengths: Vec<u64> = windows.map(|text| text.length).collect();
    assert_eq!(lengths, [0, 2, 3, 0]);
    for limit in [1, 4, 24] {
        let ids = tokenizer.encode_all(&texts, limit);
        let cut = tokenizer.truncation_of(&texts, &ids, limit);
        assert_eq!(cut, tokenizer.truncation(&texts, limit), "{limit}");
    }
    assert_eq!(ids[0], [180]);
    assert_eq!(ids[1].len(), 1);
    assert_eq!(tokenizer.special_tokens(), 0);
    // Texts are cut into tokens once for models of one tokenizer: what stands for an empty one is part of that.
    let other = open("plain").tokenizer().unwrap().with_empty_text(200);
    assert_ne!(other.vocabulary(), tokenizer.vocabulary());
}

const SEEDS: FitSeeds = FitSeeds {
    init: 1,
    order: 2,
    dropout: 3,
};

/// The fit of generate.py: its settings, texts, targets and losses.
struct Fit {
    params: FitParams,
    json: Value,
    tensors: std::collections::HashMap<String, Tensor>,
}

impl Fit {
    fn read() -> Self {
        let bytes = fs::read(golden("model2vec/fit.json")).unwrap();
        Self {
            params: FitParams {
                epochs: 20,
                min_steps: 0,
                batch_size: 8,
                learning_rate: 1e-3,
                optimizer: Optimizer::AdamW,
                adam_epsilon: 1e-6,
                weight_decay: 0.1,
                clip_norm: Some(0.5),
                schedule: Schedule::Linear,
                warmup: 0.1,
                head_dropout: 0.0,
                hidden_units: 16,
                pooling: Pooling::Mean,
                ..FitParams::reference()
            },
            json: serde_json::from_slice(&bytes).unwrap(),
            tensors: tensors(&golden("model2vec/fit.safetensors")),
        }
    }

    fn texts(&self) -> Vec<Vec<i64>> {
        serde_json::from_value(self.json["texts"].clone()).unwrap()
    }

    fn numbers(&self, key: &str) -> Vec<f32> {
        serde_json::from_value(self.json[key].clone()).unwrap()
    }

    fn classifier(&self) -> Classifier {
        let encoder = Encoder::load(&open("plain"), Device::Cpu).unwrap();
        let part = |name: &str| {
            let tensor = |kind: &str| self.tensors[&format!("head.{name}.{kind}")].copy();
            Linear::new(tensor("weight"), tensor("bias"))
        };
        let mut head = Head::new(16, 16, 2, Pooling::Mean, 0.0, 0, Device::Cpu);
        (head.dense, head.output) = (part("dense"), part("output"));
        Classifier { encoder, head }
    }
}

/// Witness: PyTorch's EmbeddingBag with `mode="mean"` and `padding_idx`. 1e-6 on gradients, 1e-5 after 20 steps.
#[test]
fn gradients_and_twenty_steps_equal_embedding_bag() {
    one_thread();
    let golden = Fit::read();
    let (texts, targets) = (golden.texts(), golden.numbers("targets"));
    let mut classifier = golden.classifier();
    for parameter in classifier.parameters() {
        *parameter.tensor = parameter.tensor.set_requires_grad(true);
    }
    let logits = classifier.forward(&Packed::new(&texts, Device::Cpu), None);
    let goals = Tensor::from_slice(&targets).unsqueeze(1);
    logits
        .binary_cross_entropy_with_logits::<&Tensor>(&goals, None, None, tch::Reduction::Mean)
        .backward();
    let gradient = classifier.encoder.embeddings.word.grad();
    assert!(distance(&gradient, &golden.tensors["gradient"]) < 1e-6);

    let mut classifier = golden.classifier();
    let examples = Examples {
        texts: &texts,
        classes: 2,
        targets: &targets,
    };
    let loss = LossParams::bce();
    let report = train(
        &mut classifier,
        &golden.params,
        &loss,
        examples,
        SEEDS,
        &mut |_| (),
    )
    .unwrap();
    for (loss, expected) in report.losses.iter().zip(golden.numbers("losses")) {
        assert!((loss - expected).abs() < 1e-5, "{loss} {expected}");
    }
    let table = &classifier.encoder.embeddings.word;
    assert!(distance(table, &golden.tensors["after.table"]) < 1e-5);
    let output = &classifier.head.output.weight;
    assert!(distance(output, &golden.tensors["after.output.weight"]) < 1e-5);
    let zeros = table.get(-1).abs().max().double_value(&[]);
    assert_eq!(zeros.to_bits(), 0);
}

fn fitted(name: &str, params: &FitParams) -> Result<Classifier, String> {
    let files = open(name);
    let ids = files.tokenizer().unwrap().encode_all(&texts()[..8], 24);
    let examples = Examples {
        texts: &ids,
        classes: 2,
        targets: &Fit::read().numbers("targets"),
    };
    let loss = LossParams::bce();
    let fitted = fit(
        &files,
        Compute::CPU,
        params,
        &loss,
        examples,
        SEEDS,
        &mut |_| (),
    );
    fitted
        .map(|(model, _)| model)
        .map_err(|error| error.to_string())
}

#[test]
fn there_are_no_layers_to_start_anew_and_no_dropout() {
    let params = FitParams {
        reinit_top: 1,
        ..Fit::read().params
    };
    assert_eq!(
        fitted("plain", &params).err().unwrap(),
        "hyper-parameter `reinit-top`: got 1, must be 0 for an encoder without layers"
    );
    let encoder = Encoder::load(&open("plain"), Device::Cpu).unwrap();
    let packed = Packed::new(&[vec![5_i64, 6, 7], vec![180]], Device::Cpu);
    let masks = crate::DropoutRng::new(5, Device::Cpu);
    let hidden = encoder.forward(&packed, Some(&masks));
    assert_eq!(hidden, encoder.forward(&packed, None));
    // The first tokens, as of every other encoder.
    let first = encoder.pooled(&packed, Pooling::Cls, None);
    assert_eq!(
        first,
        hidden.index_select(0, &Tensor::from_slice(&[0_i64, 3]))
    );
}

/// A model that has learnt a little, in a folder.
fn saved(name: &str, to: &Path) -> Classifier {
    let params = Fit::read().params;
    let classifier = fitted(name, &params).unwrap();
    let classes = Classes::zero_one();
    let metadata = ModelMetadata::new(classes, &params, 24, false, "text", TextRules::None);
    save_model(&classifier, &open(name), &metadata, to).unwrap();
    classifier
}

#[test]
fn a_model_folder_has_the_table_alone() {
    for name in FOLDERS {
        let place = tempfile::tempdir().unwrap();
        let classifier = saved(name, place.path());
        let read = load_model(place.path(), Device::Cpu).unwrap();
        assert_eq!(read.metadata.tokenizer, ["tokenizer.json"]);
        let ids = read.tokenizer.encode_all(&texts(), 24);
        let ours = classifier.predict(&ids, &mut |_| ()).unwrap();
        let theirs = read.classifier.predict(&ids, &mut |_| ()).unwrap();
        assert_eq!(ours.into_values(), theirs.into_values());
        let stored = tensors(&place.path().join("model.safetensors"));
        assert_eq!(stored.len(), 1);
        let rows = classifier.encoder.config().vocab_size - 1;
        assert_eq!(stored["embeddings"].size(), [rows, 16]);
        assert_eq!(stored["embeddings"].kind(), Kind::Float);
        let config: BTreeMap<String, Value> =
            serde_json::from_slice(&fs::read(place.path().join("config.json")).unwrap()).unwrap();
        assert_eq!(config["model_type"], "model2vec");
        assert_eq!(config["architectures"], serde_json::json!(["StaticModel"]));
        assert_eq!(config["max_length"], 24);
        assert!(!config.contains_key("vocabulary_quantization"));
        let again = OpenEncoder::open(&model_source(place.path(), &read.metadata)).unwrap();
        assert_eq!(again.config().vocab_size, rows + 1);
    }
}

mod needs_transformers {
    use super::*;
    use std::process::Command;

    const SCRIPT: &str = r"
import json, sys
from model2vec import StaticModel
model = StaticModel.from_pretrained(sys.argv[1])
print(json.dumps(model.encode(json.load(open(sys.argv[2])), normalize=False).tolist()))
";

    /// Witness: model2vec, live. 1e-6: values of order 1.
    #[test]
    #[ignore = "needs Python with model2vec in GOLDEN_PYTHON"]
    fn model2vec_loads_the_folder_and_gives_the_same_vectors() {
        for name in FOLDERS {
            let place = tempfile::tempdir().unwrap();
            let classifier = saved(name, place.path());
            let program = std::env::var("GOLDEN_PYTHON").unwrap_or_else(|_| "python3".to_owned());
            let output = Command::new(program)
                .args(["-c", SCRIPT])
                .args([place.path(), &golden("model2vec/texts.json")])
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
            let theirs: Vec<Vec<f32>> = serde_json::from_slice(&output.stdout).unwrap();
            let tokenizer = opened(place.path()).tokenizer().unwrap();
            let ids = tokenizer.encode_all(&texts(), 24);
            let plain = VectorModules::default();
            let ours = embed(
                &classifier.encoder,
                &ids,
                Pooling::Mean,
                &plain,
                &mut |_| (),
            )
            .unwrap();
            let [ours, theirs] = [ours, theirs].map(|rows| Tensor::from_slice(&rows.concat()));
            assert!(distance(&ours, &theirs) < 1e-6, "{name}");
        }
    }
}
