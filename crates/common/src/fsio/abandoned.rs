//! Temporary files and folders that a killed process has left, and their removal.
//!
//! `kill -9` leaves no time to clear up. Whatever has a temporary name (`temporary_name.rs`) and is locked by nobody any more, the next
//! command removes.

use std::fs::{self, DirEntry, File, TryLockError};
use std::path::Path;
use std::process;
use std::time::Duration;

use super::staging::{is_staged, naming, remove_once};
use super::temporary_name::{LOCK, PREFIX};

/// A name is made before it is locked. What a running process seems to have made and not locked is left alone for so long: it is that
/// process's, or its number was that of another one before.
const SETTLED: Duration = Duration::from_secs(60);

/// Removes what killed processes have left in a folder. What cannot be removed stays.
pub fn clear_abandoned(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else {
            continue;
        };
        if name.starts_with(LOCK) {
            clear_lock(&entry);
        } else if let Some(maker) = maker(name) {
            clear_staged(&entry, maker);
        }
    }
}

/// The process that made a temporary name, which is given without its prefix.
fn maker(name: &str) -> Option<u32> {
    let (process, random) = name.split_once('-')?;
    let is_ours = !random.is_empty() && random.bytes().all(|byte| byte.is_ascii_alphanumeric());
    process.parse().ok().filter(|_| is_ours)
}

fn clear_staged(entry: &DirEntry, maker: u32) {
    // No other thread of this process makes a temporary name meanwhile.
    let _naming = naming();
    let is_used = if maker == process::id() {
        is_staged(&entry.path())
    } else {
        is_running(maker) && !is_settled(entry)
    };
    if is_used {
        return;
    }
    if let Some(_lock) = free(entry) {
        // Another user's may stay.
        let _ = remove_once(&entry.path());
    }
}

/// A lock is a file without contents that is removed by whoever holds it.
fn clear_lock(entry: &DirEntry) {
    if entry
        .metadata()
        .is_ok_and(|data| data.is_file() && data.len() == 0)
        && let Some(lock) = free(entry)
        && super::claim::is_at(&lock, &entry.path())
    {
        let _ = fs::remove_file(entry.path());
    }
}

/// The lock on a file or folder that nobody holds.
fn free(entry: &DirEntry) -> Option<File> {
    let kind = entry.file_type().ok()?;
    if !kind.is_file() && !kind.is_dir() {
        return None;
    }
    let file = File::open(entry.path()).ok()?;
    match file.try_lock() {
        Ok(()) => Some(file),
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => None,
    }
}

/// Whether a process of this number runs; `false` where the system does not say.
fn is_running(process: u32) -> bool {
    Path::new("/proc").join(process.to_string()).exists()
}

/// Whether it was changed long enough ago, a time in the future apart.
fn is_settled(entry: &DirEntry) -> bool {
    let changed = entry.metadata().and_then(|data| data.modified());
    let age = changed.ok().and_then(|changed| changed.elapsed().ok());
    age.is_some_and(|age| age >= SETTLED)
}

#[cfg(test)]
mod tests {
    use super::super::temporary_name::lock;
    use super::*;
    use crate::fsio::{NameClaim, StagedFile, StagedFolder, write_atomic};

    /// More than Linux numbers processes.
    const NOBODY: u32 = 4_194_305;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_what_a_dead_process_left_goes() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let kept = [
            ".fsl-exp-lock-full",
            ".fsl-exp-notes",
            ".fsl-exp-x-abc",
            ".tmpAbCdEf",
            "fsl-exp-4194305-abc",
            "mine",
        ];
        for name in kept {
            write_atomic(&at(name), b"x").unwrap();
        }
        write_atomic(&at(&format!(".fsl-exp-{NOBODY}-AbC123")), b"x").unwrap();
        write_atomic(&at(&format!(".fsl-exp-{NOBODY}-folder/deep/file")), b"x").unwrap();
        write_atomic(&at(&format!(".fsl-exp-{}-older", process::id())), b"x").unwrap();
        write_atomic(&at(".fsl-exp-lock-m"), b"").unwrap();
        // Process 1 always runs.
        write_atomic(&at(".fsl-exp-1-young"), b"x").unwrap();
        clear_abandoned(folder.path());
        let mut expected = kept.map(str::to_owned).to_vec();
        expected.push(".fsl-exp-1-young".to_owned());
        expected.sort();
        assert_eq!(names(folder.path()), expected);
    }

    #[test]
    fn what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let _file = StagedFile::new(folder.path()).unwrap();
        let _folder = StagedFolder::new(folder.path()).unwrap();
        let _claim = NameClaim::new(&folder.path().join("m")).unwrap().unwrap();
        clear_abandoned(folder.path());
        assert_eq!(names(folder.path()).len(), 3);
    }

    #[test]
    fn a_lock_that_is_held_protects_what_a_process_left_whose_number_is_not_known_here() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!(".fsl-exp-{NOBODY}-abc"));
        write_atomic(&path, b"x").unwrap();
        let held = lock(&path).unwrap();
        clear_abandoned(folder.path());
        assert!(path.exists());
        drop(held);
        clear_abandoned(folder.path());
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target/file");
        write_atomic(&target, b"x").unwrap();
        let link = folder.path().join(format!(".fsl-exp-{NOBODY}-abc"));
        std::os::unix::fs::symlink("target", &link).unwrap();
        clear_abandoned(folder.path());
        assert!(target.exists() && fs::symlink_metadata(&link).is_ok());
    }
}
