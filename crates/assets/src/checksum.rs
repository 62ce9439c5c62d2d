//! The two checksums by which files are known: SHA-256, and the SHA-1 that git gives a blob.

use std::fs::File;
use std::io;
use std::path::Path;

use sha1::{Digest, Sha1};

use super::source_error::SourceError;
use fsl_common::fsio;

/// The digits of a SHA-256, and of git's SHA-1.
pub(super) const SHA256_DIGITS: usize = 64;
pub(super) const GIT_BLOB_DIGITS: usize = 40;

/// What a file's bytes must hash to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checksum {
    /// SHA-256 of the bytes, 64 lower-case hexadecimal digits.
    Sha256(String),
    /// SHA-1 of `blob LENGTH\0` and the bytes, 40 digits: git's name for a file's contents, which the hub and code hosts
    /// publish for small files.
    GitBlob(String),
}

impl Checksum {
    /// The checksum that an ETag of the hub is: 64 digits for files in large-file storage, 40 for those in git. Other ETags
    /// are none.
    pub(super) fn from_etag(etag: &str) -> Option<Self> {
        if is_hex(etag, SHA256_DIGITS) {
            Some(Self::Sha256(etag.to_owned()))
        } else if is_hex(etag, GIT_BLOB_DIGITS) {
            Some(Self::GitBlob(etag.to_owned()))
        } else {
            None
        }
    }

    /// Whether the file's bytes are the expected ones; [`SourceError::Checksum`] names the file as `name`.
    pub(super) fn verify(&self, name: &str, path: &Path) -> Result<(), SourceError> {
        let (expected, got) = match self {
            Self::Sha256(expected) => (expected, fsio::sha256_file(path)),
            Self::GitBlob(expected) => (expected, git_blob_file(path)),
        };
        let got = got.map_err(SourceError::disk(path))?;
        if got == *expected {
            return Ok(());
        }
        Err(SourceError::Checksum {
            file: name.to_owned(),
            expected: expected.clone(),
            got,
        })
    }
}

/// Whether `text` is so many lower-case hexadecimal digits.
pub(super) fn is_hex(text: &str, digits: usize) -> bool {
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == digits && text.bytes().all(is_digit)
}

/// git's SHA-1 of a file's contents.
fn git_blob_file(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    let header = format!("blob {}\0", file.metadata()?.len());
    fsio::digest_rest(Sha1::new().chain_update(header), file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: `printf 'hello\n' | git hash-object --stdin` and `printf 'hello\n' | sha256sum`.
    #[test]
    fn checksums_are_git_s_and_sha256sum_s() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fsio::write_atomic(&path, b"hello\n").unwrap();
        let blob = Checksum::from_etag("ce013625030ba8dba906f756967f9e9ca394464a").unwrap();
        blob.verify("file", &path).unwrap();
        let sum = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
        Checksum::from_etag(sum)
            .unwrap()
            .verify("file", &path)
            .unwrap();
        let wrong = Checksum::GitBlob("0".repeat(40))
            .verify("file", &path)
            .unwrap_err();
        insta::assert_snapshot!(wrong, @"`file` has checksum ce013625030ba8dba906f756967f9e9ca394464a, expected 0000000000000000000000000000000000000000");
    }

    #[test]
    fn other_etags_are_no_checksums() {
        for etag in ["", "abc", &"g".repeat(40), &"0".repeat(41), "W/0123"] {
            assert_eq!(Checksum::from_etag(etag), None);
        }
    }
}
