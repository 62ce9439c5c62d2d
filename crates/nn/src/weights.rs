//! A checkpoint's tensors, checked against config.json and read as f32.
//!
//! A checkpoint is one [`WeightFile`], or [several](super::sharded). Names may carry
//! [prefixes of wrappers](super::wrapper_prefixes), and layer normalisations the old names `gamma` and `beta`. Tensors beyond the
//! encoder (pooler, heads, stored position ids) are ignored. Two names for one parameter are refused, whatever they hold, and so are
//! numbers that are not finite. config.json cannot ask for more layers than the file has tensors, nor for more numbers than it has bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tch::{Device, Kind, Tensor};

use super::config::EncoderConfig;
use super::families::{BlockCount, blocks, take_rows};
use super::tensor_names::{LISTED, refuse_conflicts};
use super::weight_file::WeightFile;
use super::wrapper_prefixes::{parameter, shared_prefix, unwrapped};
use super::{NnError, SizeConflict};

/// The tensors of one encoder, on the CPU, in f32.
#[derive(Debug)]
pub(crate) struct Weights {
    path: PathBuf,
    tensors: BTreeMap<String, Tensor>,
}

impl Weights {
    /// The tensors of the checkpoint that errors call `path`.
    pub(crate) fn new(path: PathBuf, tensors: BTreeMap<String, Tensor>) -> Self {
        Self { path, tensors }
    }

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
                size: None,
            })?;
        Ok(tensor.to_device(device))
    }
}

