//! `pytorch_model.bin`: a pickle and raw numbers, read without executing anything.
//!
//! The pickle describes a dictionary of tensors; [`unpickle`](super::unpickle) understands just that and refuses
//! the rest by name. The numbers are storages, which tensors share and view with strides. Both are
//! [entries of a zip](super::pickle_zip), or [follow one another](super::pickle_legacy) in files from before PyTorch 1.6.
//! Format: PyTorch, `torch/serialization.py` (`_save`, `_legacy_save`), and `torch/_utils.py` (`_rebuild_tensor_v2`).
//!
//! Memory stays within a small multiple of the file: what is unpacked, what the pickle may hold and how large a view may be have limits.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tch::{Kind, Tensor};

use super::NnError;
use super::pickle_legacy::{self, LegacyStorages};
use super::pickle_types::StoredTensor;
use super::pickle_zip::Entries;
use super::tensor_names::{escaped, quoted, refuse_conflicts};

/// An open pytorch_model.bin.
#[derive(Debug)]
pub(crate) struct Archive<'a> {
    path: PathBuf,
    numbers: Numbers<'a>,
    tensors: BTreeMap<Rc<str>, Rc<StoredTensor>>,
    /// Storages read so far, one-dimensional, by key.
    storages: HashMap<String, Tensor>,
}

/// Where the numbers are.
#[derive(Debug)]
enum Numbers<'a> {
    Zip(Entries<'a>),
    Legacy(LegacyStorages<'a>),
}

impl<'a> Archive<'a> {
    /// Reads which tensors the file that errors call `path` has, not their numbers.
    ///
    /// # Errors
    /// [`NnError::Malformed`] for another format or a damaged file; [`NnError::UnsafePickle`]; [`NnError::AmbiguousTensors`] for a name
    /// that the dictionary has more than once.
    pub(crate) fn open(path: &Path, bytes: &'a [u8]) -> Result<Self, NnError> {
        let (dictionary, numbers) = if pickle_legacy::is_legacy(bytes) {
            let read = pickle_legacy::read(bytes);
            let (dictionary, storages) = read.map_err(|fault| fault.at(path))?;
            (dictionary, Numbers::Legacy(storages))
        } else {
            let (dictionary, entries) = Entries::open(path, bytes)?;
            (dictionary, Numbers::Zip(entries))
        };
        let names = dictionary.iter().map(|(name, _)| &**name);
        refuse_conflicts(names.map(|name| (name.to_owned(), name)))
            .map_err(NnError::ambiguous(path))?;
        let named = dictionary.into_iter();
        let tensors = named.filter_map(|(name, tensor)| Some((name, tensor?)));
        Ok(Self {
            path: path.into(),
            numbers,
            tensors: tensors.collect(),
            storages: HashMap::new(),
        })
    }

    /// The tensors by name.
    pub(crate) fn tensors(&self) -> &BTreeMap<Rc<str>, Rc<StoredTensor>> {
        &self.tensors
    }

    /// Reads one tensor, contiguous, in the kind it is stored in.
    ///
    /// # Errors
    /// [`NnError::Malformed`] where its numbers are missing, too few or lie outside their storage;
    /// [`NnError::TensorKind`] where they are no floating-point numbers.
    pub(crate) fn tensor(&mut self, name: &str) -> Result<Tensor, NnError> {
        let path = self.path.clone();
        let malformed = |problem: String| NnError::Malformed {
            path: path.clone(),
            problem,
        };
        let stored = self
            .tensors
            .get(name)
            .cloned()
            .ok_or_else(|| malformed(format!("has no tensor `{}`", escaped(name))))?;
        let kind = match stored.storage.kind.as_str() {
            "FloatStorage" => Kind::Float,
            "HalfStorage" => Kind::Half,
            "BFloat16Storage" => Kind::BFloat16,
            other => {
                let (tensor, got) = (name.to_owned(), other.to_owned());
                return Err(NnError::TensorKind { path, tensor, got });
            }
        };
        if stored
            .end_offset()
            .is_none_or(|reach| reach > stored.storage.count)
        {
            return Err(malformed(format!(
                "is damaged: tensor `{}` reaches beyond its storage",
                escaped(name)
            )));
        }
        // Strides of zero would make any number of numbers out of one.
        if stored
            .numbers()
            .is_none_or(|numbers| numbers > stored.storage.count)
        {
            return Err(malformed(format!(
                "is damaged: tensor `{}` is larger than its storage",
                escaped(name)
            )));
        }
        let storage = self.storage(&stored, kind)?;
        storage
            .f_as_strided(&stored.shape[..], &stored.strides[..], stored.offset)
            .map(|view| view.contiguous())
            .map_err(|error| malformed(format!("is damaged: tensor `{}`: {error}", escaped(name))))
    }

    fn storage(&mut self, stored: &StoredTensor, kind: Kind) -> Result<Tensor, NnError> {
        let storage = &stored.storage;
        if let Some(tensor) = self.storages.get(&storage.key) {
            return Ok(tensor.shallow_clone());
        }
        let path = self.path.clone();
        let damaged = |problem: String| NnError::Malformed {
            path: path.clone(),
            problem: format!("is damaged: storage {} {problem}", quoted(&storage.key)),
        };
        let size = (storage.count as u64).checked_mul(kind.elt_size_in_bytes() as u64);
        let size = size
            .filter(|&size| size < 1 << 40)
            .ok_or_else(|| damaged("is impossibly large".to_owned()))?;
        let bytes: Cow<[u8]> = match &mut self.numbers {
            Numbers::Zip(entries) => entries.storage(&storage.key, size)?.into(),
            Numbers::Legacy(storages) => storages.bytes(&storage.key).into(),
        };
        if bytes.len() as u64 != size {
            return Err(damaged(format!(
                "has {} bytes instead of {size}",
                bytes.len()
            )));
        }
        let tensor = Tensor::f_from_data_size(&bytes, &[storage.count], kind)
            .map_err(|error| damaged(format!("cannot be turned into a tensor: {error}")))?;
        self.storages
            .insert(storage.key.clone(), tensor.shallow_clone());
        Ok(tensor)
    }
}
