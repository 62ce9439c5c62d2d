//! Where a command's output of any size goes.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::error::CliError;
use crate::data::stream::{Input, Progress, StreamError};
use crate::fsio::StagedFile;

/// Where the output goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    Stdout,
    /// A device or a pipe, which is written to as it is.
    Device(PathBuf),
    /// A file that is there whole or not at all.
    File {
        path: PathBuf,
        replace: bool,
    },
}

impl Target {
    /// The target at `path`, if it may be written to: it is neither the input nor, without `force`, there already.
    pub(super) fn choose(input: &Input, path: PathBuf, force: bool) -> Result<Self, CliError> {
        let refused = |problem: String| CliError::Usage {
            option: "--output",
            problem: format!("`{}` {problem}", path.display()),
        };
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        if path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("zip"))
        {
            return Err(refused(
                "would be a zip archive; write `.csv` or `.csv.gz`".to_owned(),
            ));
        }
        // The file that a link leads to is replaced, not the link.
        let Ok(found) = path.canonicalize() else {
            return Ok(Self::File {
                path,
                replace: force,
            });
        };
        let from = match input {
            Input::Stdin | Input::Copied(_) => Path::new("/dev/stdin"),
            Input::File(path) => path,
        };
        if found.is_file() && from.canonicalize().is_ok_and(|from| from == found) {
            return Err(refused(
                "is the input, which is never overwritten".to_owned(),
            ));
        }
        if found.is_dir() {
            return Err(refused("is a folder".to_owned()));
        }
        if !found.is_file() {
            return Ok(Self::Device(path));
        }
        if !force {
            return Err(refused("exists; `--force` replaces it".to_owned()));
        }
        Ok(Self::File {
            path: found,
            replace: true,
        })
    }

    /// Has `fill` write the output, and puts it in place where that succeeds.
    pub(super) fn write(
        &self,
        fill: &mut dyn FnMut(&mut dyn Write) -> Result<Progress, StreamError>,
    ) -> Result<Progress, StreamError> {
        let (path, replace) = match self {
            Self::Stdout => return fill(&mut io::stdout().lock()),
            Self::Device(path) => {
                let mut file = File::options()
                    .write(true)
                    .open(path)
                    .map_err(StreamError::Output)?;
                return fill(&mut file);
            }
            Self::File { path, replace } => (path, *replace),
        };
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder).map_err(StreamError::Output)?;
        let mut file = StagedFile::new(folder).map_err(StreamError::Output)?;
        let done = if path.extension() == Some(OsStr::new("gz")) {
            let mut packed = GzEncoder::new(BufWriter::new(&mut file), Compression::default());
            let done = fill(&mut packed)?;
            let flushed = packed.finish().and_then(|mut out| out.flush());
            flushed.map(|()| done).map_err(StreamError::Output)?
        } else {
            fill(&mut file)?
        };
        let placed = file.sync().and_then(|()| file.persist(path, replace));
        placed.map(|()| done).map_err(StreamError::Output)
    }

    /// The error of a target that cannot be written.
    pub(super) fn failed(&self, source: io::Error) -> CliError {
        CliError::Output {
            what: self.name(),
            source,
        }
    }

    /// What messages call it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Stdout => "standard output".to_owned(),
            Self::Device(path) | Self::File { path, .. } => format!("`{}`", path.display()),
        }
    }
}
