//! Transfers over HTTP that end: with limits on every wait, pauses between tries, and resumption of what is there already.
//!
//! hf-hub 0.5 could transfer files too, but it waits without limit for a silent server, appends a whole body to a partial
//! file when the server ignores `Range`, and can never finish a partial file that is complete. So the hub's files come
//! through here as well, and hf-hub keeps to what it is good at: the layout of the cache and the addresses.

use std::fs;
use std::path::Path;
use std::time::Duration;

use ureq::http::{HeaderMap, Method, Request, Response, StatusCode};
use ureq::{Agent, Body};

use super::checksum::Checksum;
use super::event::FetchKind;
use super::partial_file::{Incoming, delete, download_body, etag_file};
use super::redirect::{MAX_REDIRECTS, origin, target};
use super::retry::{FetchError, RetryPolicy, answer, content_range, header, lost, refused};
use super::settings::Timeouts;
use super::source_error::SourceError;

/// A client with limits on every wait.
#[derive(Debug)]
pub(super) struct Http {
    agent: Agent,
    timeouts: Timeouts,
}

/// A file to download.
#[derive(Clone, Copy)]
pub(super) struct Download<'a> {
    /// Its name in errors.
    pub(super) name: &'a str,
    /// Its address.
    pub(super) url: &'a str,
    /// A bearer token for the address's host.
    pub(super) token: Option<&'a str>,
    /// Where its bytes gather.
    pub(super) part: &'a Path,
    /// How many there are, where that is known beforehand.
    pub(super) size: Option<u64>,
    /// What they must hash to, where that is known.
    pub(super) checksum: Option<&'a Checksum>,
}

impl Http {
    /// A client. Proxies are taken from the environment (`HTTPS_PROXY`, `NO_PROXY`, …).
    pub(super) fn new(timeouts: Timeouts) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_resolve(Some(timeouts.connect))
            .timeout_connect(Some(timeouts.connect))
            .timeout_recv_response(Some(timeouts.stall))
            .timeout_per_read(Some(timeouts.stall))
            // Redirects are followed here: ureq would hand the token to every port of the host.
            .max_redirects(0)
            // Sizes, ranges and checksums are those of the file, not of a compressed form of it.
            .accept_encoding("identity")
            .user_agent(concat!("fsl-exp/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.into(),
            timeouts,
        }
    }

    /// The headers that describe `url`: those of the first answer that is no redirect within the host. A redirect to another
    /// host is an answer where it names a version: the hub's does, and then sends to a store that does not know it.
    pub(super) fn describe(
        &self,
        url: &str,
        token: Option<&str>,
        on: &mut dyn FnMut(FetchKind),
    ) -> Result<HeaderMap, SourceError> {
        self.retried(on, |_| {
            let described = |headers: &HeaderMap, leaves: bool| {
                leaves && (headers.contains_key("X-Linked-Etag") || headers.contains_key("ETag"))
            };
            let answered = self.ask(&Method::HEAD, url, token, &[], described)?;
            let status = answered.response.status();
            if status.is_success() || status.is_redirection() {
                return Ok(answered.response.into_parts().0.headers);
            }
            Err(answered.refused())
        })
    }

    /// Brings a file to its part, from where an earlier try left off where the server can do that, and checks it.
    ///
    /// Beside the part lies `.etag` with the version that it is a part of: a file that changed meanwhile is begun anew. A
    /// part that an earlier try left may be spoilt all the same; then everything is fetched once more.
    pub(super) fn download(
        &self,
        wanted: &Download<'_>,
        on: &mut dyn FnMut(FetchKind),
    ) -> Result<(), SourceError> {
        let Download {
            name,
            part,
            checksum,
            ..
        } = *wanted;
        if let Some(folder) = part.parent() {
            fs::create_dir_all(folder).map_err(SourceError::disk(folder))?;
        }
        let mut resumed = part.exists();
        loop {
            self.retried(on, |on| self.try_download(wanted, on))?;
            match checksum.map_or(Ok(()), |checksum| checksum.verify(name, part)) {
                Err(error @ SourceError::Checksum { .. }) => {
                    delete(part)?;
                    if !resumed {
                        return Err(error);
                    }
                    resumed = false;
                }
                result => return result,
            }
        }
    }

