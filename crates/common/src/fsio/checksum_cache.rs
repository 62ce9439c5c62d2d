//! Checksums that are remembered: a file that bears the stamp of the last look is not read again.
//!
//! Hashing the weights of an encoder takes a tenth of a second to a second; neither a front that answers in milliseconds
//! nor each of a thousand trials can afford it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{OpenFile, Stamp, clear_abandoned, sha256_file, sha256_hex, write_atomic};

/// What a file held when it bore a stamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CachedChecksum {
    /// The file.
    pub path: PathBuf,
    /// The stamp that it bore before and after it was read.
    pub stamp: Stamp,
    /// The SHA-256 of its bytes.
    pub sha256: String,
}

impl CachedChecksum {
    /// The checksum, if the file still bears the stamp.
    pub fn if_unchanged(&self) -> Option<&str> {
        let now = Stamp::read(&self.path).ok()?;
        (now == self.stamp).then_some(self.sha256.as_str())
    }
}

/// All bytes of an open file, at most `longest`, with their SHA-256. It is taken from `known` where the open file bears the stamp noted
/// there, before it is read and afterwards.
///
/// # Errors
/// Those of [`OpenFile::read`].
pub fn read_hashed(
    file: &OpenFile,
    longest: u64,
    known: &[CachedChecksum],
) -> io::Result<(Vec<u8>, String)> {
    let stamp = file.stamp()?;
    let bytes = file.read(longest)?;
    let seen = known
        .iter()
        .find(|seen| seen.path == file.path() && seen.stamp == stamp);
    let sha256 = match seen {
        Some(seen) if file.stamp()? == stamp => seen.sha256.clone(),
        _ => sha256_hex(&bytes),
    };
    Ok((bytes, sha256))
}

/// A folder with one small file for each file that was hashed: `SUMS/HASH-OF-PATH`, a line of JSON and the SHA-256 of this
/// line. Whatever is wrong with one of them, it counts as none.
#[derive(Debug, Clone, Default)]
pub struct ChecksumCache {
    folder: Option<PathBuf>,
}

impl ChecksumCache {
    /// The memory in `folder`, which need not exist.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: Some(folder.to_owned()),
        }
    }

    /// A memory that keeps nothing: every file is read.
    pub fn disabled() -> Self {
        Self::default()
    }

    /// The SHA-256 of the file's contents; it is read only where it does not bear the stamp of the last look.
    ///
    /// # Errors
    /// Whatever reading the file says. A memory that cannot be written only costs a second look next time.
    pub fn sha256(&self, path: &Path) -> io::Result<String> {
        self.sha256_at(path, SystemTime::now())
    }

    /// What is remembered of the file, if it still bears that stamp.
    pub fn seen(&self, path: &Path) -> Option<CachedChecksum> {
        let path = std::path::absolute(path).ok()?;
        let seen = recall(&self.place(&path)?).filter(|seen| seen.path == path)?;
        seen.if_unchanged()?;
        Some(seen)
    }

    fn sha256_at(&self, path: &Path, now: SystemTime) -> io::Result<String> {
        if let Some(seen) = self.seen(path) {
            return Ok(seen.sha256);
        }
        let stamp = Stamp::read(path)?;
        let sha256 = sha256_file(path)?;
        if stamp.is_settled(now) && Stamp::read(path)? == stamp {
            let path = std::path::absolute(path)?;
            if let Some(place) = self.place(&path) {
                let _ = remember(
                    &place,
                    &CachedChecksum {
                        path,
                        stamp,
                        sha256: sha256.clone(),
                    },
                );
            }
        }
        Ok(sha256)
    }

    fn place(&self, path: &Path) -> Option<PathBuf> {
        let name = sha256_hex(path.as_os_str().as_encoded_bytes());
        Some(self.folder.as_ref()?.join(&name[..32]))
    }
}

fn remember(place: &Path, seen: &CachedChecksum) -> io::Result<()> {
    let line = serde_json::to_string(seen)?;
    let sum = sha256_hex(line.as_bytes());
    clear_abandoned(super::parent(place));
    write_atomic(place, format!("{line}\n{sum}\n").as_bytes())
}

