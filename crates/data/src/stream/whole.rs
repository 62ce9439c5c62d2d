//! A whole input in memory, for what has to be read at once.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::Delimiter;
use super::source::{self, Input, unpacked};
use crate::DataError;
use crate::reading::{read_file, read_texts};
use fsl_common::fsio::sha256_hex;

/// An input that was read at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeInput {
    /// Its bytes, unpacked.
    pub bytes: Vec<u8>,
    /// What separates its fields.
    pub delimiter: u8,
    /// The SHA-256 of the file, packed as it is; of standard input that of the unpacked bytes.
    pub sha256: String,
}

/// Reads an input to its end. An automatic delimiter is the one that gives the header this column. The bytes are those that the checksum is
/// of: the input is opened once.
///
/// # Errors
/// An input that cannot be read or exceeds a [`Limit`](crate::Limit), or a zip archive without exactly one CSV file.
pub fn read_whole(
    input: &Input,
    delimiter: Delimiter,
    column: &str,
) -> Result<WholeInput, DataError> {
    let failed = |error| source::unreadable(input, error);
    let (bytes, sha256) = match input {
        Input::Stdin => {
            let count = Arc::new(AtomicU64::new(0));
            let bytes = source::open(input, &count, |from| read_texts(from).map_err(failed))?;
            let sha256 = sha256_hex(&bytes);
            (bytes, sha256)
        }
        Input::File(path) | Input::Copied(path) => {
            let packed = read_file(path).map_err(failed)?;
            let sha256 = sha256_hex(&packed);
            let unpacked = match unpacked(input.name(), &packed)? {
                (Cow::Owned(bytes), _) => Some(bytes),
                (Cow::Borrowed(_), _) => None,
            };
            (unpacked.unwrap_or(packed), sha256)
        }
    };
    Ok(WholeInput {
        delimiter: delimiter.resolve(&bytes, column),
        bytes,
        sha256,
    })
}
