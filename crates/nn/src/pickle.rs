//! `pytorch_model.bin`: a zip of a pickle and raw numbers, read without executing anything.
//!
//! The pickle inside describes a dictionary of tensors; [`unpickle`](super::unpickle) understands just that and refuses
//! the rest by name. The numbers are separate entries `data/KEY`, which tensors share and view with strides.
//! Format: PyTorch, `torch/serialization.py` (`_save`), and `torch/_utils.py` (`_rebuild_tensor_v2`).
//!
//! Memory stays within a small multiple of the file: what is unpacked, what the pickle may hold and how large a view may be have limits.

use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tch::{Kind, Tensor};
use zip::ZipArchive;

use super::NnError;
use super::pickle_types::StoredTensor;
use super::tensor_names::{LISTED, escaped, listed, quoted, refuse_conflicts};
use super::unpickle::unpickle;

/// The entry that describes the tensors, inside the folder of all entries.
const PICKLE: &str = "data.pkl";

/// The longest pickle read, in bytes. A state dict takes some 100 bytes per tensor.
const LONGEST_PICKLE: u64 = 16 << 20;

/// How many times its size a file may unpack to, in all, beside [`UNPACKED_ANYWAY`]. PyTorch packs nothing.
const UNPACKED_TIMES: u64 = 4;

/// What any file may unpack to, in bytes.
const UNPACKED_ANYWAY: u64 = 1 << 20;

/// How an old-format file begins: a pickle of torch's magic number 0x1950a86a20f9469cfc6c.
const LEGACY: [u8; 14] = [
    0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
];

/// An open pytorch_model.bin.
#[derive(Debug)]
pub(crate) struct Archive<'a> {
    path: PathBuf,
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// The folder inside the zip, with its slash: `archive/`
    root: String,
    tensors: BTreeMap<Rc<str>, Rc<StoredTensor>>,
    /// Storages read so far, one-dimensional, by key.
    storages: HashMap<String, Tensor>,
    /// How many bytes may still be unpacked.
    left: u64,
}

impl<'a> Archive<'a> {
    /// Reads which tensors the file that errors call `path` has, not their numbers.
    ///
    /// # Errors
    /// [`NnError::Malformed`] for another format or a damaged file; [`NnError::UnsafePickle`]; [`NnError::AmbiguousTensors`] for a name
    /// that the dictionary has more than once.
    pub(crate) fn open(path: &Path, bytes: &'a [u8]) -> Result<Self, NnError> {
        let malformed = |problem: String| NnError::Malformed {
            path: path.into(),
            problem,
        };
        if bytes.starts_with(&LEGACY) {
            return Err(malformed(
                "is in torch.save's old format (before PyTorch 1.6); convert it with \
                 `torch.save(torch.load(FILE, weights_only=True), FILE)`"
                    .to_owned(),
            ));
        }
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
            malformed(format!("is truncated or no PyTorch checkpoint: {error}"))
        })?;
        let root = root(&zip).map_err(malformed)?;
        let (tensors, storages) = (BTreeMap::new(), HashMap::new());
        let mut archive = Self {
            path: path.into(),
            zip,
            root,
            tensors,
            storages,
            left: UNPACKED_TIMES * bytes.len() as u64 + UNPACKED_ANYWAY,
        };
        if archive
            .zip
            .index_for_name(&format!("{}byteorder", archive.root))
            .is_some()
            && archive.entry("byteorder", 16)? != b"little"
        {
            return Err(malformed("stores its numbers big end first".to_owned()));
        }
        let pickle = archive.entry(PICKLE, LONGEST_PICKLE)?;
        let dictionary = unpickle(&pickle).map_err(|fault| fault.at(path))?;
        let names = dictionary.iter().map(|(name, _)| &**name);
        refuse_conflicts(names.map(|name| (name.to_owned(), name)))
            .map_err(NnError::ambiguous(path))?;
        let named = dictionary.into_iter();
        archive.tensors = named
            .filter_map(|(name, tensor)| Some((name, tensor?)))
            .collect();
        Ok(archive)
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
        let bytes = self.entry(&format!("data/{}", storage.key), size)?;
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

    /// An entry's bytes, `longest` at most: what its header claims is not trusted.
    fn entry(&mut self, name: &str, longest: u64) -> Result<Vec<u8>, NnError> {
        let path = &self.path;
        let damaged = |problem: String| NnError::Malformed {
            path: path.clone(),
            problem: format!("is damaged: entry {} {problem}", quoted(name)),
        };
        let entry = self
            .zip
            .by_name(&format!("{}{name}", self.root))
            .map_err(|error| damaged(error.to_string()))?;
        let allowed = longest.min(self.left);
        let mut bytes = Vec::new();
        entry
            .take(allowed + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| damaged(error.to_string()))?;
        if bytes.len() as u64 > longest {
            return Err(damaged(format!("is longer than {longest} bytes")));
        }
        if bytes.len() as u64 > allowed {
            return Err(damaged("unpacks to far more than the file".to_owned()));
        }
        self.left -= bytes.len() as u64;
        Ok(bytes)
    }
}

/// The folder of the only pickle in the zip, or what is wrong with it.
fn root(zip: &ZipArchive<Cursor<&[u8]>>) -> Result<String, String> {
    if zip.has_duplicate_names() {
        return Err("has two entries of one name".to_owned());
    }
    let names = zip.file_names().filter_map(Result::ok);
    let mut pickles: Vec<String> = names
        .filter(|name| *name == PICKLE || name.ends_with("/data.pkl"))
        .map(|name| name.to_string())
        .collect();
    pickles.sort_unstable();
    match &pickles[..] {
        [] => Err(format!("has no entry `{PICKLE}`")),
        [name] => Ok(name[..name.len() - PICKLE.len()].to_owned()),
        all => {
            let first = all.iter().take(LISTED).map(|name| quoted(name));
            Err(format!(
                "has several state dicts: {}",
                listed(first, all.len())
            ))
        }
    }
}