fn recall(place: &Path) -> Option<CachedChecksum> {
    let text = fs::read_to_string(place).ok()?;
    let (line, sum) = text.split_once('\n')?;
    (sum.trim_end() == sha256_hex(line.as_bytes()))
        .then(|| serde_json::from_str(line).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use std::fs::FileTimes;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn later() -> SystemTime {
        SystemTime::now() + Duration::from_secs(3600)
    }

    fn set_modified(path: &Path, seconds: u64) {
        let file = fs::File::options().write(true).open(path).unwrap();
        let time = UNIX_EPOCH + Duration::from_secs(seconds);
        file.set_times(FileTimes::new().set_modified(time)).unwrap();
    }

    /// A folder with a file, its memory, and the one note in it.
    fn remembered(text: &[u8]) -> (tempfile::TempDir, PathBuf, ChecksumCache, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        write_atomic(&file, text).unwrap();
        let sums = ChecksumCache::at(&folder.path().join("sums"));
        let sum = sums.sha256_at(&file, later()).unwrap();
        assert_eq!(sum, sha256_hex(text));
        let mut notes = fs::read_dir(folder.path().join("sums")).unwrap();
        let note = notes.next().unwrap().unwrap().path();
        (folder, file, sums, note)
    }

    #[test]
    fn an_unchanged_file_is_not_read_again() {
        let (_folder, file, sums, note) = remembered(b"one");
        // A note that lies, with its sum made right, shows that the file is not read.
        let mut seen = sums.seen(&file).unwrap();
        seen.sha256 = "lie".to_owned();
        remember(&note, &seen).unwrap();
        assert_eq!(sums.sha256(&file).unwrap(), "lie");
    }

    #[test]
    #[cfg(unix)]
    fn a_changed_file_is_noticed_even_with_its_old_size_and_time() {
        let (_folder, file, sums, _) = remembered(b"one");
        let before = sums.seen(&file).unwrap();
        set_modified(&file, 1000);
        sums.sha256_at(&file, later()).unwrap();
        for replace in [true, false] {
            let text: &[u8] = if replace { b"two" } else { b"six" };
            if replace {
                write_atomic(&file, text).unwrap();
            } else {
                use std::io::Write as _;
                let mut open = fs::File::options().write(true).open(&file).unwrap();
                open.write_all(text).unwrap();
            }
            set_modified(&file, 1000);
            assert_eq!(before.if_unchanged(), None);
            assert_eq!(sums.sha256(&file).unwrap(), sha256_hex(text));
        }
    }

    #[test]
    fn a_known_checksum_counts_for_the_stamped_file_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_atomic(&path, b"one").unwrap();
        let known = [CachedChecksum {
            stamp: Stamp::read(&path).unwrap(),
            sha256: "as noted".to_owned(),
            path: path.clone(),
        }];
        let open = OpenFile::open(&path).unwrap();
        assert_eq!(read_hashed(&open, 3, &known).unwrap().1, "as noted");
        // What takes the name is another file; what is open is the same still, with another time of change.
        write_atomic(&path, b"two").unwrap();
        let later = OpenFile::open(&path).unwrap();
        assert_eq!(
            read_hashed(&later, 3, &known).unwrap(),
            (b"two".to_vec(), sha256_hex(b"two"))
        );
        assert_eq!(
            read_hashed(&open, 3, &known).unwrap(),
            (b"one".to_vec(), sha256_hex(b"one"))
        );
    }

    #[test]
    fn a_file_that_was_changed_just_now_is_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        write_atomic(&file, b"one").unwrap();
        let sums = ChecksumCache::at(&folder.path().join("sums"));
        sums.sha256(&file).unwrap();
        assert_eq!(sums.seen(&file), None);
        assert!(!folder.path().join("sums").exists());
    }

    #[test]
    fn a_damaged_note_counts_as_none() {
        let (_folder, file, sums, note) = remembered(b"one");
        let whole = fs::read_to_string(&note).unwrap();
        for spoilt in [
            String::new(),
            "{}\n".to_owned(),
            whole[..whole.len() / 2].to_owned(),
            whole.replacen("\"sha256\":\"", "\"sha256\":\"0", 1),
        ] {
            write_atomic(&note, spoilt.as_bytes()).unwrap();
            assert_eq!(sums.seen(&file), None, "{spoilt}");
            assert_eq!(sums.sha256_at(&file, later()).unwrap(), sha256_hex(b"one"));
            assert!(sums.seen(&file).is_some());
        }
    }

    #[test]
    fn a_forgetful_memory_reads_every_time() {
        let (_folder, file, _, _) = remembered(b"one");
        let none = ChecksumCache::disabled();
        assert_eq!(none.sha256_at(&file, later()).unwrap(), sha256_hex(b"one"));
        assert_eq!(none.seen(&file), None);
    }
}
