//! The folder that a split is written to.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::cli::error::CliError;
use crate::data::split::{Set, Split};
use crate::data::stream::Input;
use crate::fsio;

/// The report's file. It is written last: a folder with a report is whole.
const REPORT: &str = "split.json";

/// A folder that may be written to.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    replace: bool,
}

impl Folder {
    /// The folder at `path`, if none of the files that a split can have is in it, or `force` allows to replace them; the input
    /// is never replaced.
    pub(super) fn choose(input: &Input, path: PathBuf, force: bool) -> Result<Self, CliError> {
        let refused = |path: &Path, problem: &str| CliError::Usage {
            option: "--output",
            problem: format!("`{}` {problem}", path.display()),
        };
        if path.exists() && !path.is_dir() {
            return Err(refused(&path, "is not a folder"));
        }
        let source = match input {
            Input::File(path) => path.canonicalize().ok(),
            Input::Stdin | Input::Copied(_) => Path::new("/dev/stdin").canonicalize().ok(),
        };
        for name in names() {
            let file = path.join(name);
            let Ok(found) = file.symlink_metadata() else {
                continue;
            };
            if source.is_some() && file.canonicalize().ok() == source {
                return Err(refused(&file, "is the input, which is never overwritten"));
            }
            if found.is_dir() {
                return Err(refused(&file, "is a folder"));
            }
            if !force {
                return Err(refused(&file, "exists; `--force` replaces it"));
            }
        }
        Ok(Self {
            path,
            replace: force,
        })
    }

    /// Writes the sets and their report. Each file is written whole beside its place before any takes it; sets of an earlier
    /// split, which may share texts with these, go.
    pub(super) fn write(&self, split: &Split) -> Result<(), CliError> {
        let mut report = serde_json::to_vec_pretty(&split.report)
            .map_err(|error| self.failed(REPORT, error.into()))?;
        report.push(b'\n');
        fs::create_dir_all(&self.path).map_err(|error| self.failed("", error))?;
        let sets = split
            .files
            .iter()
            .map(|(set, bytes)| (set.file(), bytes.as_slice()));
        let mut staged = Vec::new();
        for (name, bytes) in sets.chain([(REPORT.to_owned(), report.as_slice())]) {
            let file = self.stage(bytes);
            let file = file.map_err(|error| self.failed(&name, error))?;
            staged.push((name, file));
        }
        if self.replace {
            for name in names().rev() {
                match fs::remove_file(self.path.join(&name)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(self.failed(&name, error));
                    }
                    _ => {}
                }
            }
        }
        for (name, file) in staged {
            let placed = file.persist_noclobber(self.path.join(&name));
            placed.map_err(|error| self.failed(&name, error.error))?;
        }
        Ok(())
    }

    fn stage(&self, bytes: &[u8]) -> io::Result<NamedTempFile> {
        let mut file = fsio::temporary(&self.path)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    fn failed(&self, name: &str, source: io::Error) -> CliError {
        CliError::Output {
            what: format!("`{}`", self.path.join(name).display()),
            source,
        }
    }

    /// What messages call it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The files that a split can have.
fn names() -> impl DoubleEndedIterator<Item = String> {
    Set::ALL
        .into_iter()
        .map(Set::file)
        .chain([REPORT.to_owned()])
}
