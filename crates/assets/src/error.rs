//! Errors of fetching an encoder or a dataset.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::source_error::SourceFailure;
use fsl_common::sentence::SentenceFault;
use fsl_common::settings::HubSource;
use fsl_common::shown;

/// The two kinds of asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssetKind {
    /// A pretrained encoder.
    Encoder,
    /// A labelled dataset.
    Dataset,
}

impl fmt::Display for AssetKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Encoder => "encoder",
            Self::Dataset => "dataset",
        })
    }
}

/// Why an encoder or a dataset could not be had. [`AssetError::hint`] says what would help.
#[derive(Debug, Error)]
pub enum AssetError {
    /// A name that the catalogue does not hold.
    #[error("unknown {kind} `{name}`; known are {}", ticked(allowed))]
    UnknownName {
        /// What was looked for.
        kind: AssetKind,
        /// The name as given.
        name: String,
        /// The known name nearest to it, where one is near.
        suggestion: Option<String>,
        /// Every known name.
        allowed: Vec<String>,
    },
    /// A reference to an encoder that cannot be read.
    #[error("encoder reference `{text}`: {problem}")]
    BadReference {
        /// The reference as given.
        text: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An encoder's folder that does not hold what an encoder needs.
    #[error("encoder folder `{}` lacks {}", folder.display(), ticked(missing))]
    FolderLacks {
        /// The folder.
        folder: PathBuf,
        /// What it lacks; `A or B` where either would do.
        missing: Vec<String>,
    },
    /// There is no folder of this name.
    #[error("`{}`: there is no such folder", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// A file of an encoder that cannot be read as what it should be.
    #[error("`{}`: {problem}", path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The files of a sentence encoder cannot be followed.
    #[error(transparent)]
    Sentence(#[from] SentenceFault),
    /// No source could serve the asset.
    #[error("{kind} `{name}` could not be fetched{}", listed(failures))]
    NoSource {
        /// What was fetched.
        kind: AssetKind,
        /// Its name, as `fetch` takes it.
        name: String,
        /// The name of its folder in a mirror.
        mirrored: String,
        /// Each source that was tried, in order, and why it failed.
        failures: Vec<SourceFailure>,
    },
    /// A dataset without a transfer set was asked for one.
    #[error("dataset `{name}` has no transfer set")]
    NoTransfer {
        /// The dataset.
        name: String,
    },
    /// The disk refuses to be read or written, or is full.
    #[error("`{}`: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
        /// Bytes of the file that were still to come, where a transfer met a full disk.
        to_come: Option<u64>,
    },
    /// A variable of the environment that cannot be used as it is.
    #[error("{name} {problem}")]
    BadVariable {
        /// The variable.
        name: &'static str,
        /// What is wrong with its value. A token is not repeated.
        problem: String,
    },
    /// Neither `FSL_EXP_CACHE`, `XDG_CACHE_HOME` nor `HOME` says where the cache is.
    #[error("no place for the cache: none of `FSL_EXP_CACHE`, `XDG_CACHE_HOME` and `HOME` is set")]
    NoCacheFolder,
}

impl AssetError {
    /// A [`AssetError::Disk`] for `path`, to be used in `map_err`.
    pub(super) fn disk(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self::Disk {
            path,
            source,
            to_come: None,
        }
    }

    /// What went wrong in lines fit for a terminal: one, and below it one or more for each source that failed.
    pub fn lines(&self) -> Vec<String> {
        let Self::NoSource {
            kind,
            name,
            failures,
            ..
        } = self
        else {
            return vec![shown::chain(self)];
        };
        let mut lines = vec![format!("{kind} `{name}` could not be fetched")];
        for SourceFailure { source, cause } in failures {
            let mut told = cause.lines().into_iter();
            let first = told.next().unwrap_or_default();
            lines.push(format!("  {source}: {first}"));
            lines.extend(told);
        }
        let fit = |line: String| shown::message(&line).into_owned();
        lines.into_iter().map(fit).collect()
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownName { suggestion: Some(near), .. } => Some(format!("did you mean `{near}`?")),
            Self::UnknownName { kind: AssetKind::Encoder, name, .. } => Some(format!(
                "write a folder with a slash (`./{name}`), a repository on the hub as `hf:org/name@revision`"
            )),
            Self::UnknownName { kind: AssetKind::Dataset, .. } => {
                Some("give your own files as `train = \"a.csv\"`, `test = \"b.csv\"`".to_owned())
            }
            Self::BadReference { .. } => Some(
                "an encoder is a catalogue name, a folder, or `hf:org/name@revision`".to_owned(),
            ),
            Self::NoFolder { folder } => {
                let repository = folder.to_str().and_then(HubSource::spelling)?;
                Some(format!("a repository of the hub is written `{repository}`"))
            }
            Self::FolderLacks { .. } => Some(
                "an encoder folder needs config.json, tokenizer.json or vocab.txt, and model.safetensors or pytorch_model.bin"
                    .to_owned(),
            ),
            Self::NoSource {
                name,
                mirrored,
                failures,
                ..
            } => Some(no_source_hint(name, mirrored, failures)),
            Self::Disk { path, source, to_come } => Some(disk_hint(path, source, *to_come)),
            Self::Sentence(fault) => fault.hint(),
            Self::NoCacheFolder => Some("set FSL_EXP_CACHE to a writable folder".to_owned()),
            Self::BadVariable { .. } | Self::BadFile { .. } | Self::NoTransfer { .. } => None,
        }
    }
}

fn ticked(names: &[String]) -> String {
    let ticked: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    ticked.join(", ")
}

fn listed(failures: &[SourceFailure]) -> String {
    failures.iter().fold(String::new(), |text, failure| {
        format!("{text}\n  {}: {}", failure.source, failure.cause)
    })
}

/// The remedy that fits the first cause that has one of its own, then the remedies that always work.
fn no_source_hint(name: &str, mirrored: &str, failures: &[SourceFailure]) -> String {
    let special = failures.iter().find_map(|failure| failure.cause.remedy());
    format!(
        "{}once the network works, `fsl-exp fetch {name}` resumes the download; HF_ENDPOINT sets another hub; \
         FSL_EXP_MIRROR sets a local folder that contains `{mirrored}/`",
        special.unwrap_or_default()
    )
}

/// What helps where the disk refuses.
fn disk_hint(path: &Path, source: &io::Error, to_come: Option<u64>) -> String {
    let folder = path.parent().unwrap_or(path).display();
    let more = to_come.map_or_else(
        || "more space".to_owned(),
        |bytes| format!("{} more", size(bytes)),
    );
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => format!(
            "`{folder}` needs {more}: free some space, or set FSL_EXP_CACHE and HF_HUB_CACHE to folders on a larger disk; \
             downloaded data is kept, and the next attempt resumes"
        ),
        io::ErrorKind::FileTooLarge => {
            "the limit on file sizes is too low (`ulimit -f`); raise it, and the next attempt resumes".to_owned()
        }
        _ => "set FSL_EXP_CACHE, and HF_HUB_CACHE for the hub's own cache, to writable folders".to_owned(),
    }
}

/// Bytes for people, rounded up.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{} MB", bytes.div_ceil(1_000_000)),
    }
}
