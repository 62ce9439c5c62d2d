//! Outputs of commands: whether they may be written, checked before any work starts, and how.
//!
//! No command replaces a file that is there without `--force`, apart from pages that `report` made. Inputs, specs, encoders,
//! models and stored results are never replaced, by whatever name.

mod output_dir;
mod protected;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Component, Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::console;
use super::error::CliError;
use super::output_error::{OutputError, Reason};
use fsl_assets::AssetSettings;
use fsl_common::fsio::{self, StagedFile, StagedFolder};
use fsl_core::spec::Experiment;
use fsl_data::stream::{Input, StreamError};
use fsl_report::html::GENERATOR;
use fsl_report::runs::OutputFile;
pub use output_dir::{CARD, CARD_MARK, OutputDir};
use protected::{Protected, resolved};

/// The option that most commands name their output by.
const OPTION: &str = "--output";

/// Files of one output that are each waited for until the disk has them.
const MOST_SYNCED: usize = 100;

/// How far into a file it is looked for what made it, in bytes.
const HEAD: u64 = 4096;

/// What the outputs of a command may replace.
#[derive(Debug)]
pub struct OutputPolicy {
    protected: Protected,
    force: bool,
}

impl OutputPolicy {
    /// What has been fetched is protected, and nothing is replaced without `force`.
    pub fn new(force: bool) -> Self {
        let mut protected = Protected::default();
        // Without settings nothing can have been fetched; commands that fetch say what is wrong with them.
        if let Ok(settings) = AssetSettings::from_env() {
            protected.assets(&settings);
        }
        Self { protected, force }
    }

    /// Protects the input.
    #[must_use]
    pub fn input(mut self, input: &Input) -> Self {
        self.protected.input(input);
        self
    }

    /// Protects a file, or a folder with everything in it. `what` continues "is" and "lies in".
    #[must_use]
    pub fn path(mut self, what: &str, path: &Path) -> Self {
        self.protected.add(what.to_owned(), path);
        self
    }

    /// Protects an encoder that is named by its folder.
    #[must_use]
    pub fn encoder(mut self, name: &str) -> Self {
        self.protected.encoder(name);
        self
    }

    /// Protects specs with their data and encoders, and what is stored of them.
    #[must_use]
    pub fn experiments(mut self, experiments: &[Experiment], results: &Path) -> Self {
        for experiment in experiments {
            self.protected.experiment(experiment);
        }
        let store = results.join("store");
        let what = format!("the results store `{}`", store.display());
        self.protected.add(what, &store);
        self
    }

    /// An output at `path`, which `option` names; `-` is standard output.
    ///
    /// # Errors
    /// [`OutputError`] where it must not be written.
    pub fn file(&self, option: &'static str, path: &Path) -> Result<Output, OutputError> {
        self.output(option, path, |_| false)
    }

    /// As [`OutputPolicy::file`]; a page of an earlier report is replaced unasked.
    ///
    /// # Errors
    /// [`OutputError`] where it must not be written.
    pub fn page(&self, option: &'static str, path: &Path) -> Result<Output, OutputError> {
        self.output(option, path, is_page)
    }

    fn output(
        &self,
        option: &'static str,
        path: &Path,
        is_ours: fn(&Path) -> bool,
    ) -> Result<Output, OutputError> {
        let refused = |reason| OutputError::new(option, path, reason);
        if path == Path::new("-") {
            return Ok(Output::Stdout);
        }
        if path.is_dir() {
            return Err(refused(Reason::WrongKind("is a folder")));
        }
        if path.exists() && !path.is_file() {
            return Ok(Output::Device(path.to_owned()));
        }
        if let Some(reason) = self.protected.reason(path) {
            return Err(refused(Reason::Protected(reason)));
        }
        let exists = fs::symlink_metadata(path).is_ok();
        if exists && !self.force && !is_ours(path) {
            return Err(refused(Reason::Exists));
        }
        Ok(Output::File {
            name: path.to_owned(),
            // The file that a link leads to is replaced, not the link.
            path: resolved(path),
            replace: exists,
        })
    }

