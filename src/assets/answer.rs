//! What an answer over HTTP means for a fetch, or what it means that there is none.

use std::io;

use ureq::Body;
use ureq::http::{HeaderMap, Response, StatusCode, Uri};

use super::error::SourceError;

/// A try that failed, and whether another may do better.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) error: SourceError,
    pub(super) again: Again,
}

/// Whether another try may do better.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// The same request will fail the same way.
    Never,
    /// Nothing answered: worth another try only where something did before.
    IfAnsweredBefore,
    /// After the pause in seconds that the server asks for, or the usual one.
    After(Option<u64>),
    /// Bytes came: the count of failures starts anew.
    Progressed,
}

impl From<SourceError> for Trouble {
    fn from(error: SourceError) -> Self {
        Self {
            error,
            again: Again::Never,
        }
    }
}

/// A header's value as text.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The first byte and the full size that `Content-Range: bytes 5-9/10` or `bytes */10` tells.
pub(super) fn content_range(response: &Response<Body>) -> (Option<u64>, Option<u64>) {
    let range =
        header(response.headers(), "Content-Range").and_then(|value| value.strip_prefix("bytes "));
    let Some((span, size)) = range.and_then(|range| range.split_once('/')) else {
        return (None, None);
    };
    (
        span.split_once('-')
            .and_then(|(first, _)| first.parse().ok()),
        size.parse().ok(),
    )
}

/// Where a redirect within the host leads.
pub(super) fn relative_redirect(url: &str, response: &Response<Body>) -> Option<String> {
    let location = response
        .status()
        .is_redirection()
        .then(|| header(response.headers(), "Location"))??;
    let target: Uri = location.parse().ok()?;
    if target.host().is_some() {
        return None;
    }
    let origin = url.len() - url.split_once("://")?.1.split_once('/')?.1.len() - 1;
    Some(format!(
        "{}{}{location}",
        &url[..origin],
        if location.starts_with('/') { "" } else { "/" }
    ))
}

/// A request that got no answer.
pub(super) fn lost(url: &str, error: &ureq::Error) -> Trouble {
    use ureq::Timeout::{Connect, Resolve};
    let (why, again) = match error {
        ureq::Error::HostNotFound => ("the name is not known".to_owned(), Again::IfAnsweredBefore),
        ureq::Error::Timeout(Connect | Resolve) => {
            ("no answer in time".to_owned(), Again::IfAnsweredBefore)
        }
        ureq::Error::Timeout(_) => ("the server fell silent".to_owned(), Again::After(None)),
        ureq::Error::ConnectionFailed => ("it failed".to_owned(), Again::IfAnsweredBefore),
        ureq::Error::Io(error) => (
            error.to_string(),
            if broke_off(error) {
                Again::After(None)
            } else {
                Again::IfAnsweredBefore
            },
        ),
        ureq::Error::Protocol(error) => (error.to_string(), Again::After(None)),
        other => (other.to_string(), Again::Never),
    };
    Trouble {
        error: SourceError::Connection {
            host: host(url).to_owned(),
            why,
        },
        again,
    }
}

/// Whether a connection was there and broke, as opposed to a name that is not known or a port that is closed.
fn broke_off(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof
    )
}

/// An answer that refuses. The hub says in `X-Error-Code` what a 401, 403 or 404 is about.
pub(super) fn refused(url: &str, status: StatusCode, headers: &HeaderMap) -> Trouble {
    let (host, what) = (host(url).to_owned(), path(url).to_owned());
    let retry_after = header(headers, "Retry-After").and_then(|value| value.trim().parse().ok());
    let missing = |kind| SourceError::Missing {
        host: host.clone(),
        kind,
        what: what.clone(),
    };
    match (status.as_u16(), header(headers, "X-Error-Code")) {
        (401 | 404, Some("RepoNotFound")) => missing("repository").into(),
        (404, Some("RevisionNotFound")) => missing("revision").into(),
        (404 | 410, _) => missing("file").into(),
        (status @ (401 | 403), _) => SourceError::Refused { host, what, status }.into(),
        (429, _) => Trouble {
            error: SourceError::RateLimited {
                host,
                retry_after_secs: retry_after,
            },
            again: Again::After(retry_after),
        },
        (code @ (408 | 500 | 502..=504), _) => Trouble {
            error: answer(url, &format!("status {code}")),
            again: Again::After(retry_after),
        },
        (code, _) => answer(url, &format!("status {code}")).into(),
    }
}

/// A [`SourceError::Answer`] from the host of `url`.
pub(super) fn answer(url: &str, why: &str) -> SourceError {
    SourceError::Answer {
        host: host(url).to_owned(),
        why: why.to_owned(),
    }
}

/// `host:port` of an address.
pub(super) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_once('/').map_or(rest, |(host, _)| host)
}

fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_once('/').map_or("", |(_, path)| path)
}

/// The last part of an address.
pub(super) fn file_name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}
