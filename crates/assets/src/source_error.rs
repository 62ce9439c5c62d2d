//! The error of one source that did not serve an asset, with a hint.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use fsl_common::sentence::SentenceFault;

/// One source that was tried, and why it did not serve.
#[derive(Debug)]
pub struct SourceFailure {
    /// The source, for people.
    pub source: String,
    /// Why it did not serve.
    pub cause: SourceError,
}

/// What a server does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFoundKind {
    /// The repository; a private one looks the same to who may not read it.
    Repository,
    /// The branch, tag or commit of a repository that is there.
    Revision,
    /// The file.
    File,
}

impl fmt::Display for NotFoundKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Repository => "repository",
            Self::Revision => "revision",
            Self::File => "file",
        })
    }
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
    /// An index of weights names a file that the source does not have.
    #[error("`{file}`, which `{place}` names, is not there")]
    Unlisted {
        /// The file.
        file: String,
        /// The index.
        place: String,
    },
    /// An index of weights that cannot be used.
    #[error("`{file}` {problem}")]
    Index {
        /// The index.
        file: String,
        /// What is wrong with it, after its name.
        problem: String,
    },
    /// `HF_HUB_OFFLINE` is set and the hub's cache does not hold the file.
    #[error(
        "HF_HUB_OFFLINE is set, and the hub's cache has no complete copy of `{repo}` at `{revision}`"
    )]
    Offline {
        /// The repository.
        repo: String,
        /// The revision.
        revision: String,
    },
    /// No connection, or one that broke and stayed broken.
    #[error("the connection to `{host}`{} failed: {why}", through(via.as_deref()))]
    Connection {
        /// The host.
        host: String,
        /// The proxy that was to lead there, where the environment names one.
        via: Option<String>,
        /// What the network says.
        why: String,
    },
    /// The server wants a token, or one with more rights.
    #[error("`{host}` refuses `{what}` (status {status}): {}", refusal(*status, *gated))]
    Refused {
        /// The host.
        host: String,
        /// The path that was asked for.
        what: String,
        /// The HTTP status: 401 without a token that the server knows, 403 with one that has too few rights.
        status: u16,
        /// The server says that the model's terms have to be accepted first.
        gated: bool,
    },
    /// The server does not know the repository, the revision or the file.
    #[error("`{host}` has no {kind} `{what}`{}", within(place.as_deref()))]
    Missing {
        /// The host.
        host: String,
        /// What it lacks.
        kind: NotFoundKind,
        /// Its name; the path that was asked for, where the server knows no repositories.
        what: String,
        /// The repository that should have it, with the revision for a file.
        place: Option<String>,
    },
    /// The server asks to come back later than this program waits.
    #[error("`{host}` limits the request rate{}", wait_text(*retry_after_secs))]
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
    /// The modules.json of a sentence encoder names what cannot be followed.
    #[error(transparent)]
    Sentence(#[from] SentenceFault),
    /// The disk on this side. It ends the fetch: another source would fail the same way.
    #[error("`{}`: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
        /// Bytes of the file that were still to come, where a transfer met a full disk.
        to_come: Option<u64>,
    },
}

impl SourceError {
    /// A [`SourceError::Disk`] for `path`, to be used in `map_err`.
    pub(super) fn disk(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self::Disk {
            path,
            source,
            to_come: None,
        }
    }

    /// What went wrong: in one line, where pip failed in pip's own.
    pub(super) fn lines(&self) -> Vec<String> {
        let text = self.to_string();
        match self {
            Self::Pip { .. } => text.lines().map(str::to_owned).collect(),
            _ => vec![text],
        }
    }

    /// The remedy of this cause's own, where there is one. It ends in `; `, for remedies that always work follow.
    pub(super) fn remedy(&self) -> Option<String> {
        let remedy = match self {
            Self::Refused {
                gated: true,
                status,
                ..
            } => return Some(accept_terms(*status)),
            Self::Refused { status: 401, .. } => {
                "a private repository needs HF_TOKEN; if it is set, its token is invalid or expired"
            }
            Self::Refused { .. } => "the token in HF_TOKEN needs read access to this repository",
            Self::Offline { .. } => "unset HF_HUB_OFFLINE",
            Self::RateLimited { .. } => "retry later, or set HF_TOKEN for a higher limit",
            Self::Missing {
                kind: NotFoundKind::Repository,
                ..
            } => "check the name on the hub; a private repository needs HF_TOKEN",
            Self::Missing {
                kind: NotFoundKind::Revision,
                ..
            } => "a revision is a branch, a tag or a commit, such as `main`",
            Self::Connection { via: Some(_), .. } => {
                "HTTPS_PROXY, HTTP_PROXY and ALL_PROXY set the proxy, NO_PROXY the hosts that bypass it"
            }
            Self::Checksum { .. } => {
                "the file is not the expected one and was discarded; try another hub or a mirror"
            }
            _ => return None,
        };
        Some(format!("{remedy}; "))
    }
}

fn accept_terms(status: u16) -> String {
    let token = if status == 401 {
        "set HF_TOKEN to a token that may read it"
    } else {
        "HF_TOKEN must be a token of the account that has accepted them"
    };
    format!("accept the model's terms on its page, and {token}; ")
}

fn wait_text(seconds: Option<u64>) -> String {
    seconds.map_or_else(String::new, |seconds| format!(" (retry after {seconds} s)"))
}

fn through(via: Option<&str>) -> String {
    via.map_or_else(String::new, |proxy| format!(" through the proxy `{proxy}`"))
}

fn within(place: Option<&str>) -> String {
    place.map_or_else(String::new, |place| format!(" in `{place}`"))
}

fn refusal(status: u16, gated: bool) -> &'static str {
    match (status, gated) {
        (401, true) => "gated, and no token was sent",
        (_, true) => "gated, and the token's account has no access",
        (401, false) => "no token, or an invalid one",
        _ => "the token may not read it",
    }
}
