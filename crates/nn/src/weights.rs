//! A checkpoint's tensors, checked against config.json and read as f32.
//!
//! `model.safetensors` is read with [`safetensors_file`], any `.bin` with [`pickle`]. Names may carry
//! the prefix of a family, and layer normalisations the old names `gamma` and `beta`. Tensors beyond the
//! encoder (pooler, heads, stored position ids) are ignored. Two names for one parameter are refused, whatever they hold, and so are
//! numbers that are not finite. config.json cannot ask for more layers than the file has tensors, nor for more numbers than it has bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tch::{Device, Kind, Tensor};

use super::config::EncoderConfig;
use super::family::Family;
use super::tensor_names::{LISTED, refuse_conflicts};
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
            })?;
        Ok(tensor.to_device(device))
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
    (config.family.definition().shapes)(config).into_vec()
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
        select((path, bytes), config, found, |name| archive.tensor(name))?
    } else {
        let file = safetensors_file::parse(path, bytes)?;
        let shape = |shape: &[usize]| shape.iter().map(|&size| size as i64).collect();
        let found: BTreeMap<String, Vec<i64>> = file
            .iter()
            .map(|(name, view)| (name.to_owned(), shape(view.shape())))
            .collect();
        select((path, bytes), config, found, |name| {
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
    found: BTreeMap<String, Vec<i64>>,
    mut load: impl FnMut(&str) -> Result<Tensor, NnError>,
) -> Result<BTreeMap<String, Tensor>, NnError> {
    let malformed = |problem: String| NnError::Malformed {
        path: path.into(),
        problem,
    };
    // Before the tensors of all layers are listed.
    let (tensors, layers) = (found.len(), config.layers);
    if config.blocks() > tensors as i64 {
        return Err(malformed(format!(
            "has {tensors} tensors, too few for the {layers} layers of config.json"
        )));
    }
    let expected = expected(config);
    let found = by_parameter(path, &expected, found)?;
    refuse_missing(path, &expected, &found)?;
    let next_layer = (config.family.definition().next_layer)(config);
    if found.keys().any(|name| name.starts_with(&next_layer)) {
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
    found: BTreeMap<String, Vec<i64>>,
) -> Result<BTreeMap<String, (String, Vec<i64>)>, NnError> {
    let expected: BTreeSet<&String> = expected.iter().map(|(name, _)| name).collect();
    let named = found.keys().map(|name| (canonical(name), name.as_str()));
    refuse_conflicts(named.filter(|(name, _)| expected.contains(name)))
        .map_err(NnError::ambiguous(path))?;
    Ok(found
        .into_iter()
        .map(|(name, shape)| (canonical(&name), (name, shape)))
        .collect())
}

fn refuse_missing(
    path: &Path,
    expected: &[(String, Vec<i64>)],
    found: &BTreeMap<String, (String, Vec<i64>)>,
) -> Result<(), NnError> {
    let missing: Vec<&String> = expected
        .iter()
        .map(|(name, _)| name)
        .filter(|name| !found.contains_key(*name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(NnError::MissingTensors {
        path: path.into(),
        missing: missing.len(),
        expected: expected.len(),
        first: missing.into_iter().take(LISTED).cloned().collect(),
    })
}

/// A tensor's name without the family's prefix, with today's names for layer normalisation.
fn canonical(name: &str) -> String {
    let mut prefixes = Family::ALL
        .iter()
        .map(|(family, ..)| family.definition().prefix);
    let name = prefixes
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    match name.rsplit_once('.') {
        Some((layer, "gamma")) => format!("{layer}.weight"),
        Some((layer, "beta")) => format!("{layer}.bias"),
        _ => name.to_owned(),
    }
}
