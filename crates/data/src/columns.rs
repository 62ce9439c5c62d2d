//! Finding a column by its name in a header.

use std::path::Path;

use super::DataError;

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
