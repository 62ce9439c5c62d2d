//! Locks on names that are yet to be written.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::staging::{Listed, naming};

/// How often a lock is tried again that another process holds, and at which interval.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// The exclusive right to write a file or folder, held until it is dropped.
///
/// It is a lock (`flock`) on a hidden file beside the name, which is removed in the end. The system frees the lock of a process
/// that is killed; the file that is left then is used again by the next one, or removed
/// ([`clear_abandoned`](super::clear_abandoned)).
#[derive(Debug)]
pub struct NameClaim {
    _file: File,
    path: PathBuf,
    /// Folders that were made for the lock's file, the innermost first.
    made: Vec<PathBuf>,
    _listed: Listed,
}

impl NameClaim {
    /// Claims `target`, whose parent folder is created where it is missing; `None` where another process holds it.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn new(target: &Path) -> io::Result<Option<Self>> {
        let parent = super::parent(target);
        let name = target.file_name().unwrap_or_default();
        let path = parent.join(super::temporary_name::lock_name(name));
        let made = parent
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
            .map(Path::to_owned)
            .collect();
        fs::create_dir_all(parent)?;
        let mut tries = TRIES;
        loop {
            let naming = naming();
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if tries > 0 => {
                    // A command that clears away what others left holds it for a moment.
                    tries -= 1;
                    drop(naming);
                    thread::sleep(BETWEEN_TRIES);
                    continue;
                }
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // The holder before removed the file that it had locked; a lock on a removed file guards nothing.
            if is_at(&file, &path) {
                let listed = Listed::new(&path);
                drop(naming);
                return Ok(Some(Self {
                    _file: file,
                    path,
                    made,
                    _listed: listed,
                }));
            }
        }
    }
}

impl Drop for NameClaim {
    fn drop(&mut self) {
        // What cannot be removed is an empty file that the next claim uses, or a folder with something in it.
        let _ = fs::remove_file(&self.path);
        for folder in &self.made {
            let _ = fs::remove_dir(folder);
        }
    }
}

#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(opened), Ok(named)) => opened.ino() == named.ino() && opened.dev() == named.dev(),
        _ => false,
    }
}

#[cfg(not(unix))]
pub(super) fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Whether two names are of one file or folder: links, hard links and the case of letters, where it does not matter, make no
/// difference. `false` where one of them does not exist.
pub fn same_file(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if let (Ok(a), Ok(b)) = (fs::metadata(a), fs::metadata(b)) {
            return a.ino() == b.ino() && a.dev() == b.dev();
        }
    }
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_claimed_once_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("models/deep/m");
        let claim = NameClaim::new(&target).unwrap().unwrap();
        assert!(NameClaim::new(&target).unwrap().is_none());
        let beside = NameClaim::new(&target.with_file_name("n")).unwrap();
        assert!(beside.is_some());
        drop(beside);
        drop(claim);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(NameClaim::new(&target).unwrap().is_some());
    }

    #[test]
    fn a_lock_file_that_was_left_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        crate::fsio::write_atomic(&folder.path().join(".fsl-exp-lock-m"), b"").unwrap();
        assert!(NameClaim::new(&folder.path().join("m")).unwrap().is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        crate::fsio::write_atomic(&at("a"), b"x").unwrap();
        crate::fsio::write_atomic(&at("b"), b"x").unwrap();
        fs::hard_link(at("a"), at("hard")).unwrap();
        std::os::unix::fs::symlink("a", at("soft")).unwrap();
        assert!(same_file(&at("a"), &at("hard")) && same_file(&at("soft"), &at("a")));
        assert!(!same_file(&at("a"), &at("b")) && !same_file(&at("a"), &at("none")));
    }
}
