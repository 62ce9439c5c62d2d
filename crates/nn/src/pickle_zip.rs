//! A checkpoint that is a zip: the folder that holds its pickle, and its entries, which may not unpack to far more than the file.

use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::NnError;
use super::pickle_types::StateDict;
use super::tensor_names::{LISTED, listed, quoted};
use super::unpickle::{LONGEST_PICKLE, unpickle};

/// The entry that describes the tensors, inside the folder of all entries.
const PICKLE: &str = "data.pkl";

/// How many times its size a file may unpack to, in all, beside [`UNPACKED_ANYWAY`]. PyTorch packs nothing.
const UNPACKED_TIMES: u64 = 4;

/// What any file may unpack to, in bytes.
const UNPACKED_ANYWAY: u64 = 1 << 20;

/// The entries of a checkpoint.
#[derive(Debug)]
pub(crate) struct Entries<'a> {
    path: PathBuf,
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// The folder inside the zip, with its slash: `archive/`
    root: String,
    /// How many bytes may still be unpacked.
    left: u64,
}

impl<'a> Entries<'a> {
    /// Opens the zip, which errors call `path`, and reads its dictionary.
    ///
    /// # Errors
    /// [`NnError::Malformed`], [`NnError::UnsafePickle`].
    pub(crate) fn open(path: &Path, bytes: &'a [u8]) -> Result<(StateDict, Self), NnError> {
        let malformed = |problem: String| NnError::Malformed {
            path: path.into(),
            problem,
        };
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
            malformed(format!("is truncated or no PyTorch checkpoint: {error}"))
        })?;
        let root = root(&zip).map_err(malformed)?;
        let mut entries = Self {
            path: path.into(),
            zip,
            root,
            left: UNPACKED_TIMES * bytes.len() as u64 + UNPACKED_ANYWAY,
        };
        let order = format!("{}byteorder", entries.root);
        if entries.zip.index_for_name(&order).is_some()
            && entries.entry("byteorder", 16)? != b"little"
        {
            return Err(malformed("stores its numbers big end first".to_owned()));
        }
        let pickle = entries.entry(PICKLE, LONGEST_PICKLE)?;
        let dictionary = unpickle(&pickle).and_then(|(pickle, _)| pickle.state_dict());
        Ok((dictionary.map_err(|fault| fault.at(path))?, entries))
    }

    /// The bytes of a storage, `longest` at most.
    ///
    /// # Errors
    /// [`NnError::Malformed`].
    pub(crate) fn storage(&mut self, key: &str, longest: u64) -> Result<Vec<u8>, NnError> {
        self.entry(&format!("data/{key}"), longest)
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
