//! A model as transformers saves a classifier: what `AutoModelForSequenceClassification` and `pipeline` load.
//!
//! Reference: `models/distilbert/modeling_distilbert.py` and `models/deberta_v2/modeling_deberta_v2.py`. Their heads are a dense layer
//! on the first token, an activation that is or can be set to ReLU, and a dense layer with an output per class, as ours is. Their dense
//! layer is as wide as the encoder: units that ours lacks have weights of 0, of which ReLU makes nothing. The other families' heads
//! have tanh or GELU between, or a normalisation, and compute something else.

use std::path::Path;

use serde_json::{Map, Value, json};
use tch::Tensor;

use super::files::{self, name_classes};
use super::{ModelMetadata, SavedModel, in_model};
use crate::encoder::Encoder;
use crate::head::Head;
use crate::layers::NamedTensors;
use crate::open_encoder::{LONGEST_WEIGHTS, check_saved};
use crate::{Family, NnError};
use fsl_common::fsio;
use fsl_common::settings::model_folder::{CONFIG, TOKENIZER, VOCAB, WEIGHTS};
use fsl_common::settings::{FileSums, LongTexts, Pooling};

/// What the layers of a family's head are called in a checkpoint.
struct HeadNames {
    dense: &'static str,
    output: &'static str,
}

fn head_names(family: Family) -> Option<HeadNames> {
    let dense = match family {
        Family::DistilBert => "pre_classifier",
        Family::DebertaV2 => "pooler.dense",
        _ => return None,
    };
    let output = "classifier";
    Some(HeadNames { dense, output })
}

/// The files of a classifier for transformers, by name, of the model that was read from `folder`; config.json, without which there is
/// none, is the last.
///
/// # Errors
/// [`NnError::Export`] where transformers has no head that computes what the model's does; [`NnError::Model`] where a file of the
/// folder has changed since it was read.
pub fn sequence_classifier(
    model: &SavedModel,
    folder: &Path,
) -> Result<Vec<(String, Vec<u8>)>, NnError> {
    let SavedModel {
        classifier,
        metadata,
        ..
    } = model;
    let names =
        exportable(&classifier.encoder, metadata).map_err(|problem| NnError::Export { problem })?;
    let mut all = vec![(
        WEIGHTS.to_owned(),
        files::safetensors(
            tensors(&classifier.encoder, &classifier.head, &names),
            &folder.join(WEIGHTS),
        )?,
    )];
    let sums = FileSums::read(folder).map_err(|error| in_model(folder, error.into()))?;
    let read = |name: &str| {
        let path = folder.join(name);
        let bytes = files::read(&path, LONGEST_WEIGHTS)?;
        if let Some(sums) = &sums {
            check_saved(sums, &path, &fsio::sha256_hex(&bytes))?;
        }
        Ok(bytes)
    };
    let read = |name: &str| read(name).map_err(|error| in_model(folder, error));
    for name in tokenizer_names(metadata) {
        all.push((name.to_owned(), read(name)?));
    }
    let path = folder.join(CONFIG);
    all.push((
        CONFIG.to_owned(),
        config(&classifier.encoder, metadata, &path, &read(CONFIG)?)?,
    ));
    Ok(all)
}

fn tokenizer_names(metadata: &ModelMetadata) -> Vec<&str> {
    if metadata.tokenizer.is_empty() {
        return vec![VOCAB, TOKENIZER];
    }
    metadata.tokenizer.iter().map(String::as_str).collect()
}

