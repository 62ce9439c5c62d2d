//! Static encoders whose files are not what they should be.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use tch::{Device, Kind, Tensor};

use super::{folder, source};
use crate::tests::tensors;
use crate::{Encoder, OpenEncoder};
use fsl_common::fsio::write_atomic;

/// What is said of a copy of `name` after `spoil` was at its tensors and its config.json.
fn said(name: &str, spoil: impl Fn(&mut BTreeMap<String, Tensor>, &mut Value)) -> String {
    let place = tempfile::tempdir().unwrap();
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        fs::copy(folder(name).join(file), place.path().join(file)).unwrap();
    }
    let (config, weights) = (
        place.path().join("config.json"),
        place.path().join("model.safetensors"),
    );
    let mut all: BTreeMap<String, Tensor> = tensors(&weights).into_iter().collect();
    let mut json: Value = serde_json::from_slice(&fs::read(&config).unwrap()).unwrap();
    spoil(&mut all, &mut json);
    let all: Vec<(String, Tensor)> = all.into_iter().collect();
    Tensor::write_safetensors(&all, &weights).unwrap();
    write_atomic(&config, json.to_string().as_bytes()).unwrap();
    let read = OpenEncoder::open(&source(place.path())).and_then(|files| {
        files.tokenizer()?;
        Encoder::load(&files, Device::Cpu).map(drop)
    });
    let here = format!("{}/", place.path().display());
    read.err()
        .map_or_else(String::new, |error| error.to_string().replace(&here, ""))
}

fn put(all: &mut BTreeMap<String, Tensor>, name: &str, tensor: Tensor) {
    all.insert(name.to_owned(), tensor);
}

#[test]
fn tables_that_cannot_be_followed_are_refused_by_name() {
    let float = (Kind::Float, Device::Cpu);
    assert_eq!(said("quantized", |_, _| ()), "");
    let int8 = said("plain", |all, _| {
        put(
            all,
            "embeddings",
            Tensor::ones([180, 16], (Kind::Int8, Device::Cpu)),
        );
    });
    assert_eq!(
        int8,
        "`model.safetensors`, tensor `embeddings`: got kind I8, must be float32, float16 or bfloat16"
    );
    let other = said("plain", |all, _| {
        let table = all.remove("embeddings").unwrap();
        put(all, "embedding.weight", table);
    });
    assert!(other.contains("`embeddings`"), "{other}");
    let flat = said("plain", |all, _| {
        put(all, "embeddings", Tensor::ones([180], float));
    });
    assert_eq!(
        flat,
        "`model.safetensors` has `embeddings` of shape [180], must be a table"
    );
    let fewer = said("plain", |all, _| {
        put(all, "embeddings", Tensor::ones([179, 16], float));
    });
    assert_eq!(
        fewer,
        "`tokenizer.json` has 180 entries, but the weights have 179 vectors"
    );
}

#[test]
fn factors_and_rows_of_tokens_that_cannot_be_followed_are_refused() {
    let float = (Kind::Float, Device::Cpu);
    let row = said("quantized", |all, _| {
        let _ = all["mapping"].get(3).fill_(40);
    });
    assert_eq!(
        row,
        "`model.safetensors` has 40 in `mapping`, must be rows of `embeddings`: from 0 to 39"
    );
    let fraction = said("quantized", |all, _| {
        put(all, "mapping", Tensor::ones([94], float));
    });
    assert_eq!(
        fraction,
        "`model.safetensors` has `mapping` in F32, must be I64 or I32"
    );
    let short = said("quantized", |all, _| {
        put(all, "weights", Tensor::ones([93], float));
    });
    assert_eq!(
        short,
        "`model.safetensors` has `weights` of shape [93], must be one factor for each of the 94 tokens"
    );
    let infinite = said("quantized", |all, _| {
        let _ = all["weights"].get(3).fill_(f64::INFINITY);
    });
    assert!(infinite.contains("must hold finite numbers"), "{infinite}");
    let product = said("quantized", |all, _| {
        let _ = all["embeddings"].get(0).fill_(1e30);
        let factors = all["weights"].ones_like() * 1e30;
        put(all, "weights", factors);
    });
    assert!(product.contains("`embeddings`"), "{product}");
    assert!(product.contains("must hold finite numbers"), "{product}");
    // 25 MB that ask for 100 GB.
    let large = said("quantized", |all, _| {
        put(all, "embeddings", Tensor::ones([2, 5000], float));
        put(
            all,
            "mapping",
            Tensor::zeros([5_000_000], (Kind::Int, Device::Cpu)),
        );
    });
    assert_eq!(
        large,
        "`model.safetensors` has `mapping` of shape [5000000], must be one row for each token, at most 268435456 numbers in all"
    );
}

#[test]
fn a_limit_is_a_whole_number_or_none() {
    let key = said("plain", |_, config| config["max_length"] = Value::from(0));
    assert_eq!(
        key,
        "`config.json`, key `max_length`: got `0`, must be a whole number from 1 to 10000000"
    );
    assert_eq!(
        said("plain", |_, config| config["max_length"] = Value::Null),
        ""
    );
}
