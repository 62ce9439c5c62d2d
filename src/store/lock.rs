//! Who runs a trial: an advisory lock per key.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::StoreError;

/// The right to run one trial, held until it is dropped and until every process that inherited it has ended.
///
/// The lock belongs to the open file (`flock`), so a worker that is started with [`Claim::handle`] as its standard input
/// keeps the trial claimed even if the program that started it is killed.
#[derive(Debug)]
pub struct Claim {
    file: File,
    path: PathBuf,
}

impl Claim {
    /// Takes the lock at `path`; `None` where another process holds it.
    pub(super) fn take(path: &Path) -> Result<Option<Self>, StoreError> {
        let failed = |source: io::Error| StoreError::Unwritable {
            path: path.to_owned(),
            source,
        };
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
            // The holder before removed the file it had locked; a lock on a removed file guards nothing.
            if same_file(&file, path) {
                return Ok(Some(Self {
                    file,
                    path: path.to_owned(),
                }));
            }
        }
    }

    /// The locked file, to be inherited by the process that does the work.
    ///
    /// # Errors
    /// Too many open files.
    pub fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Gives the trial up, and removes the lock's file, so that a store of many trials does not keep many empty files.
    pub fn release(self) {
        // Losing this race or lacking the right only leaves an empty file behind.
        let _ = fs::remove_file(&self.path);
    }
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
