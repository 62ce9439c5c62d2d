//! SHA-256 in hexadecimal.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::OpenFile;

/// The SHA-256 of `bytes` in lower-case hexadecimal, 64 characters.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The SHA-256 of a file's contents in lower-case hexadecimal.
///
/// # Errors
/// Whatever opening and reading the file says; pipes and devices are refused.
pub fn sha256_file(path: &Path) -> io::Result<String> {
    sha256_open(OpenFile::open(path)?.into_file())
}

/// The SHA-256 of all that is left of an open file, in lower-case hexadecimal.
///
/// # Errors
/// Whatever reading the file says.
pub fn sha256_open(file: File) -> io::Result<String> {
    digest_rest(Sha256::new(), file)
}

/// The digest, in lower-case hexadecimal, of what `digest` has taken in already and all that is left of `file`, which is read in blocks
/// of 1 MiB.
///
/// # Errors
/// Whatever reading the file says.
pub fn digest_rest(mut digest: impl Digest, mut file: File) -> io::Result<String> {
    let mut block = vec![0_u8; 1 << 20];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(hex(&digest.finalize())),
            Ok(read) => digest.update(&block[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// `bytes` in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fsio::write_atomic;

    /// The witness is FIPS 180-2, appendix B.1: the digest of "abc".
    #[test]
    fn checksums_are_sha_256() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), expected);
        let file = tempfile::NamedTempFile::new().unwrap();
        write_atomic(file.path(), b"abc").unwrap();
        assert_eq!(sha256_file(file.path()).unwrap(), expected);
    }
}
