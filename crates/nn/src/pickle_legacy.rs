//! The format of `torch.save` before PyTorch 1.6: five pickles (a magic number, the format's version, the machine, the dictionary, the
//! keys of the storages), then every storage: how many numbers it has, in eight bytes, and the numbers.
//!
//! Lengths are compared with what the dictionary says and with what is left of the file. Format: PyTorch,
//! `torch/serialization.py` (`_legacy_load`).

use std::collections::BTreeMap;
use std::rc::Rc;

use super::pickle_types::{Fault, Pickle, StateDict, Storage, damaged, number_size};
use super::tensor_names::quoted;
use super::unpickle::{LONGEST_PICKLE, unpickle};

/// A pickle of torch's magic number 0x1950a86a20f9469cfc6c.
const MAGIC: [u8; 15] = [
    0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.',
];

/// The version of the format, the only one ever.
const VERSION: i64 = 1001;

/// The numbers of a file, by the keys of their storages.
#[derive(Debug)]
pub(crate) struct LegacyStorages<'a>(BTreeMap<String, &'a [u8]>);

impl<'a> LegacyStorages<'a> {
    /// The bytes of a storage, little end first.
    pub(crate) fn bytes(&self, key: &str) -> &'a [u8] {
        self.0.get(key).copied().unwrap_or_default()
    }
}

/// Whether the file is in this format.
pub(crate) fn is_legacy(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Reads which tensors a file has, and where their numbers are.
pub(crate) fn read(bytes: &[u8]) -> Result<(StateDict, LegacyStorages<'_>), Fault> {
    let bytes = bytes.get(MAGIC.len()..).unwrap_or_default();
    let (version, bytes) = next(bytes)?;
    if version.int() != Some(VERSION) {
        let problem = "it has another version than that of PyTorch before 1.6";
        return Err(Fault::Damaged(problem.to_owned()));
    }
    let (machine, bytes) = next(bytes)?;
    if machine.flag("little_endian") == Some(false) {
        let problem = "it stores its numbers big end first";
        return Err(Fault::Damaged(problem.to_owned()));
    }
    let (dictionary, bytes) = next(bytes)?;
    let tensors = dictionary.state_dict()?;
    let (keys, bytes) = next(bytes)?;
    let keys = keys.texts();
    let keys = keys.ok_or_else(|| damaged("no list of storages"))?;
    Ok((tensors, storages(&dictionary.storages, &keys, bytes)?))
}

/// The pickle that the bytes begin with, and what follows it.
fn next(bytes: &[u8]) -> Result<(Pickle, &[u8]), Fault> {
    let longest = bytes.len().min(LONGEST_PICKLE as usize);
    let (pickle, rest) = unpickle(&bytes[..longest])?;
    Ok((pickle, &bytes[longest - rest.len()..]))
}

/// The storages that the dictionary mentions, in the order of their keys.
fn storages<'a>(
    mentioned: &[Rc<Storage>],
    keys: &[&str],
    mut bytes: &'a [u8],
) -> Result<LegacyStorages<'a>, Fault> {
    let mut expected: BTreeMap<&str, &Storage> = BTreeMap::new();
    for storage in mentioned {
        let first = expected.entry(&storage.key).or_insert(storage);
        if **first != **storage {
            return Err(fault(&storage.key, "is described in two ways"));
        }
    }
    let mut read = BTreeMap::new();
    for key in keys {
        let storage = expected.remove(key);
        let storage = storage.ok_or_else(|| fault(key, "belongs to no tensor, or comes twice"))?;
        read.insert((*key).to_owned(), numbers(storage, &mut bytes)?);
    }
    match expected.keys().next() {
        Some(key) => Err(fault(key, "is missing")),
        None => Ok(LegacyStorages(read)),
    }
}

/// Takes the numbers of one storage.
fn numbers<'a>(storage: &Storage, bytes: &mut &'a [u8]) -> Result<&'a [u8], Fault> {
    let early = || fault(&storage.key, "ends early");
    let (count, rest) = bytes.split_first_chunk::<8>().ok_or_else(early)?;
    let count = i64::from_le_bytes(*count);
    if count != storage.count {
        let problem = format!("has {count} numbers instead of {}", storage.count);
        return Err(fault(&storage.key, &problem));
    }
    let size = number_size(&storage.kind).and_then(|size| size.checked_mul(count as u64));
    let size = size.and_then(|size| usize::try_from(size).ok());
    let split = size.and_then(|size| rest.split_at_checked(size));
    let (numbers, rest) = split.ok_or_else(early)?;
    *bytes = rest;
    Ok(numbers)
}

fn fault(key: &str, problem: &str) -> Fault {
    Fault::Damaged(format!("storage {} {problem}", quoted(key)))
}
