//! A whole input in memory, for what has to be read at once.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::Delimiter;
use super::source::{self, Input};
use crate::DataError;

/// The unpacked bytes of an input, and what separates its fields. An automatic delimiter is the one that gives the header
/// this column.
///
/// # Errors
/// An input that cannot be read, or a zip archive without exactly one CSV file.
pub fn read_whole(
    input: &Input,
    delimiter: Delimiter,
    column: &str,
) -> Result<(Vec<u8>, u8), DataError> {
    let bytes = source::open(input, &Arc::new(AtomicU64::new(0)), |from| {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes)
            .map_err(|error| source::unreadable(input, error))?;
        Ok(bytes)
    })?;
    let delimiter = delimiter.resolve(&bytes, column);
    Ok((bytes, delimiter))
}
