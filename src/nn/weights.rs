//! A checkpoint's tensors, checked against config.json and read as f32.
//!
//! `model.safetensors` is read with the `safetensors` crate, any `.bin` with [`pickle`]. Names may carry
//! the prefix `bert.` or `distilbert.`, and layer normalisations the old names `gamma` and `beta`. Tensors beyond the
//! encoder (pooler, heads, stored position ids) are ignored.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors};
use tch::{Device, Kind, Tensor};

use super::config::{EncoderConfig, Family};
use super::{NnError, pickle};

/// How many missing names an error lists.
const LISTED: usize = 3;

/// The tensors of one encoder, on the CPU, in f32.
#[derive(Debug)]
pub(crate) struct Weights {
    path: PathBuf,
    tensors: HashMap<String, Tensor>,
}

impl Weights {
    /// Hands a tensor over to `device`. Each can be taken once.
    pub(crate) fn take(&mut self, name: &str, device: Device) -> Result<Tensor, NnError> {
        let tensor = self
            .tensors
            .remove(name)
            .ok_or_else(|| NnError::MissingTensors {
                path: self.path.clone(),
                missing: 1,
                expected: 1,
                first: vec![name.to_owned()],
            })?;
        Ok(tensor.to_device(device))
    }
}

/// Names of one block's parts in a checkpoint, without `.weight` and `.bias`.
pub(crate) struct BlockNames {
    pub(crate) query: String,
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) attention_output: String,
    pub(crate) attention_norm: String,
    pub(crate) inner: String,
    pub(crate) outer: String,
    pub(crate) output_norm: String,
}

/// Where a block's parts are in a checkpoint of `family`.
pub(crate) fn block_names(family: Family, layer: i64) -> BlockNames {
    let name = |part: &str| format!("{}{layer}.{part}", layers_prefix(family));
    match family {
        Family::Bert => BlockNames {
            query: name("attention.self.query"),
            key: name("attention.self.key"),
            value: name("attention.self.value"),
            attention_output: name("attention.output.dense"),
            attention_norm: name("attention.output.LayerNorm"),
            inner: name("intermediate.dense"),
            outer: name("output.dense"),
            output_norm: name("output.LayerNorm"),
        },
        Family::DistilBert => BlockNames {
            query: name("attention.q_lin"),
            key: name("attention.k_lin"),
            value: name("attention.v_lin"),
            attention_output: name("attention.out_lin"),
            attention_norm: name("sa_layer_norm"),
            inner: name("ffn.lin1"),
            outer: name("ffn.lin2"),
            output_norm: name("output_layer_norm"),
        },
    }
}

fn layers_prefix(family: Family) -> &'static str {
    match family {
        Family::Bert => "encoder.layer.",
        Family::DistilBert => "transformer.layer.",
    }
}

/// Every tensor that the encoder needs, with its shape.
fn expected(config: &EncoderConfig) -> Vec<(String, Vec<i64>)> {
    let (hidden, inner) = (config.hidden, config.intermediate);
    let mut all = vec![
        (
            "embeddings.word_embeddings.weight".to_owned(),
            vec![config.vocab_size, hidden],
        ),
        (
            "embeddings.position_embeddings.weight".to_owned(),
            vec![config.max_positions, hidden],
        ),
    ];
    if config.family == Family::Bert {
        all.push((
            "embeddings.token_type_embeddings.weight".to_owned(),
            vec![config.type_vocab_size, hidden],
        ));
    }
    let mut part = |name: &str, weight: &[i64]| {
        all.push((format!("{name}.weight"), weight.to_vec()));
        all.push((format!("{name}.bias"), vec![weight[0]]));
    };
    part("embeddings.LayerNorm", &[hidden]);
    for layer in 0..config.layers {
        let names = block_names(config.family, layer);
        for name in [
            &names.query,
            &names.key,
            &names.value,
            &names.attention_output,
        ] {
            part(name, &[hidden, hidden]);
        }
        part(&names.inner, &[inner, hidden]);
        part(&names.outer, &[hidden, inner]);
        part(&names.attention_norm, &[hidden]);
        part(&names.output_norm, &[hidden]);
    }
    all
}

