//! Checksums that are remembered: a file whose size and time of change are those of the last look is not read again.
//!
//! Hashing the weights of an encoder takes a tenth of a second to a second; a front that answers in milliseconds cannot
//! afford it at every start.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::fsio;

/// The version of the format; a seal of another version counts as none.
const VERSION: u32 = 1;

/// What was found out about some files when their contents were last read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Seal {
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

impl Default for Seal {
    fn default() -> Self {
        Self {
            version: VERSION,
            files: BTreeMap::new(),
        }
    }
}

impl Seal {
    /// The seal at `path`; an empty one where there is none, or none that can be read.
    pub(super) fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap_or_default();
        serde_json::from_slice(&bytes)
            .ok()
            .filter(|seal: &Self| seal.version == VERSION)
            .unwrap_or_default()
    }

    /// Writes the seal.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        fsio::write_atomic(path, &bytes)
    }

    /// The files that something is noted about.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Drops what is noted about `name`.
    pub(super) fn forget(&mut self, name: &str) {
        self.files.remove(name);
    }

    /// The checksum that was last noted for `name`.
    pub(super) fn noted(&self, name: &str) -> Option<&str> {
        self.files.get(name).map(|entry| entry.sha256.as_str())
    }

    /// The SHA-256 of `folder/name` as it is now, read only where the file is not as it was noted. The new note is kept in
    /// memory: compare with [`Seal::noted`] before.
    pub(super) fn sha256(&mut self, folder: &Path, name: &str) -> io::Result<String> {
        let path = folder.join(name);
        let metadata = fs::metadata(&path)?;
        let (size, mtime_ns) = (metadata.len(), mtime_ns(&metadata)?);
        if let Some(entry) = self.files.get(name)
            && (entry.size, entry.mtime_ns) == (size, mtime_ns)
        {
            return Ok(entry.sha256.clone());
        }
        let sha256 = fsio::sha256_file(&path)?;
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

fn mtime_ns(metadata: &fs::Metadata) -> io::Result<i64> {
    let changed = metadata.modified()?;
    let nanoseconds = match changed.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()),
        Err(before) => i64::try_from(before.duration().as_nanos()).map(|nanoseconds| -nanoseconds),
    };
    Ok(nanoseconds.unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::fs::FileTimes;
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn a_file_is_read_again_only_when_size_or_time_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, at) = (folder.path().join("a"), folder.path().join("seal.json"));
        let set = |bytes: &[u8], seconds| {
            fsio::write_atomic(&file, bytes).unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            fs::File::options()
                .write(true)
                .open(&file)
                .unwrap()
                .set_times(FileTimes::new().set_modified(time))
                .unwrap();
        };
        set(b"one", 1000);
        let mut seal = Seal::read(&at);
        assert_eq!(seal.noted("a"), None);
        let first = seal.sha256(folder.path(), "a").unwrap();
        seal.write(&at).unwrap();
        // Same size, same time: taken as unchanged, which shows that the file was not read.
        set(b"two", 1000);
        assert_eq!(Seal::read(&at).sha256(folder.path(), "a").unwrap(), first);
        set(b"two", 1001);
        let mut seal = Seal::read(&at);
        assert_eq!(
            seal.sha256(folder.path(), "a").unwrap(),
            fsio::sha256_hex(b"two")
        );
        assert_eq!(Seal::read(&at).noted("a"), Some(first.as_str()));
    }

    #[test]
    fn a_broken_seal_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("seal.json");
        for text in [
            "",
            "{",
            "{\"version\":2,\"files\":{}}",
            "{\"version\":1,\"files\":{},\"more\":1}",
        ] {
            fsio::write_atomic(&at, text.as_bytes()).unwrap();
            assert_eq!(Seal::read(&at), Seal::default());
        }
    }
}
