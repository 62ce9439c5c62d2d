//! Partial downloads on the disk.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::source_error::SourceError;

/// Some file systems know no sync; then the checksum alone must tell.
pub(super) fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        result => result,
    }
}

/// Removes a partial file, with the note of its version.
pub(super) fn forget(part: &Path) -> Result<(), SourceError> {
    for path in [part, &etag_file(part)] {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(SourceError::disk(path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Where the version is noted that a part is a part of.
pub(super) fn etag_file(part: &Path) -> PathBuf {
    let mut name = part.as_os_str().to_owned();
    name.push(".etag");
    PathBuf::from(name)
}
