//! Claims: one advisory lock per trial.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::StoreError;

/// The exclusive right to run a trial, held until it is dropped and every process that inherited it has ended.
///
/// The lock belongs to the open file (`flock`), so a worker with [`Claim::handle`] as standard input keeps the trial
/// claimed even if its parent is killed.
#[derive(Debug)]
pub struct Claim {
    file: File,
    path: PathBuf,
}

impl Claim {
    /// Takes the lock at `path`; `None` if another process holds it.
    pub(super) fn take(path: &Path) -> Result<Option<Self>, StoreError> {
        let failed = |source: io::Error| StoreError::Unwritable {
            path: path.to_owned(),
            source,
        };
        if is_link(path) {
            let path = path.to_owned();
            return Err(StoreError::Link { path });
        }
        loop {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(path)
                .map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // The previous holder removed the file after locking it; a lock on a removed file protects nothing.
            if same_file(&file, path) {
                return Ok(Some(Self {
                    file,
                    path: path.to_owned(),
                }));
            }
        }
    }

    /// A handle of the locked file, for the worker to inherit.
    ///
    /// # Errors
    /// Too many open files.
    pub fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Releases the claim and removes the lock file, so that empty files do not pile up.
    pub fn release(self) {
        // A failure only leaves an empty file behind.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether the path is a symbolic link.
pub(super) fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_symlink())
}

#[cfg(unix)]
fn same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(opened), Ok(named)) => opened.ino() == named.ino() && opened.dev() == named.dev(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn same_file(_: &File, path: &Path) -> bool {
    path.exists()
}
