//! Files and folders under temporary names, and what becomes of them when the program is told to end.
//!
//! `Drop` removes a temporary file only where the program ends by returning. A signal ends it while other threads write; so
//! everything that has no final name yet is listed here, and [`discard_staged`] removes it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tempfile::{NamedTempFile, TempDir};

use super::temporary_name;

/// What has no final name yet.
static STAGED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Held while a temporary name is made and listed, and while final names are given.
static NAMING: Mutex<()> = Mutex::new(());

/// How often a folder is tried again into which another thread puts files while it is removed, and at which interval.
const REMOVALS: u32 = 20;
const BETWEEN_REMOVALS: Duration = Duration::from_millis(10);

pub(super) fn naming() -> MutexGuard<'static, ()> {
    NAMING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn staged() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    STAGED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes every file and folder that has no final name yet, and lets no other be made or named: any thread that tries waits
/// for ever. For a program that is about to end.
pub fn discard_staged() {
    std::mem::forget(naming());
    let left: Vec<PathBuf> = staged().iter().cloned().collect();
    for path in left {
        remove(&path);
    }
}

/// Whether a path of this process has no final name yet.
pub(super) fn is_staged(path: &Path) -> bool {
    staged().contains(path)
}

/// Removes a file or folder that a thread may still be writing to.
fn remove(path: &Path) {
    for _ in 0..REMOVALS {
        if remove_once(path) {
            return;
        }
        thread::sleep(BETWEEN_REMOVALS);
    }
}

/// Removes a file or folder; false if it is still there.
pub(super) fn remove_once(path: &Path) -> bool {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    removed.is_ok() || !path.exists()
}

/// An entry of the list, for as long as it lives.
#[derive(Debug)]
pub(super) struct Listed(PathBuf);

impl Listed {
    pub(super) fn new(path: &Path) -> Self {
        staged().insert(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        staged().remove(&self.0);
    }
}

/// A file under a temporary name. It is removed unless it is given its final name.
#[derive(Debug)]
pub struct StagedFile {
    // Removed before it leaves the list: fields are dropped in this order.
    file: NamedTempFile,
    listed: Listed,
    lock: Option<File>,
}

impl StagedFile {
    /// A new file in `folder`. A temporary file is private by default (0600); what a user finds under its final name has the
    /// permissions that the user's umask asks for.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn new(folder: &Path) -> io::Result<Self> {
        let prefix = temporary_name::prefix();
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let _naming = naming();
        let file = builder.tempfile_in(folder)?;
        let listed = Listed::new(file.path());
        let lock = temporary_name::lock(file.path());
        Ok(Self { file, listed, lock })
    }

    /// Its temporary name.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Opens it once more, to be written by another thread.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn reopen(&self) -> io::Result<fs::File> {
        self.file.reopen()
    }

    /// Waits until its contents are on the disk.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn sync(&self) -> io::Result<()> {
        self.file.as_file().sync_all()
    }

    /// Gives it its final name; a file of that name is replaced only where `replace` says so.
    ///
    /// # Errors
    /// Whatever the file system says; the name is taken.
    pub fn persist(self, path: &Path, replace: bool) -> io::Result<()> {
        let _naming = naming();
        self.rename(path, replace)
    }

    fn rename(self, path: &Path, replace: bool) -> io::Result<()> {
        let Self { file, listed, lock } = self;
        let renamed = if replace {
            file.persist(path)
        } else {
            file.persist_noclobber(path)
        };
        let renamed = renamed.map(drop).map_err(|error| match error.error.kind() {
            kind @ io::ErrorKind::AlreadyExists => {
                io::Error::new(kind, "another program wrote it meanwhile")
            }
            _ => error.error,
        });
        drop((listed, lock));
        renamed
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Removes the files `outdated`, where they exist, and gives `files` their final names, which no others may have: all of it
/// or nothing, as far as signals are concerned.
///
/// # Errors
/// The path that could not be removed or named, and what the file system says.
pub fn replace_files(
    outdated: impl IntoIterator<Item = PathBuf>,
    files: Vec<(PathBuf, StagedFile)>,
) -> Result<(), (PathBuf, io::Error)> {
    let _naming = naming();
    for path in outdated {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err((path, error)),
            _ => {}
        }
    }
    for (path, file) in files {
        file.rename(&path, false).map_err(|error| (path, error))?;
    }
    Ok(())
}

