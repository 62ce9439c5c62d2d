//! One asset's place in the cache: its finished files, the manifest beside them, its partial downloads and its lock.
//!
//! ```text
//! CACHE/encoders/all-MiniLM-L6-v2/{config.json,…,placed.json}   finished; placed.json is the manifest
//! CACHE/partial/encoders/all-MiniLM-L6-v2/…                     downloads that can be resumed, and work in progress
//! CACHE/locks/encoders-all-MiniLM-L6-v2.lock
//! CACHE/sums/…                                                 checksums of files that did not change since
//! CACHE/archives/…                                              small packages that several datasets are built from
//! ```
//! A file takes its final name by a rename, after its checksum was found right; the manifest is written last. What the manifest does
//! not confirm does not exist for readers, so a fetch that is killed at any moment leaves at most a partial download.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::checksum::Checksum;
use super::error::{AssetError, AssetKind};
use super::manifest::Manifest;
use super::source_error::SourceError;
use fsl_common::fsio::{self, ChecksumCache};

const MANIFEST: &str = "placed.json";

/// One asset's place in the cache.
#[derive(Debug)]
pub(super) struct CacheEntry {
    folder: PathBuf,
    partial: PathBuf,
    lock: PathBuf,
    sums: ChecksumCache,
}

/// A file that a source brought.
#[derive(Debug)]
pub(super) struct FoundFile {
    /// The name that it gets.
    pub(super) name: String,
    /// Where it lies now.
    pub(super) path: PathBuf,
    /// Whether it belongs to this fetch and may be moved.
    pub(super) owner: Owner,
}

/// Whose a file is that a source brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// This fetch: the file is moved.
    Fetch,
    /// The hub's cache, whose files never change: the file is linked where the file system can, else copied.
    HubCache,
    /// Somebody else: the file is copied.
    Other,
}

/// The checksums that a cache remembers.
pub(super) fn sums(cache: &Path) -> ChecksumCache {
    ChecksumCache::at(&cache.join("sums"))
}

impl CacheEntry {
    /// The place of the asset whose folder is called `slug`.
    pub(super) fn new(cache: &Path, kind: AssetKind, slug: &str) -> Self {
        let group = match kind {
            AssetKind::Encoder => "encoders",
            AssetKind::Dataset => "datasets",
        };
        Self {
            folder: cache.join(group).join(slug),
            partial: cache.join("partial").join(group).join(slug),
            lock: cache.join("locks").join(format!("{group}-{slug}.lock")),
            sums: sums(cache),
        }
    }

    /// Where the finished files lie.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where partial downloads lie.
    pub(super) fn partial(&self) -> &Path {
        &self.partial
    }

    /// The SHA-256 of every finished file, by name. A file that is no longer what was placed is left out.
    pub(super) fn placed_checksums(&self) -> BTreeMap<String, String> {
        let old = Manifest::read(&self.folder.join(MANIFEST));
        let mut manifest = old.clone();
        let sums: BTreeMap<String, String> = old
            .names()
            .filter_map(|name| {
                let now = manifest.sha256(&self.sums, &self.folder, name).ok()?;
                (Some(now.as_str()) == old.noted(name)).then(|| (name.to_owned(), now))
            })
            .collect();
        if manifest != old && sums.len() == old.names().count() {
            // Only times changed. Failing to note them costs a second look next time, no more.
            let _ = manifest.write(&self.folder.join(MANIFEST));
        }
        sums
    }

    /// Whether all files that were placed are among these, optional ones included.
    pub(super) fn is_whole(&self, placed: &BTreeMap<String, String>) -> bool {
        let manifest = Manifest::read(&self.folder.join(MANIFEST));
        manifest.names().all(|name| placed.contains_key(name))
    }

    /// Waits until no other process fetches this asset; `waiting` is called once where there is one. The lock is given back
    /// when the returned file is dropped, also by the system when the process dies.
    pub(super) fn lock(&self, waiting: impl FnOnce()) -> Result<File, AssetError> {
        let disk = |error| AssetError::disk(&self.lock)(error);
        if let Some(folder) = self.lock.parent() {
            fs::create_dir_all(folder).map_err(disk)?;
        }
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.lock)
            .map_err(disk)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            waiting();
            file.lock().map_err(disk)?;
        }
        // A file system without locks: renames still keep readers safe, two fetches only do the work twice.
        Ok(file)
    }

    /// An empty folder for work in progress, cleared of what a killed fetch left.
    pub(super) fn work(&self) -> Result<PathBuf, SourceError> {
        let work = self.partial.join("work");
        match fs::remove_dir_all(&work) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::create_dir_all(&work),
        }
        .map_err(SourceError::disk(&work))?;
        Ok(work)
    }

    /// Checks every file against its checksum, where one is known, and puts all of them in place.
    ///
    /// `verified` is called between the two.
    pub(super) fn place(
        &self,
        found: Vec<FoundFile>,
        pins: &BTreeMap<String, Checksum>,
        verified: impl FnOnce(),
    ) -> Result<(), SourceError> {
        let work = self.partial.join("work");
        fs::create_dir_all(&work).map_err(SourceError::disk(&work))?;
        let mut staged = Vec::new();
        for file in found {
            let path = match file.owner {
                Owner::Fetch => file.path,
                Owner::HubCache | Owner::Other => take(&file, &work)?,
            };
            if let Some(pin) = pins.get(&file.name) {
                pin.verify(&file.name, &path)?;
            }
            staged.push((file.name, path));
        }
        verified();
        let disk = |path: &Path| SourceError::disk(path);
        fs::create_dir_all(&self.folder).map_err(disk(&self.folder))?;
        let at = self.folder.join(MANIFEST);
        let mut manifest = Manifest::read(&at);
        for (name, path) in staged {
            let target = self.folder.join(&name);
            let parent = fsio::parent(&target);
            fs::create_dir_all(parent).map_err(disk(parent))?;
            fs::rename(&path, &target).map_err(disk(&target))?;
            manifest.remove(&name);
            manifest
                .sha256(&self.sums, &self.folder, &name)
                .map_err(disk(&target))?;
        }
        manifest.write(&at).map_err(disk(&at))
    }

    /// Removes what is left of a finished fetch. What cannot be removed is in nobody's way.
    pub(super) fn remove_partial(&self) {
        let _ = fs::remove_dir_all(&self.partial);
    }
}

/// Brings a file of somebody else into the work folder.
fn take(file: &FoundFile, work: &Path) -> Result<PathBuf, SourceError> {
    let target = work.join(format!("{}.taken", file.name));
    let parent = fsio::parent(&target);
    fs::create_dir_all(parent).map_err(SourceError::disk(parent))?;
    // The hub's cache names its files by symbolic links: the link's target is what must be linked.
    let origin = fs::canonicalize(&file.path).map_err(SourceError::disk(&file.path))?;
    let linked = file.owner == Owner::HubCache && fs::hard_link(&origin, &target).is_ok();
    if !linked {
        fs::copy(&origin, &target).map_err(SourceError::disk(&target))?;
        make_writable(&target).map_err(SourceError::disk(&target))?;
    }
    Ok(target)
}

/// A copy of a read-only file is read-only too; the cache's owner must be able to replace it.
#[cfg(unix)]
fn make_writable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_writable(_: &Path) -> io::Result<()> {
    Ok(())
}
