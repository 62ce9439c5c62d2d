//! A checkpoint's tensors, checked against config.json and read as f32.
//!
//! `model.safetensors` is read with [`safetensors_file`], any `.bin` with [`pickle`]. Names may carry
//! [prefixes of wrappers](super::wrapper_prefixes), and layer normalisations the old names `gamma` and `beta`. Tensors beyond the
//! encoder (pooler, heads, stored position ids) are ignored. Two names for one parameter are refused, whatever they hold, and so are
//! numbers that are not finite. config.json cannot ask for more layers than the file has tensors, nor for more numbers than it has bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tch::{Device, Kind, Tensor};

use super::config::{EncoderConfig, Family};
use super::tensor_names::{LISTED, refuse_conflicts};
use super::wrapper_prefixes::{parameter, shared_prefix, unwrapped};
use super::{NnError, pickle, safetensors_file};

/// The tensors of one encoder, on the CPU, in f32.
#[derive(Debug)]
pub(crate) struct Weights {
    path: PathBuf,
    tensors: BTreeMap<String, Tensor>,
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
                prefix: None,
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
    pub(crate) intermediate: String,
    pub(crate) output: String,
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
            intermediate: name("intermediate.dense"),
            output: name("output.dense"),
            output_norm: name("output.LayerNorm"),
        },
        Family::DistilBert => BlockNames {
            query: name("attention.q_lin"),
            key: name("attention.k_lin"),
            value: name("attention.v_lin"),
            attention_output: name("attention.out_lin"),
            attention_norm: name("sa_layer_norm"),
            intermediate: name("ffn.lin1"),
            output: name("ffn.lin2"),
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

/// How many numbers tensors of these shapes hold; at most `i128::MAX`.
fn numbers(tensors: &[(String, Vec<i64>)]) -> i128 {
    let sizes = tensors.iter().map(|(_, shape)| {
        let sizes = shape.iter().map(|&size| i128::from(size));
        sizes.fold(1, i128::saturating_mul)
    });
    sizes.fold(0, i128::saturating_add)
}

/// Every tensor that the encoder needs, with its shape.
pub(crate) fn expected(config: &EncoderConfig) -> Vec<(String, Vec<i64>)> {
    let (hidden, intermediate) = (config.hidden, config.intermediate);
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
        part(&names.intermediate, &[intermediate, hidden]);
        part(&names.output, &[hidden, intermediate]);
        part(&names.attention_norm, &[hidden]);
        part(&names.output_norm, &[hidden]);
    }
    all
}

/// Reads the tensors of an encoder from the bytes of a model.safetensors or a pytorch_model.bin, which errors call `path`.
///
/// # Errors
/// See [`Encoder::load`](super::Encoder::load).
pub(crate) fn read(path: &Path, bytes: &[u8], config: &EncoderConfig) -> Result<Weights, NnError> {
    let tensors = if path.extension().is_some_and(|extension| extension == "bin") {
        let mut archive = pickle::Archive::open(path, bytes)?;
        let found = archive.tensors().iter();
        let found: BTreeMap<String, Vec<i64>> = found
            .map(|(name, stored)| (name.to_string(), stored.shape.clone()))
            .collect();
        select((path, bytes), config, &found, |name| archive.tensor(name))?
    } else {
        let file = safetensors_file::parse(path, bytes)?;
        let shape = |shape: &[usize]| shape.iter().map(|&size| size as i64).collect();
        let found: BTreeMap<String, Vec<i64>> = file
            .iter()
            .map(|(name, view)| (name.to_owned(), shape(view.shape())))
            .collect();
        select((path, bytes), config, &found, |name| {
            safetensors_file::tensor(path, &file, name)
        })?
    };
    Ok(Weights {
        path: path.into(),
        tensors,
    })
}