    fn try_download(
        &self,
        wanted: &Download<'_>,
        on: &mut dyn FnMut(FetchKind),
    ) -> Result<(), FetchError> {
        let Download { url, part, .. } = *wanted;
        let version = fs::read_to_string(etag_file(part)).ok();
        // Without a checksum, only a noted version keeps two versions of a file from being glued together.
        let have = if wanted.checksum.is_some() || version.is_some() {
            fs::metadata(part).map_or(0, |metadata| metadata.len())
        } else {
            0
        };
        let mut headers = Vec::new();
        if have > 0 {
            headers.push(("Range", format!("bytes={have}-")));
            headers.extend(version.iter().map(|etag| ("If-Range", etag.clone())));
        }
        let answered = self.ask(&Method::GET, url, wanted.token, &headers, |_, _| false)?;
        let response = &answered.response;
        let same = version.is_none_or(|noted| {
            header(response.headers(), "ETag").is_none_or(|etag| etag == noted)
        });
        let range = content_range(response.headers());
        let start = match response.status() {
            StatusCode::OK => 0,
            StatusCode::PARTIAL_CONTENT if same && range.0 == Some(have) => have,
            StatusCode::RANGE_NOT_SATISFIABLE if have > 0 && range.1 == Some(have) => {
                return Ok(());
            }
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => {
                delete(part)?;
                return Err(FetchError {
                    error: answer(&answered.url, "with a byte range that was not requested"),
                    again: RetryPolicy::After(Some(0)),
                });
            }
            _ => return Err(answered.refused()),
        };
        let incoming = Incoming {
            name: wanted.name,
            url: &answered.url,
            size: wanted.size,
            start,
            response: answered.response,
        };
        download_body(incoming, part, on)
    }

    /// The first answer that is no redirect, or a redirect that is `enough` (its headers, and whether it leaves the origin of
    /// `url`). The token goes to that origin only.
    fn ask(
        &self,
        method: &Method,
        url: &str,
        token: Option<&str>,
        headers: &[(&'static str, String)],
        enough: impl Fn(&HeaderMap, bool) -> bool,
    ) -> Result<Answered, FetchError> {
        let (home, mut at) = (origin(url), url.to_owned());
        for _ in 0..=MAX_REDIRECTS {
            let elsewhere = origin(&at) != home;
            let mut request = Request::builder().method(method).uri(&at);
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            if let Some(token) = token.filter(|_| !elsewhere) {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            let response = request
                .body(())
                .map_err(ureq::Error::from)
                .and_then(|request| self.agent.run(request))
                .map_err(|error| lost(&at, self.via(&at), &error))?;
            match target(&at, &response) {
                Some(next) if !enough(response.headers(), origin(&next) != home) => at = next,
                _ => {
                    return Ok(Answered {
                        url: at,
                        elsewhere,
                        response,
                    });
                }
            }
        }
        Err(answer(url, "with too many redirects").into())
    }

    /// The proxy that requests for `url` go through.
    fn via(&self, url: &str) -> Option<String> {
        let proxy = self.agent.config().proxy()?;
        let direct = proxy.is_no_proxy(&url.parse().ok()?);
        (!direct).then(|| format!("{}:{}", proxy.host(), proxy.port()))
    }

    /// Runs `attempt` until it succeeds, fails for good, or has failed as often as timeouts allows without progress.
    fn retried<T>(
        &self,
        on: &mut dyn FnMut(FetchKind),
        mut attempt: impl FnMut(&mut dyn FnMut(FetchKind)) -> Result<T, FetchError>,
    ) -> Result<T, SourceError> {
        let (mut failures, mut answered) = (0, false);
        loop {
            let FetchError { error, again } = match attempt(on) {
                Ok(value) => return Ok(value),
                Err(trouble) => trouble,
            };
            if again == RetryPolicy::Never || (again == RetryPolicy::IfAnsweredBefore && !answered)
            {
                return Err(error);
            }
            answered = true;
            failures = if again == RetryPolicy::Progressed {
                1
            } else {
                failures + 1
            };
            let pause = match again {
                RetryPolicy::After(Some(seconds)) => Duration::from_secs(seconds),
                _ => self.timeouts.first_pause * 2_u32.pow(failures - 1),
            };
            if failures >= self.timeouts.tries || pause > self.timeouts.longest_pause {
                return Err(error);
            }
            on(FetchKind::Retrying {
                after_secs: pause.as_millis().div_ceil(1000) as u64,
                why: error.to_string(),
            });
            std::thread::sleep(pause);
        }
    }
}

/// An answer, and where it came from.
struct Answered {
    url: String,
    /// Whether another host gave it than the one that was asked first.
    elsewhere: bool,
    response: Response<Body>,
}

impl Answered {
    fn refused(&self) -> FetchError {
        refused(
            &self.url,
            self.elsewhere,
            self.response.status(),
            self.response.headers(),
        )
    }
}
