//! Files written whole or not at all, locks on their names, and their checksums.
//!
//! With `store` this is the only module that writes: everything that ends up on a user's disk goes through
//! [`write_atomic`], [`StagedFile`], [`StagedFolder`] or [`rename_into_place`], so that an interrupted program never leaves half a file under its final name.

mod abandoned;
mod checksum_cache;
mod claim;
mod digest;
mod open_file;
mod plain;
mod staging;
mod stamp;
mod temporary_name;

use std::fs;
use std::io::{self, Write};
use std::path::Path;

pub use abandoned::clear_abandoned;
pub use checksum_cache::{CachedChecksum, ChecksumCache, read_hashed};
pub use claim::{NameClaim, same_file};
pub use digest::{digest_rest, hex, sha256_file, sha256_hex, sha256_open};
pub use open_file::OpenFile;
pub use plain::{check_folder, open_plain, read_plain};
pub use staging::{StagedFile, StagedFolder, discard_staged, replace_files};
pub use stamp::{Stamp, unix_ns};

/// Writes `bytes` to `path` so that readers see either the old contents or all of the new ones.
///
/// The bytes go to a temporary file in the same folder, are flushed to the disk, and take their name by a rename. The
/// folder is created where it is missing.
///
/// # Errors
/// Whatever the file system says: no permission, no space, a parent that is not a folder.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = parent(path);
    fs::create_dir_all(folder)?;
    let mut file = StagedFile::new(folder)?;
    file.write_all(bytes)?;
    file.sync()?;
    file.persist(path, true)
}

/// The folder that a path lies in; `.` where it is a mere name.
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Gives a finished folder its final name. Where the name is taken already, the staged folder is removed and the one in
/// place stays: contents are addressed by their key, so both hold the same result. Returns whether this call placed it.
///
/// # Errors
/// Whatever the file system says, the taken name apart.
pub fn rename_into_place(staged: &Path, target: &Path) -> io::Result<bool> {
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::rename(staged, target) {
        Ok(()) => Ok(true),
        Err(_) if target.is_dir() => {
            fs::remove_dir_all(staged)?;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_atomic_write_replaces_the_old_contents_and_leaves_nothing_beside_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/file.txt");
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn the_first_folder_in_place_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second, target) = (
            folder.path().join("1"),
            folder.path().join("2"),
            folder.path().join("t"),
        );
        for (staged, text) in [(&first, "1"), (&second, "2")] {
            fs::create_dir(staged).unwrap();
            write_atomic(&staged.join("file"), text.as_bytes()).unwrap();
        }
        assert!(rename_into_place(&first, &target).unwrap());
        assert!(!rename_into_place(&second, &target).unwrap());
        assert_eq!(fs::read_to_string(target.join("file")).unwrap(), "1");
        assert!(!second.exists());
    }
}
