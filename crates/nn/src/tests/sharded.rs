//! Weights in several files: read like one, and refused where index and files disagree.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tch::{Device, Tensor};

use super::{Golden, tensors};
use crate::{Encoder, NnError, OpenEncoder, Packed};
use fsl_common::fsio::{sha256_file, write_atomic};
use fsl_common::settings::{EncoderSource, ShardIndex};
use fsl_test_support::golden;

const INDEX: &str = "model.safetensors.index.json";
const PICKLED: &str = "pytorch_model.bin.index.json";

fn shard(number: usize) -> String {
    format!("model-0000{number}-of-00003.safetensors")
}

/// A copy of the sharded BERT, with its index of this name.
fn copy(folder: &Path, index: &str) -> EncoderSource {
    for entry in fs::read_dir(golden("nn/sharded")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    let source = Golden::read("bert").source;
    let bytes = fs::read(folder.join(index)).unwrap();
    let shards = ShardIndex::parse(index, &bytes).unwrap();
    EncoderSource {
        weights: folder.join(index),
        shards: shards
            .shards()
            .iter()
            .map(|name| folder.join(name))
            .collect(),
        ..source
    }
}

fn load(source: &EncoderSource) -> Result<Encoder, NnError> {
    Encoder::load(&OpenEncoder::open(source)?, Device::Cpu)
}

/// The text of the error, without folders.
fn error(source: &EncoderSource) -> String {
    let error = load(source).err().unwrap();
    assert!(error.hint().is_some());
    let folder = source.weights.parent().unwrap();
    error
        .to_string()
        .replace(&format!("{}/", folder.display()), "")
}

fn hidden(encoder: &Encoder) -> Tensor {
    let packed = Packed::new(&Golden::read("bert").texts(), Device::Cpu);
    tch::no_grad(|| encoder.forward(&packed, None))
}

/// Witness: the same weights in one file.
#[test]
fn weights_in_several_files_are_those_of_one() {
    let expected = hidden(&Golden::read("bert").encoder());
    for index in [INDEX, PICKLED] {
        let folder = tempfile::tempdir().unwrap();
        let source = copy(folder.path(), index);
        assert_eq!(source.shards.len(), if index == INDEX { 3 } else { 2 });
        assert_eq!(hidden(&load(&source).unwrap()), expected, "{index}");
        let id = source.id(sha256_file).unwrap();
        let files = OpenEncoder::verified(&source, &id, &[]).unwrap();
        assert_eq!(
            hidden(&Encoder::load(&files, Device::Cpu).unwrap()),
            expected
        );
    }
}

#[test]
fn every_file_is_opened_once_and_belongs_to_the_id() {
    let expected = hidden(&Golden::read("bert").encoder());
    let folder = tempfile::tempdir().unwrap();
    let source = copy(folder.path(), INDEX);
    let id = source.id(sha256_file).unwrap();
    for path in [&source.weights, &source.shards[0], &source.shards[2]] {
        let files = OpenEncoder::verified(&source, &id, &[]).unwrap();
        let before = fs::read(path).unwrap();
        let mut changed = before.clone();
        *changed.last_mut().unwrap() ^= 1;
        // Another file takes the name: the open one is loaded still.
        write_atomic(path, &changed).unwrap();
        let loaded = Encoder::load(&files, Device::Cpu).unwrap();
        assert_eq!(hidden(&loaded), expected);
        assert_ne!(source.id(sha256_file).unwrap(), id);
        let replaced = OpenEncoder::verified(&source, &id, &[]).unwrap();
        let error = Encoder::load(&replaced, Device::Cpu).err().unwrap();
        assert!(
            matches!(&error, NnError::Changed { expected, .. } if *expected == id),
            "{error}"
        );
        write_atomic(path, &before).unwrap();
    }
}

/// The index with its tensors and their files changed.
fn reindexed(source: &EncoderSource, change: impl Fn(&mut serde_json::Map<String, Value>)) {
    let golden = fs::read(golden(&format!("nn/sharded/{INDEX}"))).unwrap();
    let mut index: Value = serde_json::from_slice(&golden).unwrap();
    change(index["weight_map"].as_object_mut().unwrap());
    write_atomic(&source.weights, index.to_string().as_bytes()).unwrap();
}

#[test]
fn an_index_that_lies_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let source = copy(folder.path(), INDEX);
    let name = "embeddings.LayerNorm.bias";
    reindexed(&source, |map| {
        map.insert(name.to_owned(), json!(shard(2)));
    });
    assert_eq!(
        error(&source),
        format!(
            "`{}` has tensor `{name}`, which `{INDEX}` says is in `{}`",
            shard(1),
            shard(2)
        )
    );
    reindexed(&source, |map| {
        map.insert("pooler.dense.bias".to_owned(), json!(shard(2)));
    });
    assert_eq!(
        error(&source),
        format!(
            "`{}` lacks tensor `pooler.dense.bias`, which `{INDEX}` says is in it",
            shard(2)
        )
    );
    reindexed(&source, |map| {
        map.remove(name);
    });
    assert_eq!(
        error(&source),
        format!("`{INDEX}` lacks 1 of 37 tensors: `{name}`")
    );
    reindexed(&source, |map| {
        map.insert(format!("bert.{name}"), json!(shard(2)));
    });
    assert_eq!(
        error(&source),
        format!("`{INDEX}` has more than one tensor for `{name}` (as `bert.{name}` and `{name}`)")
    );
    reindexed(&source, |map| {
        map.retain(|_, file| file != &json!(shard(3)));
    });
    assert_eq!(
        error(&source),
        format!("`{INDEX}` names other files than before")
    );
    write_atomic(&source.weights, b"{}").unwrap();
    assert_eq!(
        error(&source),
        format!("`{INDEX}` is damaged: it has no `weight_map` at line 1 column 2")
    );
}

