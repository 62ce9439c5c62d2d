//! Why an encoder or a dataset could not be had.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

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
    /// A file of an encoder that cannot be read as what it should be.
    #[error("`{}`: {problem}", path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// No source could serve the asset.
    #[error("{kind} `{name}` could not be fetched{}", listed(failures))]
    NoSource {
        /// What was fetched.
        kind: AssetKind,
        /// Its name.
        name: String,
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
    },
    /// Neither `FSL_EXP_CACHE`, `XDG_CACHE_HOME` nor `HOME` says where the cache is.
    #[error("no place for the cache: none of `FSL_EXP_CACHE`, `XDG_CACHE_HOME` and `HOME` is set")]
    NoCacheFolder,
}

impl AssetError {
    /// A [`AssetError::Disk`] for `path`, to be used in `map_err`.
    pub(super) fn disk(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self::Disk { path, source }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownName { suggestion: Some(near), .. } => Some(format!("did you mean `{near}`?")),
            Self::UnknownName { kind: AssetKind::Encoder, name, .. } => Some(format!(
                "a folder is given with a slash (`./{name}`), a repository of the hub as `hf:org/name@revision`"
            )),
            Self::UnknownName { kind: AssetKind::Dataset, .. } => {
                Some("your own files are given as `train = \"a.csv\"`, `test = \"b.csv\"`".to_owned())
            }
            Self::BadReference { .. } => Some(
                "an encoder is a name of the catalogue, a folder, or `hf:org/name@revision`".to_owned(),
            ),
            Self::FolderLacks { .. } => Some(
                "an encoder's folder holds config.json, vocab.txt and model.safetensors or pytorch_model.bin"
                    .to_owned(),
            ),
            Self::NoSource { name, failures, .. } => Some(no_source_hint(name, failures)),
            Self::Disk { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space, or set FSL_EXP_CACHE to a folder on a larger disk".to_owned())
            }
            Self::Disk { .. } | Self::NoCacheFolder => {
                Some("set FSL_EXP_CACHE to a folder that can be written".to_owned())
            }
            Self::BadFile { .. } | Self::NoTransfer { .. } => None,
        }
    }
}

/// One source that was tried, and why it did not serve.
#[derive(Debug)]
pub struct SourceFailure {
    /// The source, for people.
    pub source: String,
    /// Why it did not serve.
    pub cause: SourceError,
}

/// Why one source did not serve an asset.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The source is there, the file is not.
    #[error("`{file}` is not in `{place}`")]
    Absent {
        /// The file that was looked for.
        file: String,
        /// Where.
        place: String,
    },
    /// `HF_HUB_OFFLINE` is set and the hub's cache does not hold the file.
    #[error(
        "HF_HUB_OFFLINE is set, and the hub's cache has no whole copy of `{repo}` at `{revision}`"
    )]
    Offline {
        /// The repository.
        repo: String,
        /// The revision.
        revision: String,
    },
    /// No connection, or one that broke and stayed broken.
    #[error("no connection to `{host}`: {why}")]
    Connection {
        /// The host.
        host: String,
        /// What the network says.
        why: String,
    },
    /// The server wants a token, or one with more rights.
    #[error("`{host}` refuses `{what}` (status {status}): gated or private")]
    Refused {
        /// The host.
        host: String,
        /// The path that was asked for.
        what: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server does not know the repository, the revision or the file.
    #[error("`{host}` has no such {kind}: `{what}`")]
    Missing {
        /// The host.
        host: String,
        /// `repository`, `revision` or `file`.
        kind: &'static str,
        /// The path that was asked for.
        what: String,
    },
    /// The server asks to come back later than this program waits.
    #[error("`{host}` limits the rate of requests{}", wait_text(*retry_after_secs))]
    RateLimited {
        /// The host.
        host: String,
        /// The pause that the server asks for, in seconds.
        retry_after_secs: Option<u64>,
    },
    /// Another answer that is of no use.
    #[error("`{host}` answered {why}")]
    Answer {
        /// The host.
        host: String,
        /// The status, or what is wrong with the answer.
        why: String,
    },
    /// What came is not what the catalogue or the source says it should be.
    #[error("`{file}` has checksum {got}, expected {expected}")]
    Checksum {
        /// The file.
        file: String,
        /// The expected checksum, lower-case hexadecimal.
        expected: String,
        /// The checksum of what came.
        got: String,
    },
    /// pip could not be started, or failed.
    #[error("{command}: {problem}")]
    Pip {
        /// The command, shortened.
        command: String,
        /// pip's last lines.
        problem: String,
    },
    /// An archive that does not hold what it should.
    #[error("archive `{archive}`: {problem}")]
    Archive {
        /// The archive.
        archive: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The disk on this side. It ends the fetch: another source would fail the same way.
    #[error("`{}`: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
}

impl SourceError {
    /// A [`SourceError::Disk`] for `path`, to be used in `map_err`.
    pub(super) fn disk(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self::Disk { path, source }
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

fn wait_text(seconds: Option<u64>) -> String {
    seconds.map_or_else(String::new, |seconds| {
        format!(" and asks to come back in {seconds} s")
    })
}

/// The remedy that fits the first cause that has one of its own, then the remedies that always work.
fn no_source_hint(name: &str, failures: &[SourceFailure]) -> String {
    let special = failures.iter().find_map(|failure| match &failure.cause {
        SourceError::Refused { .. } => Some(
            "accept the model's terms on its page and set HF_TOKEN to a token that may read it; ",
        ),
        SourceError::Offline { .. } => Some("unset HF_HUB_OFFLINE; "),
        SourceError::RateLimited { .. } => {
            Some("come back later, or set HF_TOKEN for a higher limit; ")
        }
        _ => None,
    });
    format!(
        "{}where there is a network, `fsl-exp fetch {name}` tries again and resumes; HF_ENDPOINT names another hub; \
         FSL_EXP_MIRROR names a folder that holds `{name}/`",
        special.unwrap_or_default()
    )
}
