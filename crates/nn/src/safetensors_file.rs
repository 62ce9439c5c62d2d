//! Safetensors files: a header in which every name stands once, and tensors in the kinds that weights have.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, SafeTensors};
use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use tch::{Kind, Tensor};

use super::NnError;
use super::tensor_names::{escaped, quoted, refuse_conflicts};
use fsl_common::fsio::OpenFile;

/// The bytes before the header: its length.
const LENGTH_BYTES: usize = 8;

/// The longest header, in bytes; that of the crate.
const LONGEST_HEADER: usize = 100_000_000;

/// Reads the header of the file at `path`, which holds `bytes`.
///
/// # Errors
/// [`NnError::AmbiguousTensors`] for names that stand in the header more than once, [`NnError::Malformed`].
pub(crate) fn parse<'a>(path: &Path, bytes: &'a [u8]) -> Result<SafeTensors<'a>, NnError> {
    let damaged = |error: &dyn std::fmt::Display| NnError::Malformed {
        path: path.into(),
        problem: format!("is truncated or damaged: {}", escaped(&error.to_string())),
    };
    // The crate keeps the last of several equal names, and names the culprit among overlapping tensors in the order of a
    // hash map. A header that cannot be read at all is left to it.
    if let Some(mut entries) = header(bytes) {
        let names = entries.iter().map(|(name, _)| name.as_str());
        refuse_conflicts(names.map(|name| (name.to_owned(), name)))
            .map_err(NnError::ambiguous(path))?;
        entries
            .sort_by(|(a, left), (b, right)| (left.data_offsets, a).cmp(&(right.data_offsets, b)));
        Metadata::new(None, entries).map_err(|error| damaged(&error))?;
    }
    SafeTensors::deserialize(bytes).map_err(|error| damaged(&error))
}

/// The header's entries in the order of the file; `None` where it is no header.
fn header(bytes: &[u8]) -> Option<Vec<(String, TensorInfo)>> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    if length > LONGEST_HEADER {
        return None;
    }
    let mut json = serde_json::Deserializer::from_slice(rest.get(..length)?);
    json.deserialize_map(Entries).ok()
}

/// The names and shapes of the tensors, of which only the header is read; `None` where it is no header that can be read.
pub(crate) fn stored_shapes(file: &OpenFile) -> io::Result<Option<BTreeMap<String, Vec<i64>>>> {
    let start = file.read_start(LENGTH_BYTES as u64)?;
    let length = start
        .first_chunk()
        .map(|length| u64::from_le_bytes(*length));
    let Some(length) = length.filter(|&length| length <= LONGEST_HEADER as u64) else {
        return Ok(None);
    };
    let entries = header(&file.read_start(LENGTH_BYTES as u64 + length)?);
    let shape = |info: TensorInfo| info.shape.into_iter().map(|size| size as i64).collect();
    let shapes = |entries: Vec<(String, TensorInfo)>| {
        let entries = entries.into_iter();
        entries.map(|(name, info)| (name, shape(info))).collect()
    };
    Ok(entries.map(shapes))
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<(String, TensorInfo)>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("a safetensors header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == "__metadata__" {
                map.next_value::<IgnoredAny>()?;
            } else {
                entries.push((name, map.next_value()?));
            }
        }
        Ok(entries)
    }
}

/// One tensor of a safetensors file.
pub(crate) fn tensor(path: &Path, file: &SafeTensors, name: &str) -> Result<Tensor, NnError> {
    tensor_of(path, file, name, |dtype| match dtype {
        Dtype::F32 => Ok(Kind::Float),
        Dtype::F16 => Ok(Kind::Half),
        Dtype::BF16 => Ok(Kind::BFloat16),
        // As model2vec computes its factors of tokens.
        Dtype::F64 => Ok(Kind::Double),
        other => Err(NnError::TensorKind {
            path: path.into(),
            tensor: name.to_owned(),
            got: format!("{other:?}"),
        }),
    })
}

/// One tensor of whole numbers.
pub(crate) fn whole_numbers(
    path: &Path,
    file: &SafeTensors,
    name: &str,
) -> Result<Tensor, NnError> {
    tensor_of(path, file, name, |dtype| match dtype {
        Dtype::I64 => Ok(Kind::Int64),
        Dtype::I32 => Ok(Kind::Int),
        other => Err(NnError::Malformed {
            path: path.into(),
            problem: format!("has {} in {other:?}, must be I64 or I32", quoted(name)),
        }),
    })
}

/// One tensor of the kinds that there are.
fn tensor_of(
    path: &Path,
    file: &SafeTensors,
    name: &str,
    kind: impl Fn(Dtype) -> Result<Kind, NnError>,
) -> Result<Tensor, NnError> {
    let malformed = |problem: String| NnError::Malformed {
        path: path.into(),
        problem,
    };
    let view = file
        .tensor(name)
        .map_err(|error| malformed(format!("is damaged: {error}")))?;
    let kind = kind(view.dtype())?;
    let shape: Vec<i64> = view.shape().iter().map(|&n| n as i64).collect();
    Tensor::f_from_data_size(view.data(), &shape, kind)
        .map_err(|error| malformed(format!("cannot be turned into a tensor: {error}")))
}