    /// Refuses a folder of several files in which nothing may be written; its files are checked once they are known.
    ///
    /// # Errors
    /// [`OutputError`] where it must not be written.
    pub fn folder(&self, option: &'static str, path: &Path) -> Result<(), OutputError> {
        let refused = |reason| OutputError::new(option, path, reason);
        if path.exists() && !path.is_dir() {
            return Err(refused(Reason::WrongKind("is not a folder")));
        }
        // A file of that folder, for the folder itself may well hold inputs beside the outputs.
        match self.protected.reason(&path.join("output")) {
            Some(reason) => Err(refused(Reason::Protected(reason))),
            None => Ok(()),
        }
    }

    /// Writes files as a folder that is new or empty: all of them, or none.
    ///
    /// # Errors
    /// [`OutputError`] where it must not be written or holds something, and where it cannot be written.
    pub fn new_folder(
        &self,
        option: &'static str,
        folder: &Path,
        make: impl FnOnce() -> Result<Vec<OutputFile>, CliError>,
    ) -> Result<Vec<OutputFile>, CliError> {
        self.folder(option, folder)?;
        let place = resolved(folder);
        let empty = || match fs::read_dir(&place).map(|mut entries| entries.next()) {
            Ok(Some(Ok(entry))) => {
                let name = entry.file_name().to_string_lossy().into_owned();
                Err(OutputError::new(option, folder, Reason::NotEmpty(name)))
            }
            _ => Ok(()),
        };
        empty()?;
        let files = make()?;
        let failed = |source| CliError::Output {
            what: format!("`{}`", folder.display()),
            source,
        };
        let staged = StagedFolder::new(fsio::parent(&place)).map_err(failed)?;
        for file in &files {
            fsio::write_atomic(&staged.path().join(&file.path), &file.bytes).map_err(failed)?;
        }
        empty()?;
        staged.place(&place).map_err(failed)?;
        Ok(files)
    }

    /// Writes files into a folder, beside what is in it: all of them, or none where one must not be written or its name leads out of
    /// the folder. A file that is there with the same bytes stays.
    ///
    /// # Errors
    /// [`OutputError`] for the first that must not be written, and where one cannot be written.
    pub fn write_files(
        &self,
        option: &'static str,
        folder: &Path,
        files: &[OutputFile],
    ) -> Result<(), CliError> {
        if let Some(file) = files.iter().find(|file| !stays_inside(&file.path)) {
            return Err(CliError::Outside {
                folder: folder.display().to_string(),
                path: file.path.clone(),
            });
        }
        let mut outputs = Vec::new();
        for file in files {
            let path = folder.join(&file.path);
            if path.is_file() && fs::read(&path).is_ok_and(|bytes| bytes == file.bytes) {
                continue;
            }
            outputs.push((self.file(option, &path)?, &file.bytes));
        }
        // Waiting for the disk after each of twenty thousand files takes a minute, and they can be made again at any time.
        let durable = outputs.len() <= MOST_SYNCED;
        for (output, bytes) in outputs {
            output.put(bytes, durable)?;
        }
        Ok(())
    }
}

/// Whether a relative path leads to a place below the folder that it counts from.
fn stays_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    parts.all(|part| matches!(part, Component::Normal(_)))
}

/// Whether a file is a page that this program made, which its head says.
fn is_page(path: &Path) -> bool {
    head_has(
        path,
        &format!("<meta name=\"generator\" content=\"{GENERATOR}"),
    )
}

/// Whether the start of a file has this mark.
fn head_has(path: &Path, mark: &str) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && String::from_utf8_lossy(&head).contains(mark)
}

