//! Temporary names, and the locks on them.
//!
//! Every temporary name says which process made it (`.fsl-exp-PROCESS-RANDOM`), and the process holds a lock (`flock`) on it for as long as
//! it lives; a claim on a name (`.fsl-exp-lock-NAME`) is such a lock by itself.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::Path;
use std::process;

/// How every temporary name begins.
pub(super) const PREFIX: &str = ".fsl-exp-";

/// How the name of a claim's lock goes on.
pub(super) const LOCK: &str = "lock-";

/// How the temporary names of this process begin.
pub(super) fn prefix() -> String {
    format!("{PREFIX}{}-", process::id())
}

/// The name of the lock on `name`.
pub(super) fn lock_name(name: &OsStr) -> OsString {
    let mut lock = OsString::from(PREFIX);
    lock.push(LOCK);
    lock.push(name);
    lock
}

/// Locks a temporary file or folder for as long as the process lives; `None` where the file system has no locks.
pub(super) fn lock(path: &Path) -> Option<File> {
    let file = File::open(path).ok()?;
    file.try_lock().ok()?;
    Some(file)
}
