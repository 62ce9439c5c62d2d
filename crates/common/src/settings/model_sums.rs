//! The checksums in a model folder: a file that is not the one that was saved is found before it is used.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::model_folder::{MODEL_FILES, SUMS};
use crate::fsio;

/// The longest file of checksums that is read, in bytes.
const LONGEST: u64 = 1 << 16;

/// The checksums of files as `sha256sum` writes them: a line for each, the SHA-256 in hexadecimal and the name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSums(Vec<(String, String)>);

/// Why the files of a model folder are not those that were saved.
#[derive(Debug, Error)]
pub enum ModelFault {
    /// A file cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
    /// A file is another one, or the file of checksums is none.
    #[error("`{}` {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, after its name.
        problem: String,
    },
}

impl FileSums {
    /// Adds a file that is called `name` and has these contents.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        self.0.push((name.to_owned(), fsio::sha256_hex(bytes)));
    }

    /// The file of the checksums.
    pub fn to_text(&self) -> String {
        let lines = self.0.iter();
        lines.fold(String::new(), |text, (name, sum)| {
            text + sum + "  " + name + "\n"
        })
    }

    /// The checksums of a model folder; `None` where it has none, as those of earlier programs.
    ///
    /// # Errors
    /// See [`ModelFault`].
    pub fn read(folder: &Path) -> Result<Option<Self>, ModelFault> {
        let path = folder.join(SUMS);
        let read = fsio::OpenFile::open(&path).and_then(|file| file.read(LONGEST));
        let text = match read {
            Ok(bytes) => String::from_utf8(bytes).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ModelFault::Unreadable { path, source }),
        };
        match text.as_deref().and_then(Self::parse) {
            Some(sums) => Ok(Some(sums)),
            None => Err(ModelFault::Damaged {
                path,
                problem: "is damaged: its lines must be a SHA-256 and a name each".to_owned(),
            }),
        }
    }

    /// Checks that the file `name` of `folder`, whose checksum is `got`, is the one that was saved.
    ///
    /// # Errors
    /// [`ModelFault::Damaged`], also where it is not listed.
    pub fn check(&self, folder: &Path, name: &str, got: &str) -> Result<(), ModelFault> {
        let damaged = |file: &str, problem: String| {
            let path = folder.join(file);
            Err(ModelFault::Damaged { path, problem })
        };
        match self.0.iter().find(|(file, _)| file == name) {
            Some((_, sum)) if sum == got => Ok(()),
            Some(_) => damaged(
                name,
                format!("is not as it was saved: its checksum is not the one in `{SUMS}`"),
            ),
            None => damaged(SUMS, format!("does not list `{name}`")),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().map(|line| {
            let (sum, name) = line.split_once("  ")?;
            let is_sum = sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
            let is_name = !name.is_empty() && !name.contains(['/', '\\']) && name != "..";
            (is_sum && is_name).then(|| (name.to_owned(), sum.to_lowercase()))
        });
        let sums: Vec<(String, String)> = lines.collect::<Option<_>>()?;
        (!sums.is_empty() && text.ends_with('\n')).then_some(Self(sums))
    }
}

/// Reads every file of a model folder, and compares it with its checksum. A folder without checksums, from an earlier program, is not
/// checked.
///
/// # Errors
/// See [`ModelFault`]; the first file that is not as it was saved.
pub fn check_files(folder: &Path) -> Result<(), ModelFault> {
    let Some(sums) = FileSums::read(folder)? else {
        return Ok(());
    };
    let listed = sums.0.iter().map(|(name, _)| name.as_str());
    let parts = MODEL_FILES.into_iter().filter(|name| *name != SUMS);
    for name in listed.chain(parts.filter(|name| folder.join(name).exists())) {
        let path = folder.join(name);
        match fsio::sha256_file(&path) {
            Ok(got) => sums.check(folder, name, &got)?,
            Err(source) => return Err(ModelFault::Unreadable { path, source }),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The witness is FIPS 180-2, appendix B.1, in the format of `sha256sum`.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n";

    #[test]
    fn the_text_is_that_of_sha256sum() {
        let mut sums = FileSums::default();
        sums.add("a", b"abc");
        assert_eq!(sums.to_text(), ABC);
        assert_eq!(FileSums::parse(ABC), Some(sums));
    }

    #[test]
    fn a_file_that_changed_and_damaged_checksums_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let said = || {
            check_files(folder.path()).map_err(|fault| {
                fault
                    .to_string()
                    .replace(&folder.path().display().to_string(), "m")
            })
        };
        fsio::write_atomic(&at("a"), b"abc").unwrap();
        assert_eq!(said(), Ok(()));
        fsio::write_atomic(&at(SUMS), ABC.as_bytes()).unwrap();
        fsio::write_atomic(&at("vocab.txt"), b"").unwrap();
        let expected = "`m/SHA256SUMS` does not list `vocab.txt`";
        assert_eq!(said(), Err(expected.to_owned()));
        std::fs::remove_file(at("vocab.txt")).unwrap();
        std::fs::remove_file(at(SUMS)).unwrap();
        fsio::write_atomic(&at(SUMS), ABC.as_bytes()).unwrap();
        assert_eq!(said(), Ok(()));
        fsio::write_atomic(&at("a"), b"abd").unwrap();
        let changed = "`m/a` is not as it was saved: its checksum is not the one in `SHA256SUMS`";
        assert_eq!(said(), Err(changed.to_owned()));
        std::fs::remove_file(at("a")).unwrap();
        assert!(said().unwrap_err().starts_with("`m/a` cannot be read"));
        for damaged in [
            "",
            "x",
            &ABC[1..],
            &ABC[..66],
            &ABC.replace("  a", "  ../a"),
        ] {
            fsio::write_atomic(&at(SUMS), damaged.as_bytes()).unwrap();
            assert!(
                said().unwrap_err().starts_with("`m/SHA256SUMS` is damaged"),
                "{damaged}"
            );
        }
    }
}
