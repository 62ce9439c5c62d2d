//! Tests of the whole module against transformers, PyTorch and sentence-transformers.

mod classes;
mod config;
mod contrastive;
mod embedding;
mod families;
mod forward;
mod hostile;
mod long_texts;
mod model;
mod model2vec;
mod model_tokenizer;
mod not_finite;
mod onnx;
mod open_encoder;
mod pickle_legacy;
mod precision;
mod relative_and_rotary;
mod sentence;
mod sequence_classifier;
mod sharded;
mod tensor_names;
mod tokenizer;
mod tokenizer_json;
mod training;
mod unpickle;
mod weights;

use std::collections::HashMap;
use std::fs;

use serde_json::Value;
use tch::{Device, Tensor};

use super::linear::Linear;
use super::{Classifier, Encoder, Head, OpenEncoder};
use fsl_common::settings::{EncoderSource, Pooling};
use fsl_test_support::golden;

/// One thread per operator, as a trial has: with more, sums may be made in another order.
fn one_thread() {
    super::set_threads(1);
}

/// The folders that generate.py makes, one to three for each family.
const FAMILIES: [&str; 16] = [
    "albert",
    "albert-groups",
    "bert",
    "camembert",
    "deberta-p2c",
    "deberta-plain",
    "deberta-v2",
    "deberta-v3",
    "distilbert",
    "electra",
    "electra-base",
    "modernbert",
    "modernbert-biased",
    "mpnet",
    "roberta",
    "xlm-roberta",
];

/// What generate.py left for one family.
struct Golden {
    source: EncoderSource,
    json: Value,
    tensors: HashMap<String, Tensor>,
}

impl Golden {
    fn read(family: &str) -> Self {
        let file = |name: &str| golden(&format!("nn/{family}/{name}"));
        let source = EncoderSource {
            config: file("config.json"),
            vocab: file("vocab.txt"),
            weights: file("model.safetensors"),
            shards: Vec::new(),
            lowercase: true,
            tokenizer: Vec::new(),
        };
        let json = serde_json::from_slice(&fs::read(file("golden.json")).unwrap()).unwrap();
        Self {
            source,
            json,
            tensors: tensors(&file("golden.safetensors")),
        }
    }

    fn texts(&self) -> Vec<Vec<i64>> {
        serde_json::from_value(self.json["texts"].clone()).unwrap()
    }

    fn numbers(&self, key: &str) -> Vec<f32> {
        serde_json::from_value(self.json[key].clone()).unwrap()
    }

    fn open(&self) -> OpenEncoder {
        OpenEncoder::open(&self.source).unwrap()
    }

    fn encoder(&self) -> Encoder {
        Encoder::load(&self.open(), Device::Cpu).unwrap()
    }

    /// The classifier of generate.py, without dropout.
    fn classifier(&self) -> Classifier {
        let mut encoder = self.encoder();
        encoder.set_dropout(0.0);
        let tensor = |name: String| self.tensors[&name].copy();
        let part = |name: &str| {
            Linear::new(
                tensor(format!("head.{name}.weight")),
                tensor(format!("head.{name}.bias")),
            )
        };
        let mut head = Head::new(
            encoder.config().hidden,
            16,
            2,
            Pooling::Cls,
            0.0,
            0,
            Device::Cpu,
        );
        (head.dense, head.output) = (part("dense"), part("output"));
        Classifier { encoder, head }
    }
}

/// All tensors of a safetensors file.
fn tensors(path: &std::path::Path) -> HashMap<String, Tensor> {
    Tensor::read_safetensors(path)
        .unwrap()
        .into_iter()
        .collect()
}

/// The largest absolute difference.
fn distance(left: &Tensor, right: &Tensor) -> f64 {
    assert_eq!(left.size(), right.size());
    (left - right).abs().max().double_value(&[])
}
