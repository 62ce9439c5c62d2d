//! The folder that a split is written to.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::error::CliError;
use crate::cli::output::{Output, OutputPolicy};
use fsl_common::fsio::{self, StagedFile};
use fsl_data::split::{Set, Split};

/// The report's file. It is written last: a folder with a report is whole.
const REPORT: &str = "split.json";

/// A folder that may be written to.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    replace: bool,
}

impl Folder {
    /// The folder at `path`, if each of the files that a split can have may be written there.
    pub(super) fn new(policy: &OutputPolicy, path: PathBuf) -> Result<Self, CliError> {
        policy.folder("--output", &path)?;
        let mut replace = false;
        for name in names() {
            let file = path.join(name);
            let output = policy.file("--output", &file)?;
            if let Output::Device(_) = output {
                return Err(CliError::Usage {
                    option: "--output",
                    problem: format!("`{}` is not a file", file.display()),
                });
            }
            replace |= matches!(output, Output::File { replace: true, .. });
        }
        Ok(Self { path, replace })
    }

    /// Writes the sets and their report. Each file is written whole beside its place before any takes it; sets of an earlier
    /// split, which may share texts with these, go.
    pub(super) fn write(&self, split: &Split) -> Result<(), CliError> {
        let mut report = serde_json::to_vec_pretty(&split.report)
            .map_err(|error| self.failed(REPORT, error.into()))?;
        report.push(b'\n');
        fs::create_dir_all(&self.path).map_err(|error| self.failed("", error))?;
        fsio::clear_abandoned(&self.path);
        let sets = split
            .files
            .iter()
            .map(|(set, bytes)| (set.file(), bytes.as_slice()));
        let mut staged = Vec::new();
        for (name, bytes) in sets.chain([(REPORT.to_owned(), report.as_slice())]) {
            let file = self.stage(bytes);
            let file = file.map_err(|error| self.failed(&name, error))?;
            staged.push((self.path.join(name), file));
        }
        let outdated = names().rev().filter(|_| self.replace);
        let outdated = outdated.map(|name| self.path.join(name));
        fsio::replace_files(outdated, staged).map_err(|(path, source)| CliError::Output {
            what: format!("`{}`", path.display()),
            source,
        })
    }

    fn stage(&self, bytes: &[u8]) -> io::Result<StagedFile> {
        let mut file = StagedFile::new(&self.path)?;
        file.write_all(bytes)?;
        file.sync()?;
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