/// The names of the head's layers, or why transformers has no such classifier.
fn exportable(encoder: &Encoder, metadata: &ModelMetadata) -> Result<HeadNames, String> {
    let config = encoder.config();
    let Some(names) = head_names(config.family) else {
        return Err(format!(
            "transformers' classifiers of `{}` cannot hold its head, a dense layer with ReLU on a pooled token; those of `distilbert` \
             and `deberta-v2` can, and `--onnx` takes models of all families",
            config.family.model_type()
        ));
    };
    if metadata.pooling != Pooling::Cls {
        return Err(format!(
            "its head reads tokens pooled by `{}`, transformers' classifiers the first token only (`cls`); `--onnx` takes every pooling",
            metadata.pooling.as_str()
        ));
    }
    if metadata.hidden_units > config.hidden {
        return Err(format!(
            "its head has {} hidden units, transformers' classifiers of this encoder at most {}; `--onnx` takes any number",
            metadata.hidden_units, config.hidden
        ));
    }
    if metadata.long_texts != LongTexts::Truncate {
        return Err(format!(
            "it reads long texts by `{}`, transformers' tokenizers truncate them; `--onnx` takes such a model",
            metadata.long_texts.as_str()
        ));
    }
    Ok(names)
}

/// Encoder and head under transformers' names.
fn tensors(encoder: &Encoder, head: &Head, names: &HeadNames) -> NamedTensors {
    let definition = encoder.config().family.definition();
    let named = encoder.named().into_iter();
    let mut all: NamedTensors = named
        .map(|(name, tensor)| (format!("{}{name}", definition.prefix), tensor))
        .collect();
    let missing = encoder.config().hidden - head.dense.weight.size()[0];
    let bias = |bias: Option<&Tensor>, rows: i64, like: &Tensor| match bias {
        Some(bias) => bias.shallow_clone(),
        None => like.new_zeros([rows], (like.kind(), like.device())),
    };
    let (weight, units) = (&head.dense.weight, head.dense.weight.size()[0]);
    let dense_bias = bias(head.dense.bias.as_ref(), units, weight);
    let mut put =
        |name: &str, part: &str, tensor: Tensor| all.push((format!("{name}.{part}"), tensor));
    put(
        names.dense,
        "weight",
        weight.constant_pad_nd([0, 0, 0, missing]),
    ); // [H, H]
    put(
        names.dense,
        "bias",
        dense_bias.constant_pad_nd([0, missing]),
    ); // [H]
    let weight = head.output.weight.constant_pad_nd([0, missing]); // [C, H]
    let bias = bias(head.output.bias.as_ref(), weight.size()[0], &weight);
    // Of two classes, one logit beside 0: their softmax is the logistic function of it.
    let two = head.output.weight.size()[0] == 1;
    let (weight, bias) = if two {
        (
            weight.constant_pad_nd([0, 0, 1, 0]),
            bias.constant_pad_nd([1, 0]),
        )
    } else {
        (weight, bias)
    };
    put(names.output, "weight", weight); // [K, H]
    put(names.output, "bias", bias); // [K]
    all
}

/// The folder's config.json with the classifier's class, its classes by name, and what its head is made of.
fn config(
    encoder: &Encoder,
    metadata: &ModelMetadata,
    path: &Path,
    bytes: &[u8],
) -> Result<Vec<u8>, NnError> {
    let mut config: Map<String, Value> =
        serde_json::from_slice(bytes).map_err(|error| NnError::Malformed {
            path: path.into(),
            problem: format!("is not a JSON object: {error}"),
        })?;
    let family = encoder.config().family;
    let mut set = |key: &str, value: Value| config.insert(key.to_owned(), value);
    let class = format!("{}ForSequenceClassification", family.definition().class);
    set("architectures", json!([class]));
    set("problem_type", json!("single_label_classification"));
    let dropout = json!(metadata.head_dropout);
    if family == Family::DebertaV2 {
        set("pooler_hidden_act", json!("relu"));
        set("pooler_hidden_size", json!(encoder.config().hidden));
        set("pooler_dropout", dropout.clone());
        set("cls_dropout", dropout);
    } else {
        set("seq_classif_dropout", dropout);
    }
    name_classes(&mut config, &metadata.classes);
    Ok(files::json(&config))
}
