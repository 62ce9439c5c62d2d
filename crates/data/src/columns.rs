//! Columns of a CSV file: which to read, and where they are in the header.

use std::path::Path;

use super::DataError;

/// The most characters that one text may have. A longer one is no text but a broken file.
pub const MAX_CHARACTERS: usize = 1_000_000;

/// Which columns to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns<'a> {
    /// The column that is learnt from. Its fields may be empty.
    pub text: &'a str,
    /// The column of labels; left out where none are needed.
    pub label: Option<&'a str>,
}

/// Where the column called `name` is among `names`, if there is one; several of the name are a fault. `path` is the file in
/// errors.
pub(super) fn find_column(
    path: &Path,
    names: &[String],
    name: &str,
) -> Result<Option<usize>, DataError> {
    let mut found = (0..names.len()).filter(|&index| names[index] == name);
    let first = found.next();
    match found.count() {
        0 => Ok(first),
        others => Err(DataError::RepeatedColumn {
            path: path.to_owned(),
            column: name.to_owned(),
            count: others + 1,
        }),
    }
}

/// As [`find_column`], for a column that has to be there.
pub(super) fn require_column(
    path: &Path,
    names: &[String],
    name: &str,
) -> Result<usize, DataError> {
    find_column(path, names, name)?.ok_or_else(|| DataError::MissingColumn {
        path: path.to_owned(),
        column: name.to_owned(),
        present: names.to_vec(),
    })
}