/// How many numbers tensors of these shapes hold; at most `i128::MAX`.
fn numbers<'a>(shapes: impl Iterator<Item = &'a [i64]>) -> i128 {
    let sizes = shapes.map(|shape| {
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
    let mut file = WeightFile::open(path, bytes)?;
    let found = file.shapes();
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    let expected = expected_of(path, config, names.len())?;
    let located = locate(path, config, &expected, &names)?;
    let mut tensors = BTreeMap::new();
    let wanted = expected
        .iter()
        .map(|(name, shape)| (name.as_str(), located[name], shape.as_slice()));
    let wanted: Vec<_> = wanted.collect();
    load((&mut file, &found), config, &wanted, &mut tensors)?;
    Ok(Weights::new(path.into(), tensors))
}

/// [`expected`] of a checkpoint of so many tensors.
pub(crate) fn expected_of(
    path: &Path,
    config: &EncoderConfig,
    tensors: usize,
) -> Result<Vec<(String, Vec<i64>)>, NnError> {
    let counts = (config.family.definition().counts)(config);
    let most = counts.iter().max_by_key(|count| count.count);
    match most {
        // Before the tensors of all layers are listed.
        Some(BlockCount {
            what, key, count, ..
        }) if blocks(config) > tensors as i64 => Err(NnError::Malformed {
            path: path.into(),
            problem: format!(
                "has {tensors} tensors, too few for the {count} {what} of config.json (`{key}`)"
            ),
        }),
        _ => Ok(expected(config)),
    }
}

/// The name in the checkpoint of every parameter. Names that clash outside the encoder are none of its business.
///
/// # Errors
/// [`NnError::AmbiguousTensors`], [`NnError::MissingTensors`]; [`NnError::Malformed`] for more layers than expected.
pub(crate) fn locate<'a>(
    path: &Path,
    config: &EncoderConfig,
    expected: &[(String, Vec<i64>)],
    names: &[&'a str],
) -> Result<BTreeMap<String, &'a str>, NnError> {
    let parameters: BTreeSet<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
    let named = names.iter().filter_map(|name| {
        let parameter = parameter(&parameters, name)?;
        Some((parameter.to_owned(), *name))
    });
    let named: Vec<(String, &str)> = named.collect();
    refuse_conflicts(named.iter().cloned()).map_err(NnError::ambiguous(path))?;
    let named: BTreeMap<String, &str> = named.into_iter().collect();
    refuse_missing(path, config, expected, &named, names)?;
    refuse_more_blocks(path, config, names)?;
    Ok(named)
}

/// Refuses a block more than config.json asks for.
fn refuse_more_blocks(path: &Path, config: &EncoderConfig, names: &[&str]) -> Result<(), NnError> {
    for blocks in (config.family.definition().counts)(config) {
        let next = blocks.count.to_string();
        let is_next =
            |name: &&str| unwrapped(name).any(|name| blocks.number(name) == Some(next.as_str()));
        if names.iter().any(is_next) {
            let BlockCount {
                what, key, count, ..
            } = blocks;
            return Err(NnError::Malformed {
                path: path.into(),
                problem: format!("has more {what} than the {count} of config.json (`{key}`)"),
            });
        }
    }
    Ok(())
}

/// Loads parameters, given with their names in the file and their shapes, as f32; `found` are the shapes in the file.
///
/// # Errors
/// [`NnError::TensorShape`], [`NnError::TensorNotFinite`], [`NnError::Malformed`], and those of [`WeightFile::tensor`].
pub(crate) fn load(
    (file, found): (&mut WeightFile, &BTreeMap<String, Vec<i64>>),
    config: &EncoderConfig,
    wanted: &[(&str, &str, &[i64])],
    tensors: &mut BTreeMap<String, Tensor>,
) -> Result<(), NnError> {
    for &(name, stored_name, shape) in wanted {
        let got = found
            .get(stored_name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        if got != shape {
            return Err(NnError::TensorShape {
                path: file.path.clone(),
                tensor: stored_name.to_owned(),
                got: got.to_vec(),
                expected: shape.to_vec(),
                size: other_size(config, name, got, shape).map(Box::new),
            });
        }
    }
    // Pickled tensors can share numbers: as many tensors as large as the file are no file's weights.
    let (numbers, bytes) = (
        numbers(wanted.iter().map(|(_, _, shape)| *shape)),
        file.size,
    );
    if numbers > bytes as i128 {
        return Err(NnError::Malformed {
            path: file.path.clone(),
            problem: format!("has {bytes} bytes, too few for the {numbers} numbers of its tensors"),
        });
    }
    for &(name, stored_name, _) in wanted {
        if let Some(rows) = take_rows(file, config, (name, stored_name))? {
            tensors.insert(name.to_owned(), rows);
            continue;
        }
        let tensor = file.tensor(stored_name)?.to_kind(Kind::Float);
        refuse_not_finite(&file.path, stored_name, &tensor)?;
        tensors.insert(name.to_owned(), tensor);
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

fn refuse_missing(
    path: &Path,
    config: &EncoderConfig,
    expected: &[(String, Vec<i64>)],
    named: &BTreeMap<String, &str>,
    names: &[&str],
) -> Result<(), NnError> {
    let missing: Vec<&String> = expected
        .iter()
        .map(|(name, _)| name)
        .filter(|name| !named.contains_key(*name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let prefix = shared_prefix(names.iter().copied()).filter(|_| named.is_empty());
    Err(NnError::MissingTensors {
        path: path.into(),
        missing: missing.len(),
        expected: expected.len(),
        size: fewer_blocks(config, expected, &missing).map(Box::new),
        first: missing.into_iter().take(LISTED).cloned().collect(),
        prefix: prefix.map(str::to_owned),
    })
}

/// How many blocks there are, where what is missing are all tensors of the last ones of a kind.
fn fewer_blocks(
    config: &EncoderConfig,
    expected: &[(String, Vec<i64>)],
    missing: &[&String],
) -> Option<SizeConflict> {
    let mut counts = (config.family.definition().counts)(config).into_iter();
    counts.find_map(|blocks| {
        let block = |name: &String| -> Option<i64> { blocks.number(name)?.parse().ok() };
        let numbers: Option<Vec<i64>> = missing.iter().map(|name| block(name)).collect();
        let got = numbers?.into_iter().min().filter(|&block| block > 0)?;
        let beyond = |name: &String| block(name).is_some_and(|block| block >= got);
        let count = expected.iter().filter(|(name, _)| beyond(name)).count();
        (count == missing.len()).then_some(SizeConflict {
            key: blocks.key,
            got,
            expected: blocks.count,
        })
    })
}

/// The first size of a tensor that differs, by the key that it comes from.
fn other_size(
    config: &EncoderConfig,
    name: &str,
    got: &[i64],
    expected: &[i64],
) -> Option<SizeConflict> {
    let sizes = got.iter().zip(expected).enumerate();
    let mut other = sizes.filter(|(_, (got, expected))| got != expected);
    let (dimension, (&got, &expected)) = other.next()?;
    (config.key_of(name, dimension, expected)).map(|key| SizeConflict { key, got, expected })
}