/// Checks names and shapes, then loads what the encoder needs: `load` gets names as they are in the file.
fn select(
    (path, bytes): (&Path, &[u8]),
    config: &EncoderConfig,
    found: &BTreeMap<String, Vec<i64>>,
    mut load: impl FnMut(&str) -> Result<Tensor, NnError>,
) -> Result<BTreeMap<String, Tensor>, NnError> {
    let malformed = |problem: String| NnError::Malformed {
        path: path.into(),
        problem,
    };
    // Before the tensors of all layers are listed.
    let (tensors, layers) = (found.len(), config.layers);
    if layers > tensors as i64 {
        return Err(malformed(format!(
            "has {tensors} tensors, too few for the {layers} layers of config.json"
        )));
    }
    let expected = expected(config);
    let next_layer = format!("{}{layers}.", layers_prefix(config.family));
    let deeper = found.keys().any(|name| {
        let mut names = unwrapped(name);
        names.any(|name| name.starts_with(&next_layer))
    });
    let found = by_parameter(path, &expected, found)?;
    if deeper {
        return Err(malformed(format!(
            "has more layers than the {layers} of config.json"
        )));
    }
    refuse_other_shapes(path, &expected, &found)?;
    // Pickled tensors can share numbers: as many tensors as large as the file are no file's weights.
    let numbers = numbers(&expected);
    if numbers > bytes.len() as i128 {
        let bytes = bytes.len();
        return Err(malformed(format!(
            "has {bytes} bytes, too few for the {numbers} numbers of its tensors"
        )));
    }
    let mut tensors = BTreeMap::new();
    for (name, _) in expected {
        let (stored_name, _) = &found[&name];
        let tensor = load(stored_name)?.to_kind(Kind::Float);
        refuse_not_finite(path, stored_name, &tensor)?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

fn refuse_other_shapes(
    path: &Path,
    expected: &[(String, Vec<i64>)],
    found: &BTreeMap<String, (String, Vec<i64>)>,
) -> Result<(), NnError> {
    for (name, shape) in expected {
        let (stored_name, stored_shape) = &found[name];
        if stored_shape != shape {
            return Err(NnError::TensorShape {
                path: path.into(),
                tensor: stored_name.clone(),
                got: stored_shape.clone(),
                expected: shape.clone(),
            });
        }
    }
    Ok(())
}

/// Refuses a tensor of one or more numbers among which there is NaN or an infinity.
///
/// # Errors
/// [`NnError::TensorNotFinite`].
pub(crate) fn refuse_not_finite(path: &Path, name: &str, tensor: &Tensor) -> Result<(), NnError> {
    // Both are NaN where any number is.
    let (least, largest) = tensor.aminmax(None::<i64>, false);
    let bounds = [least.double_value(&[]), largest.double_value(&[])];
    match bounds.into_iter().find(|bound| !bound.is_finite()) {
        None => Ok(()),
        Some(got) => Err(NnError::TensorNotFinite {
            path: path.into(),
            tensor: name.to_owned(),
            got,
        }),
    }
}

/// Names in the file and shapes, by parameter. Names that clash outside the encoder are none of its business.
fn by_parameter(
    path: &Path,
    expected: &[(String, Vec<i64>)],
    found: &BTreeMap<String, Vec<i64>>,
) -> Result<BTreeMap<String, (String, Vec<i64>)>, NnError> {
    let parameters: BTreeSet<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
    let named = found.keys().filter_map(|name| {
        let parameter = parameter(&parameters, name)?;
        Some((parameter.to_owned(), name.as_str()))
    });
    let named: Vec<(String, &str)> = named.collect();
    refuse_conflicts(named.iter().cloned()).map_err(NnError::ambiguous(path))?;
    let named: BTreeMap<String, &str> = named.into_iter().collect();
    refuse_missing(path, expected, &named, found.keys())?;
    let shaped = named.into_iter().map(|(parameter, name)| {
        let shape = found[name].clone();
        (parameter, (name.to_owned(), shape))
    });
    Ok(shaped.collect())
}

fn refuse_missing<'a>(
    path: &Path,
    expected: &[(String, Vec<i64>)],
    named: &BTreeMap<String, &str>,
    names: impl Iterator<Item = &'a String>,
) -> Result<(), NnError> {
    let missing: Vec<&String> = expected
        .iter()
        .map(|(name, _)| name)
        .filter(|name| !named.contains_key(*name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let prefix = shared_prefix(names.map(String::as_str)).filter(|_| named.is_empty());
    Err(NnError::MissingTensors {
        path: path.into(),
        missing: missing.len(),
        expected: expected.len(),
        first: missing.into_iter().take(LISTED).cloned().collect(),
        prefix: prefix.map(str::to_owned),
    })
}