/// Reads the tensors of an encoder from a model.safetensors or a pytorch_model.bin.
///
/// # Errors
/// See [`Encoder::load`](super::Encoder::load).
pub(crate) fn read(path: &Path, config: &EncoderConfig) -> Result<Weights, NnError> {
    let tensors = if path.extension().is_some_and(|extension| extension == "bin") {
        let mut archive = pickle::Archive::open(path)?;
        let found = archive
            .tensors()
            .iter()
            .map(|(name, stored)| (name.clone(), stored.shape.clone()));
        select(path, config, found.collect(), |name| archive.tensor(name))?
    } else {
        let bytes = fs::read(path).map_err(|source| NnError::Read {
            path: path.into(),
            source,
        })?;
        let file = SafeTensors::deserialize(&bytes).map_err(|error| NnError::Malformed {
            path: path.into(),
            problem: format!("is truncated or damaged: {error}"),
        })?;
        let found = file.iter().map(|(name, view)| {
            (
                name.to_owned(),
                view.shape().iter().map(|&n| n as i64).collect(),
            )
        });
        select(path, config, found.collect(), |name| {
            from_safetensors(path, &file, name)
        })?
    };
    Ok(Weights {
        path: path.into(),
        tensors,
    })
}

/// Checks names and shapes, then loads what the encoder needs: `load` gets names as they are in the file.
fn select(
    path: &Path,
    config: &EncoderConfig,
    found: Vec<(String, Vec<i64>)>,
    mut load: impl FnMut(&str) -> Result<Tensor, NnError>,
) -> Result<HashMap<String, Tensor>, NnError> {
    let found: HashMap<String, (String, Vec<i64>)> = found
        .into_iter()
        .map(|(name, shape)| (canonical(&name), (name, shape)))
        .collect();
    let expected = expected(config);
    let missing: Vec<&String> = expected
        .iter()
        .map(|(name, _)| name)
        .filter(|name| !found.contains_key(*name))
        .collect();
    if !missing.is_empty() {
        return Err(NnError::MissingTensors {
            path: path.into(),
            missing: missing.len(),
            expected: expected.len(),
            first: missing.into_iter().take(LISTED).cloned().collect(),
        });
    }
    let next_layer = format!("{}{}.", layers_prefix(config.family), config.layers);
    if found.keys().any(|name| name.starts_with(&next_layer)) {
        let problem = format!("has more layers than the {} of config.json", config.layers);
        return Err(NnError::Malformed {
            path: path.into(),
            problem,
        });
    }
    let mut tensors = HashMap::with_capacity(expected.len());
    for (name, shape) in expected {
        let (stored_name, stored_shape) = &found[&name];
        if *stored_shape != shape {
            let (tensor, got) = (stored_name.clone(), stored_shape.clone());
            return Err(NnError::TensorShape {
                path: path.into(),
                tensor,
                got,
                expected: shape,
            });
        }
        tensors.insert(name, load(stored_name)?.to_kind(Kind::Float));
    }
    Ok(tensors)
}

/// A tensor's name without the family's prefix, with today's names for layer normalisation.
fn canonical(name: &str) -> String {
    let name = name
        .strip_prefix("bert.")
        .or_else(|| name.strip_prefix("distilbert."))
        .unwrap_or(name);
    match name.rsplit_once('.') {
        Some((layer, "gamma")) => format!("{layer}.weight"),
        Some((layer, "beta")) => format!("{layer}.bias"),
        _ => name.to_owned(),
    }
}

/// One tensor of a safetensors file.
pub(crate) fn from_safetensors(
    path: &Path,
    file: &SafeTensors,
    name: &str,
) -> Result<Tensor, NnError> {
    let malformed = |problem: String| NnError::Malformed {
        path: path.into(),
        problem,
    };
    let view = file
        .tensor(name)
        .map_err(|error| malformed(format!("is damaged: {error}")))?;
    let kind = match view.dtype() {
        Dtype::F32 => Kind::Float,
        Dtype::F16 => Kind::Half,
        Dtype::BF16 => Kind::BFloat16,
        other => {
            return Err(NnError::TensorKind {
                path: path.into(),
                tensor: name.to_owned(),
                got: format!("{other:?}"),
            });
        }
    };
    let shape: Vec<i64> = view.shape().iter().map(|&n| n as i64).collect();
    Tensor::f_from_data_size(view.data(), &shape, kind)
        .map_err(|error| malformed(format!("cannot be turned into a tensor: {error}")))
}
