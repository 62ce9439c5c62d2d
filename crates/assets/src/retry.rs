//! Answers over HTTP, or none, as a fetch takes them: a body, an error to retry, or the end.

use std::io;

use ureq::http::{HeaderMap, StatusCode};

use super::source_error::{NotFoundKind, SourceError};

/// A try that failed, and whether another may do better.
#[derive(Debug)]
pub(super) struct FetchError {
    pub(super) error: SourceError,
    pub(super) again: RetryPolicy,
}

/// Whether another try may do better.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RetryPolicy {
    /// The same request will fail the same way.
    Never,
    /// Nothing answered: worth another try only where something did before.
    IfAnsweredBefore,
    /// After the pause in seconds that the server asks for, or the usual one.
    After(Option<u64>),
    /// Bytes came: the count of failures starts anew.
    Progressed,
}

impl From<SourceError> for FetchError {
    fn from(error: SourceError) -> Self {
        Self {
            error,
            again: RetryPolicy::Never,
        }
    }
}

/// A header's value as text.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The first byte and the full size that `Content-Range: bytes 5-9/10` or `bytes */10` tells.
pub(super) fn content_range(headers: &HeaderMap) -> (Option<u64>, Option<u64>) {
    let range = header(headers, "Content-Range").and_then(|value| value.strip_prefix("bytes "));
    let Some((span, size)) = range.and_then(|range| range.split_once('/')) else {
        return (None, None);
    };
    (
        span.split_once('-')
            .and_then(|(first, _)| first.parse().ok()),
        size.parse().ok(),
    )
}

/// A request that got no answer; `via` is the proxy that it went through.
pub(super) fn lost(url: &str, via: Option<String>, error: &ureq::Error) -> FetchError {
    use ureq::Timeout::{Connect, Resolve};
    let (why, again) = match error {
        ureq::Error::HostNotFound => (
            "the host name cannot be resolved".to_owned(),
            RetryPolicy::IfAnsweredBefore,
        ),
        ureq::Error::Timeout(Connect | Resolve) => {
            ("timed out".to_owned(), RetryPolicy::IfAnsweredBefore)
        }
        ureq::Error::Timeout(_) => (
            "the server stopped sending".to_owned(),
            RetryPolicy::After(None),
        ),
        ureq::Error::ConnectionFailed => {
            ("no reason given".to_owned(), RetryPolicy::IfAnsweredBefore)
        }
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => (
            "the connection closed before the response".to_owned(),
            RetryPolicy::After(None),
        ),
        ureq::Error::Io(error) => (
            error.to_string(),
            if broke_off(error) {
                RetryPolicy::After(None)
            } else {
                RetryPolicy::IfAnsweredBefore
            },
        ),
        ureq::Error::Protocol(error) => (error.to_string(), RetryPolicy::After(None)),
        ureq::Error::ConnectProxyFailed(why) => (why.clone(), RetryPolicy::IfAnsweredBefore),
        other => (other.to_string(), RetryPolicy::Never),
    };
    FetchError {
        error: SourceError::Connection {
            host: host(url).to_owned(),
            via,
            why,
        },
        again,
    }
}

/// Whether a connection was there and broke, as opposed to a name that is not known or a port that is closed.
fn broke_off(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionReset
    )
}

/// An answer that refuses. The hub says in `X-Error-Code` what a 401, 403 or 404 is about. A store that the hub redirected to
/// (`elsewhere`) sees no token and knows no repositories: its 401 and 403 mean that the address has expired, and a new try
/// begins with a new one.
pub(super) fn refused(
    url: &str,
    elsewhere: bool,
    status: StatusCode,
    headers: &HeaderMap,
) -> FetchError {
    let (host, what) = (host(url).to_owned(), path(url).to_owned());
    let pause = pause(headers);
    let missing = |kind| SourceError::Missing {
        host: host.clone(),
        kind,
        what: what.clone(),
        place: None,
    };
    let status_only = || answer(url, &format!("status {}", status.as_u16()));
    match (status.as_u16(), header(headers, "X-Error-Code")) {
        (401 | 404, Some("RepoNotFound")) => missing(NotFoundKind::Repository).into(),
        (404, Some("RevisionNotFound")) => missing(NotFoundKind::Revision).into(),
        (404 | 410, _) if !elsewhere => missing(NotFoundKind::File).into(),
        (status @ (401 | 403), code) if !elsewhere => SourceError::Refused {
            host,
            what,
            status,
            gated: code == Some("GatedRepo"),
        }
        .into(),
        (429, _) => FetchError {
            error: SourceError::RateLimited {
                host,
                retry_after_secs: pause,
            },
            again: RetryPolicy::After(pause),
        },
        (401 | 403 | 408 | 500 | 502..=504, _) => FetchError {
            error: status_only(),
            again: RetryPolicy::After(pause),
        },
        _ => status_only().into(),
    }
}

/// The seconds that a server asks to wait: `Retry-After: 30`, or `RateLimit: "resolvers";r=0;t=30` (the hub's own way, after the
/// IETF's draft-ietf-httpapi-ratelimit-headers-09). A date in `Retry-After` counts as no answer.
fn pause(headers: &HeaderMap) -> Option<u64> {
    let asked = header(headers, "Retry-After").and_then(|value| value.trim().parse().ok());
    asked.or_else(|| {
        header(headers, "RateLimit")?
            .split(';')
            .find_map(|part| part.trim().strip_prefix("t=")?.parse().ok())
    })
}

/// A [`SourceError::Answer`] from the host of `url`.
pub(super) fn answer(url: &str, why: &str) -> SourceError {
    SourceError::Answer {
        host: host(url).to_owned(),
        why: why.to_owned(),
    }
}

/// `host:port` of an address, without the name and the password that may stand before it.
pub(super) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

/// The path of an address, without the query, which may hold a signature.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    path.split('?').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_read_from_either_header() {
        let pause_of = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            pause(&headers)
        };
        assert_eq!(pause_of("Retry-After", " 30"), Some(30));
        assert_eq!(pause_of("RateLimit", "\"resolvers\";r=0;t=55"), Some(55));
        assert_eq!(pause_of("RateLimit", "\"api\"; r=0; t=7"), Some(7));
        assert_eq!(
            pause_of("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"),
            None
        );
        assert_eq!(pause(&HeaderMap::new()), None);
    }
}
