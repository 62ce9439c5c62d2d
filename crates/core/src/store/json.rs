//! JSON files of the store.

use std::fs::Metadata;
use std::io::Read as _;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::StoreError;
use fsl_common::{fsio, shown};

/// The largest file that is read, in bytes: 1,000 classes make a record of some 15 MB.
const LARGEST: u64 = 1 << 28;

/// How much is shown of what is wrong with a file, in characters.
const LONGEST_PROBLEM: usize = 300;

/// Reads a JSON file of the store.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, StoreError> {
    let (bytes, _) = read_json_bytes(path)?;
    serde_json::from_slice(&bytes).map_err(|error| not_json(path, &error))
}

/// The error of a file that is no JSON, or other JSON than it should be. What it quotes of the file is not shown at any length.
pub(super) fn not_json(path: &Path, error: &serde_json::Error) -> StoreError {
    let problem = shown::escaped(&error.to_string()).into_owned();
    StoreError::Damaged {
        path: path.to_owned(),
        problem: shown::cut(&problem, LONGEST_PROBLEM).into_owned(),
    }
}

/// The bytes of a JSON file, and what the file system says of it.
pub(super) fn read_json_bytes(path: &Path) -> Result<(Vec<u8>, Metadata), StoreError> {
    let failed = |error| StoreError::reading(path, error);
    let file = fsio::open_plain(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(StoreError::Damaged {
            path: path.to_owned(),
            problem: "it is larger than 256 MiB".to_owned(),
        });
    }
    Ok((bytes, metadata))
}
