//! Stamps: what a file system says of a file that changes whenever its contents do.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A file that was changed less than this before it was looked at could be changed again under the same stamp: file
/// systems' clocks tick in milliseconds (ext4, xfs) to two seconds (FAT).
const SETTLED_NS: i128 = 2_000_000_000;

/// What a file system says of a file that changes whenever its contents do: nobody can set the time of the last change of
/// state (`ctime`), and a file that takes another's place has an inode of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stamp {
    /// Bytes.
    size: u64,
    /// Change of contents, nanoseconds from 1970, negative before.
    mtime_ns: i64,
    /// Change of contents, name or rights, likewise; 0 where the system has none.
    ctime_ns: i64,
    /// The file's number; 0 where the system has none.
    inode: u64,
}

impl Stamp {
    /// The stamp that the file at `path` bears now.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn read(path: &Path) -> io::Result<Self> {
        Self::from_metadata(&fs::metadata(path)?)
    }

    /// The stamp in what the file system says of a file.
    pub(super) fn from_metadata(metadata: &Metadata) -> io::Result<Self> {
        let (ctime_ns, inode) = change(metadata);
        Ok(Self {
            size: metadata.len(),
            mtime_ns: unix_ns(metadata.modified()?),
            ctime_ns,
            inode,
        })
    }

    /// The file's length in bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Whether the contents are those of another stamp of the same open file, which may have got another name meanwhile.
    pub(super) fn has_contents_of(&self, other: &Self) -> bool {
        (self.size, self.mtime_ns) == (other.size, other.mtime_ns)
    }

    /// Whether any change after `now` would change the stamp.
    pub(super) fn is_settled(&self, now: SystemTime) -> bool {
        let newest = i128::from(self.mtime_ns.max(self.ctime_ns));
        i128::from(unix_ns(now)) - newest >= SETTLED_NS
    }
}

#[cfg(unix)]
fn change(metadata: &Metadata) -> (i64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    let seconds = metadata.ctime().saturating_mul(1_000_000_000);
    (
        seconds.saturating_add(metadata.ctime_nsec()),
        metadata.ino(),
    )
}

#[cfg(not(unix))]
fn change(_: &Metadata) -> (i64, u64) {
    (0, 0)
}

/// Nanoseconds from 1970 to `time`, negative before.
pub fn unix_ns(time: SystemTime) -> i64 {
    let nanoseconds = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()),
        Err(before) => i64::try_from(before.duration().as_nanos()).map(|nanoseconds| -nanoseconds),
    };
    nanoseconds.unwrap_or(i64::MAX)
}
