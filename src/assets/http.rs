//! Transfers over HTTP that end: with limits on every wait, pauses between tries, and resumption of what is there already.
//!
//! hf-hub 0.5 could transfer files too, but it waits without limit for a silent server, appends a whole body to a partial
//! file when the server ignores `Range`, and can never finish a partial file that is complete. So the hub's files come
//! through here as well, and hf-hub keeps to what it is good at: the layout of the cache and the addresses.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use ureq::config::RedirectAuthHeaders;
use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::{Agent, Body, RequestBuilder, typestate::WithoutBody};

use super::answer::{
    Again, Trouble, answer, content_range, file_name, header, host, lost, refused,
    relative_redirect,
};
use super::checksum::Checksum;
use super::error::SourceError;
use super::event::FetchKind;
use super::part::{etag_file, forget, sync};
use super::settings::Patience;

/// Bytes per read, and so per progress event.
const BLOCK: usize = 1 << 18;

/// Redirects within a host that are followed for metadata.
const MAX_RELATIVE_REDIRECTS: u32 = 5;

/// A client with limits on every wait.
#[derive(Debug)]
pub(super) struct Http {
    agent: Agent,
    patience: Patience,
}

/// A file to download.
#[derive(Debug, Clone, Copy)]
pub(super) struct Download<'a> {
    /// Its name in errors.
    pub(super) name: &'a str,
    /// Its address.
    pub(super) url: &'a str,
    /// A bearer token for the address's host.
    pub(super) token: Option<&'a str>,
    /// Where its bytes gather.
    pub(super) part: &'a Path,
    /// What they must hash to, where that is known.
    pub(super) checksum: Option<&'a Checksum>,
}

impl Http {
    /// A client. Proxies are taken from the environment (`HTTPS_PROXY`, `NO_PROXY`, …).
    pub(super) fn new(patience: Patience) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_resolve(Some(patience.connect))
            .timeout_connect(Some(patience.connect))
            .timeout_recv_response(Some(patience.stall))
            .timeout_per_read(Some(patience.stall))
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
            .user_agent(concat!("fsl-exp/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.into(),
            patience,
        }
    }

    /// The headers that describe `url`: those of the first answer that is no redirect within the host. A redirect to another
    /// host is an answer: the hub's names the file's checksum and then sends to a store that does not know it.
    pub(super) fn describe(
        &self,
        url: &str,
        token: Option<&str>,
        on: &mut dyn FnMut(FetchKind),
    ) -> Result<HeaderMap, SourceError> {
        self.retried(on, |_| {
            let mut url = url.to_owned();
            for _ in 0..=MAX_RELATIVE_REDIRECTS {
                let request = self.agent.head(&url).config().max_redirects(0).build();
                let response = authorized(request, token)
                    .call()
                    .map_err(|error| lost(&url, &error))?;
                match relative_redirect(&url, &response) {
                    Some(next) => url = next,
                    None if response.status().is_success()
                        || response.status().is_redirection() =>
                    {
                        return Ok(response.into_parts().0.headers);
                    }
                    None => return Err(refused(&url, response.status(), response.headers())),
                }
            }
            Err(answer(&url, "redirects without end").into())
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
            self.retried(on, |on| {
                self.try_download(wanted.url, wanted.token, part, on)
            })?;
            match checksum.map_or(Ok(()), |checksum| checksum.verify(name, part)) {
                Err(error @ SourceError::Checksum { .. }) => {
                    forget(part)?;
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
        url: &str,
        token: Option<&str>,
        part: &Path,
        on: &mut dyn FnMut(FetchKind),
    ) -> Result<(), Trouble> {
        let have = fs::metadata(part).map_or(0, |metadata| metadata.len());
        let mut request = authorized(self.agent.get(url), token);
        if have > 0 {
            request = request.header("Range", format!("bytes={have}-"));
            if let Ok(etag) = fs::read_to_string(etag_file(part)) {
                request = request.header("If-Range", etag);
            }
        }
        let response = request.call().map_err(|error| lost(url, &error))?;
        let start = match response.status() {
            StatusCode::OK => 0,
            StatusCode::PARTIAL_CONTENT if content_range(&response).0 == Some(have) => have,
            StatusCode::RANGE_NOT_SATISFIABLE
                if have > 0 && content_range(&response).1 == Some(have) =>
            {
                return Ok(());
            }
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => {
                forget(part)?;
                return Err(Trouble {
                    error: answer(url, "a part that was not asked for"),
                    again: Again::After(Some(0)),
                });
            }
            status => return Err(refused(url, status, response.headers())),
        };
        receive(url, response, start, part, on)
    }

    /// Runs `attempt` until it succeeds, fails for good, or has failed as often as patience allows without progress.
    fn retried<T>(
        &self,
        on: &mut dyn FnMut(FetchKind),
        mut attempt: impl FnMut(&mut dyn FnMut(FetchKind)) -> Result<T, Trouble>,
    ) -> Result<T, SourceError> {
        let (mut failures, mut answered) = (0, false);
        loop {
            let Trouble { error, again } = match attempt(on) {
                Ok(value) => return Ok(value),
                Err(trouble) => trouble,
            };
            if again == Again::Never || (again == Again::IfAnsweredBefore && !answered) {
                return Err(error);
            }
            answered = true;
            failures = if again == Again::Progressed {
                1
            } else {
                failures + 1
            };
            let pause = match again {
                Again::After(Some(seconds)) => Duration::from_secs(seconds),
                _ => self.patience.first_pause * 2_u32.pow(failures - 1),
            };
            if failures >= self.patience.tries || pause > self.patience.longest_pause {
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

/// Writes the body of `response` to `part` from byte `start` on.
fn receive(
    url: &str,
    response: Response<Body>,
    start: u64,
    part: &Path,
    on: &mut dyn FnMut(FetchKind),
) -> Result<(), Trouble> {
    let disk = |error| SourceError::disk(part)(error);
    let total = header(response.headers(), "Content-Length")
        .and_then(|length| length.parse::<u64>().ok())
        .map(|length| start + length);
    if start == 0 {
        forget(part)?;
        if let Some(etag) =
            header(response.headers(), "ETag").filter(|etag| !etag.starts_with("W/"))
        {
            crate::fsio::write_atomic(&etag_file(part), etag.as_bytes()).map_err(disk)?;
        }
    }
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(part)
        .map_err(disk)?;
    on(FetchKind::Started {
        file: file_name(url).to_owned(),
        bytes: total,
    });
    let mut body = response.into_body().into_reader();
    let (mut block, mut have) = (vec![0_u8; BLOCK], start);
    let broken = |have: u64, why: String| Trouble {
        error: SourceError::Connection {
            host: host(url).to_owned(),
            why,
        },
        again: if have > start {
            Again::Progressed
        } else {
            Again::After(None)
        },
    };
    loop {
        let read = match body.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(broken(have, error.to_string())),
        };
        file.write_all(&block[..read]).map_err(disk)?;
        have += read as u64;
        on(FetchKind::Progress { bytes: have });
    }
    if total.is_some_and(|total| have < total) {
        return Err(broken(
            have,
            format!("the connection ended after {have} bytes"),
        ));
    }
    sync(&file).map_err(disk)?;
    Ok(())
}

fn authorized(
    request: RequestBuilder<WithoutBody>,
    token: Option<&str>,
) -> RequestBuilder<WithoutBody> {
    match token {
        Some(token) => request.header("Authorization", format!("Bearer {token}")),
        None => request,
    }
}
