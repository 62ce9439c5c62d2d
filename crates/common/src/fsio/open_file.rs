//! Files that are opened once: what is read is what was looked at, whatever takes the file's name meanwhile.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use super::Stamp;

/// A regular file, open for reading.
#[derive(Debug)]
pub struct OpenFile {
    path: PathBuf,
    file: File,
}

impl OpenFile {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// Whatever the file system says; [`io::ErrorKind::InvalidInput`] for pipes and devices: opening a pipe waits for a writer, and
    /// `/dev/zero` has no end.
    pub fn open(path: &Path) -> io::Result<Self> {
        // Before it is opened, for opening may wait; and again, for the name may mean another file by now.
        refuse_endless(&fs::metadata(path)?)?;
        let file = File::open(path)?;
        refuse_endless(&file.metadata()?)?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// The path that it was opened at.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The open file itself.
    pub(super) fn into_file(self) -> File {
        self.file
    }

    /// All bytes of the file.
    ///
    /// # Errors
    /// Whatever the file system says; a file of more than `longest` bytes, and one that is changed while it is read.
    pub fn read(&self, longest: u64) -> io::Result<Vec<u8>> {
        let before = self.stamp()?;
        if before.size() > longest {
            return Err(io::Error::other(format!(
                "it has {} bytes, at most {longest} are read",
                before.size()
            )));
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(before.size() as usize)?;
        let mut file = &self.file;
        file.rewind()?;
        file.take(longest + 1).read_to_end(&mut bytes)?;
        if self.stamp()?.has_contents_of(&before) && bytes.len() as u64 == before.size() {
            return Ok(bytes);
        }
        Err(io::Error::other("it was changed while it was read"))
    }

    /// The first `count` bytes, or all of a shorter file.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn read_start(&self, count: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut file = &self.file;
        file.rewind()?;
        file.take(count).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The stamp that the file bears now.
    pub(super) fn stamp(&self) -> io::Result<Stamp> {
        Stamp::from_metadata(&self.file.metadata()?)
    }
}

/// Refuses what is neither a file nor a folder, of which the system says itself that it cannot be read.
fn refuse_endless(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() || metadata.is_dir() {
        return Ok(());
    }
    let problem = "it is a pipe or a device, not a file";
    Err(io::Error::new(io::ErrorKind::InvalidInput, problem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fsio::{sha256_file, write_atomic};

    const LONGEST: u64 = 1 << 20;

    fn file(text: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_atomic(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn what_takes_the_name_later_is_not_read() {
        let (_folder, path) = file(b"one");
        let open = OpenFile::open(&path).unwrap();
        write_atomic(&path, b"two").unwrap();
        for _ in 0..2 {
            assert_eq!(open.read(LONGEST).unwrap(), b"one");
        }
    }

    #[test]
    fn files_have_a_longest_length() {
        let (_folder, path) = file(b"four");
        let open = OpenFile::open(&path).unwrap();
        assert_eq!(open.read(4).unwrap(), b"four");
        let error = open.read(3).unwrap_err().to_string();
        assert_eq!(error, "it has 4 bytes, at most 3 are read");
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_not_read() {
        for path in ["/dev/zero", "/dev/null"].map(Path::new) {
            let error = OpenFile::open(path).unwrap_err().to_string();
            assert_eq!(error, "it is a pipe or a device, not a file");
            assert_eq!(sha256_file(path).unwrap_err().to_string(), error);
        }
    }
}