/// A folder under a temporary name. It is removed unless it is given its final name.
#[derive(Debug)]
pub struct StagedFolder {
    folder: TempDir,
    listed: Listed,
    lock: Option<File>,
}

impl StagedFolder {
    /// A new folder in `parent`, which is created where it is missing, with the permissions that the user's umask asks for.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn new(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        let prefix = temporary_name::prefix();
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let _naming = naming();
        let folder = builder.tempdir_in(parent)?;
        let listed = Listed::new(folder.path());
        let lock = temporary_name::lock(folder.path());
        Ok(Self {
            folder,
            listed,
            lock,
        })
    }

    /// Its temporary name.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Gives it the name `target`, in the same parent folder. What has that name is moved aside first and removed in the end:
    /// under the name there is always the old folder, the new one, or for a moment none.
    ///
    /// # Errors
    /// Whatever the file system says; the old folder has its name then.
    pub fn place(self, target: &Path) -> io::Result<()> {
        let parent = self.path().parent().unwrap_or(Path::new("."));
        let aside = Self::new(parent)?;
        let old = aside.path().join("old");
        let named = naming();
        let replaces = target.exists();
        if replaces {
            fs::rename(target, &old)?;
        }
        if let Err(error) = fs::rename(self.path(), target) {
            if replaces {
                fs::rename(&old, target)?;
            }
            return Err(error);
        }
        // It has its name; there is nothing left to remove.
        let Self {
            folder,
            listed,
            lock,
        } = self;
        let _ = folder.keep();
        drop((listed, lock));
        drop(named);
        aside.folder.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_listed(path: &Path) -> bool {
        staged().contains(path)
    }

    #[test]
    fn a_file_is_listed_until_it_has_its_name_or_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        for replace in [false, true, false] {
            let taken = target.exists();
            let mut file = StagedFile::new(folder.path()).unwrap();
            file.write_all(b"one").unwrap();
            let path = file.path().to_owned();
            assert!(is_listed(&path));
            let said = file
                .persist(&target, replace)
                .map_err(|error| error.to_string());
            let meanwhile = Err("another program wrote it meanwhile".to_owned());
            assert_eq!(said, if taken && !replace { meanwhile } else { Ok(()) });
            assert!(!is_listed(&path) && !path.exists());
        }
        let dropped = StagedFile::new(folder.path()).unwrap();
        let path = dropped.path().to_owned();
        drop(dropped);
        assert!(!is_listed(&path) && !path.exists());
    }

    #[test]
    fn a_folder_is_listed_until_it_has_its_name_or_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("model");
        for text in ["1", "2"] {
            let new = StagedFolder::new(folder.path()).unwrap();
            let path = new.path().to_owned();
            crate::fsio::write_atomic(&path.join("file"), text.as_bytes()).unwrap();
            assert!(is_listed(&path));
            new.place(&target).unwrap();
            assert!(!is_listed(&path));
            assert_eq!(fs::read_to_string(target.join("file")).unwrap(), text);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
        drop(StagedFolder::new(folder.path()).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn files_replace_others_together() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        crate::fsio::write_atomic(&a, b"old").unwrap();
        let file = || StagedFile::new(folder.path()).unwrap();
        let taken = replace_files([], vec![(b.clone(), file()), (a.clone(), file())]);
        assert_eq!(taken.unwrap_err().0, a);
        replace_files([a.clone(), b.clone()], vec![(a.clone(), file())]).unwrap();
        assert_eq!(fs::read(&a).unwrap(), b"");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_left_is_removed_with_everything_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let (file, deep) = (folder.path().join("file"), folder.path().join("folder/a/b"));
        for path in [&file, &deep] {
            crate::fsio::write_atomic(path, b"x").unwrap();
        }
        remove(&file);
        remove(&folder.path().join("folder"));
        remove(&folder.path().join("missing"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
