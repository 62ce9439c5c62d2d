//! Manifests: the checksums of an asset's files when they were placed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use fsl_common::fsio::{self, ChecksumCache};

/// The version of the format; a manifest of another version counts as none.
const VERSION: u32 = 1;

/// What was found out about an asset's files when they were placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Manifest {
    version: u32,
    files: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    /// Bytes.
    size: u64,
    /// Nanoseconds from 1970, negative before.
    mtime_ns: i64,
    sha256: String,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            version: VERSION,
            files: BTreeMap::new(),
        }
    }
}

impl Manifest {
    /// The manifest at `path`; an empty one where there is none, or none that can be read.
    pub(super) fn read(path: &Path) -> Self {
        Self::parse(&fs::read(path).unwrap_or_default())
    }

    /// The manifest in a file of these bytes; an empty one where it cannot be read.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes)
            .ok()
            .filter(|manifest: &Self| manifest.version == VERSION)
            .unwrap_or_default()
    }

    /// Writes the manifest.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        fsio::clear_abandoned(fsio::parent(path));
        fsio::write_atomic(path, &bytes)
    }

    /// The files that something is noted about.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Removes the entry of `name`.
    pub(super) fn remove(&mut self, name: &str) {
        self.files.remove(name);
    }

    /// The checksum that was last noted for `name`.
    pub(super) fn noted(&self, name: &str) -> Option<&str> {
        self.files.get(name).map(|entry| entry.sha256.as_str())
    }

    /// The SHA-256 of `folder/name` as it is now, read only where `sums` does not remember it. The new note is kept in
    /// memory: compare with [`Manifest::noted`] before.
    pub(super) fn sha256(
        &mut self,
        sums: &ChecksumCache,
        folder: &Path,
        name: &str,
    ) -> io::Result<String> {
        let path = folder.join(name);
        let metadata = fs::metadata(&path)?;
        let (size, mtime_ns) = (metadata.len(), fsio::unix_ns(metadata.modified()?));
        let sha256 = sums.sha256(&path)?;
        self.files.insert(
            name.to_owned(),
            Entry {
                size,
                mtime_ns,
                sha256: sha256.clone(),
            },
        );
        Ok(sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_tells_what_was_placed_and_what_is_there_now() {
        let folder = tempfile::tempdir().unwrap();
        let (file, at) = (folder.path().join("a"), folder.path().join("manifest.json"));
        fsio::write_atomic(&file, b"one").unwrap();
        let sums = ChecksumCache::disabled();
        let mut manifest = Manifest::read(&at);
        assert_eq!(manifest.noted("a"), None);
        let first = manifest.sha256(&sums, folder.path(), "a").unwrap();
        manifest.write(&at).unwrap();
        fsio::write_atomic(&file, b"two").unwrap();
        let mut manifest = Manifest::read(&at);
        let now = manifest.sha256(&sums, folder.path(), "a").unwrap();
        assert_eq!(now, fsio::sha256_hex(b"two"));
        assert_eq!(Manifest::read(&at).noted("a"), Some(first.as_str()));
    }

    #[test]
    fn a_broken_manifest_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("manifest.json");
        for text in [
            "",
            "{",
            "{\"version\":2,\"files\":{}}",
            "{\"version\":1,\"files\":{},\"more\":1}",
        ] {
            fsio::write_atomic(&at, text.as_bytes()).unwrap();
            assert_eq!(Manifest::read(&at), Manifest::default());
        }
    }
}