/// Where a command's output goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// A device or a pipe, which is written to as it is: to rename a file over it would take its place.
    Device(PathBuf),
    /// A file that is there whole or not at all.
    File {
        /// As it was asked for.
        name: PathBuf,
        /// Where that is.
        path: PathBuf,
        /// Whether a file that is there is replaced.
        replace: bool,
    },
}

impl Output {
    /// Writes the whole output, gzipped where the name says so.
    ///
    /// # Errors
    /// [`CliError::Output`] where it cannot be written.
    pub fn write(&self, bytes: &[u8]) -> Result<(), CliError> {
        self.put(bytes, true)
    }

    /// As [`Output::write`]; only what is `durable` is certainly on the disk afterwards, whatever happens to the machine.
    fn put(&self, bytes: &[u8], durable: bool) -> Result<(), CliError> {
        let written = match self {
            Self::Stdout => {
                return console::print_output(&String::from_utf8_lossy(bytes)).map(drop);
            }
            Self::Device(path) => device(path).and_then(|mut file| file.write_all(bytes)),
            Self::File { path, replace, .. } => staged(path).and_then(|mut file| {
                if is_gzip(path) {
                    let mut packed =
                        GzEncoder::new(BufWriter::new(&mut file), Compression::default());
                    packed.write_all(bytes)?;
                    packed.finish()?.flush()?;
                } else {
                    file.write_all(bytes)?;
                }
                if durable {
                    file.sync()?;
                }
                file.persist(path, *replace)
            }),
        };
        written.map_err(|source| self.failed(source))
    }

    /// Has `fill` write the output, gzipped where the name says so, and puts it in place where that succeeds.
    ///
    /// # Errors
    /// Whatever `fill` says, and [`StreamError::Output`] where it cannot be written.
    pub fn stream<T>(
        &self,
        fill: &mut dyn FnMut(&mut dyn Write) -> Result<T, StreamError>,
    ) -> Result<T, StreamError> {
        let (path, replace) = match self {
            Self::Stdout => return fill(&mut io::stdout().lock()),
            Self::Device(path) => return fill(&mut device(path).map_err(StreamError::Output)?),
            Self::File { path, replace, .. } => (path, *replace),
        };
        let mut file = staged(path).map_err(StreamError::Output)?;
        let done = if is_gzip(path) {
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

    /// The error of an output that cannot be written.
    pub fn failed(&self, source: io::Error) -> CliError {
        CliError::Output {
            what: self.name(),
            source,
        }
    }

    /// What messages call it.
    pub fn name(&self) -> String {
        match self {
            Self::Stdout => "standard output".to_owned(),
            Self::Device(path) | Self::File { name: path, .. } => format!("`{}`", path.display()),
        }
    }
}

fn is_gzip(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("gz"))
}

fn device(path: &Path) -> io::Result<File> {
    File::options().write(true).open(path)
}

/// A file under a temporary name beside `path`, whose folder is made where it is missing.
fn staged(path: &Path) -> io::Result<StagedFile> {
    let folder = fsio::parent(path);
    fs::create_dir_all(folder)?;
    fsio::clear_abandoned(folder);
    StagedFile::new(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_outside_the_folder() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("out");
        let policy = OutputPolicy::new(false);
        let write =
            |folder: &Path, files: &[OutputFile]| policy.write_files("--plots", folder, files);
        let file = |path: &str| OutputFile {
            path: path.to_owned(),
            bytes: vec![1],
        };
        for path in ["../x", "/tmp/fsl-exp-x", "a/../../x", "./x/.."] {
            let refused = write(&folder, &[file("fine"), file(path)]).unwrap_err();
            assert!(matches!(&refused, CliError::Outside { path: got, .. } if got == path));
            assert_eq!(refused.exit(), crate::cli::exit::Exit::Bug);
        }
        assert!(!folder.exists());
        write(&folder, &[file("a/b"), file("c")]).unwrap();
        assert!(folder.join("a/b").is_file() && folder.join("c").is_file());
    }
}