/// Writes a file with its tensors changed.
fn rewritten(path: &PathBuf, change: impl Fn(&mut Vec<(String, Tensor)>)) {
    let mut all: Vec<_> = tensors(path).into_iter().collect();
    change(&mut all);
    Tensor::write_safetensors(&all, path).unwrap();
}

#[test]
fn files_that_disagree_with_the_index_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let source = copy(folder.path(), INDEX);
    let name = "embeddings.LayerNorm.bias";
    // In two files.
    rewritten(&source.shards[1], |all| {
        all.push((name.to_owned(), Tensor::from_slice(&[0.0_f32; 12])));
    });
    assert_eq!(
        error(&source),
        format!(
            "`{}` has tensor `{name}`, which `{INDEX}` says is in `{}`",
            shard(2),
            shard(1)
        )
    );
    // In two files under two names, of which the index lists one.
    rewritten(&source.shards[1], |all| {
        all.retain(|(other, _)| other != name);
        all.push((format!("bert.{name}"), Tensor::from_slice(&[0.0_f32; 12])));
    });
    assert_eq!(
        error(&source),
        format!(
            "`{}` has tensor `bert.{name}`, which `{INDEX}` does not list",
            shard(2)
        )
    );
    let source = copy(folder.path(), INDEX);
    rewritten(&source.shards[0], |all| {
        for (other, tensor) in all {
            if other == name {
                *tensor = Tensor::from_slice(&[0.0_f32; 13]);
            }
        }
    });
    assert_eq!(
        error(&source),
        format!(
            "`{}`, tensor `{name}`: got shape [13], config.json asks for [12]; `hidden_size` is 12, the weights have 13",
            shard(1)
        )
    );
    // What the encoder does not use may be anything.
    let source = copy(folder.path(), INDEX);
    rewritten(&source.shards[1], |all| {
        all.push(("cls.bias".to_owned(), Tensor::from_slice(&[f32::NAN])));
    });
    assert!(load(&source).is_ok());
    fs::remove_file(&source.shards[2]).unwrap();
    assert!(error(&source).starts_with(&format!("`{}` cannot be read: ", shard(3))));
}
