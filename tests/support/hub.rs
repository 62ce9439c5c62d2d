//! A server on the loopback address that speaks the part of the hub's protocol that a fetch uses, with faults on demand.
//!
//! `/ORG/NAME/resolve/REVISION/FILE` answers as the hub does: small files directly, with git's SHA-1 as `ETag`; large ones
//! (from [`LARGE`] bytes on) by a redirect to another host name, `/store/SHA256`, with `X-Linked-Etag`. `/raw/FILE` serves
//! files as a plain web server does. All of them take `Range` and `If-Range`. Standard library and hashes only.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// From this size on a file lies in large-file storage.
pub(crate) const LARGE: usize = 1000;

/// The commit that every revision stands at.
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What goes wrong, once.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// Another status, with these headers, instead of an answer.
    Status(u16, Vec<(&'static str, String)>),
    /// The connection is closed after so many bytes of the body.
    CutAfter(usize),
    /// The server knows no ranges and sends everything.
    NoRanges,
    /// Nothing is sent for so long.
    Silent(Duration),
    /// One byte of the body is wrong.
    Spoilt,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// `GET` or `HEAD`.
    pub(crate) method: String,
    /// With the leading slash.
    pub(crate) path: String,
    /// By lower-case name.
    pub(crate) headers: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct State {
    /// `ORG/NAME` → file → bytes.
    repos: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    raw: BTreeMap<String, Vec<u8>>,
    /// The token that repositories ask for.
    token: Option<String>,
    /// (method, part of the path, what goes wrong), each once.
    faults: Vec<(&'static str, &'static str, Fault)>,
    log: Vec<Request>,
    port: u16,
}

/// The server. It runs until the test ends.
#[derive(Debug)]
pub(crate) struct HubServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// What is sent back.
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl HubServer {
    /// Starts a server without any file.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            port: address.port(),
            ..State::default()
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A client that goes away in the middle is part of the tests.
                thread::spawn(move || drop(serve(&stream, &shared)));
            }
        });
        Self { address, state }
    }

    /// What `HF_ENDPOINT` is set to.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts a file into a repository; the repository exists from then on.
    pub(crate) fn put(&self, repo: &str, file: &str, bytes: &[u8]) {
        self.state()
            .repos
            .entry(repo.to_owned())
            .or_default()
            .insert(file.to_owned(), bytes.to_vec());
    }

    /// Puts a file under `/raw/`.
    pub(crate) fn put_raw(&self, file: &str, bytes: &[u8]) {
        self.state().raw.insert(file.to_owned(), bytes.to_vec());
    }

    /// Makes every repository ask for this token.
    pub(crate) fn require_token(&self, token: &str) {
        self.state().token = Some(token.to_owned());
    }

    /// Lets the next request of `method` whose path contains `path` go wrong. Faults of the same kind of request queue up.
    pub(crate) fn fault(&self, method: &'static str, path: &'static str, fault: Fault) {
        self.state().faults.push((method, path, fault));
    }

    /// Every request so far, in order.
    pub(crate) fn log(&self) -> Vec<Request> {
        self.state().log.clone()
    }

    /// The requests of `method` whose path contains `path`.
    pub(crate) fn requests(&self, method: &str, path: &str) -> Vec<Request> {
        self.log()
            .into_iter()
            .filter(|one| one.method == method && one.path.contains(path))
            .collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: &TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let request = read_request(stream)?;
    let (mut answer, fault) = {
        let mut state = lock(state);
        state.log.push(request.clone());
        let fits = |(method, path, _): &(&str, &str, Fault)| {
            *method == request.method && request.path.contains(path)
        };
        let position = state.faults.iter().position(fits);
        let fault = position.map(|position| state.faults.remove(position).2);
        (
            state.answer(&request, matches!(fault, Some(Fault::NoRanges))),
            fault,
        )
    };
    match &fault {
        Some(Fault::Status(status, headers)) => {
            answer = Answer {
                status: *status,
                headers: headers.clone(),
                body: Vec::new(),
            };
        }
        Some(Fault::Silent(time)) => thread::sleep(*time),
        Some(Fault::Spoilt) => answer.body[0] ^= 1,
        Some(Fault::CutAfter(_) | Fault::NoRanges) | None => {}
    }
    let mut head = format!(
        "HTTP/1.1 {} Status\r\nContent-Length: {}\r\n",
        answer.status,
        answer.body.len()
    );
    for (name, value) in &answer.headers {
        head = format!("{head}{name}: {value}\r\n");
    }
    let mut stream = stream;
    stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
    if request.method != "HEAD" {
        let end = if let Some(Fault::CutAfter(bytes)) = fault {
            bytes
        } else {
            answer.body.len()
        };
        stream.write_all(&answer.body[..end.min(answer.body.len())])?;
    }
    stream.flush()
}

fn read_request(stream: &TcpStream) -> std::io::Result<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    Ok(Request {
        method,
        path,
        headers,
    })
}

impl State {
    fn answer(&self, request: &Request, no_ranges: bool) -> Answer {
        if let Some(file) = request.path.strip_prefix("/raw/") {
            return match self.raw.get(file) {
                Some(bytes) => ranged(bytes, &sha256(bytes), request, no_ranges),
                None => refusal(404, ""),
            };
        }
        if let Some(sum) = request.path.strip_prefix("/store/") {
            let stored = self
                .repos
                .values()
                .flat_map(BTreeMap::values)
                .find(|bytes| sha256(bytes) == sum);
            return stored.map_or_else(
                || refusal(404, ""),
                |bytes| ranged(bytes, sum, request, no_ranges),
            );
        }
        self.resolve(request, no_ranges)
    }

    fn resolve(&self, request: &Request, no_ranges: bool) -> Answer {
        let Some((repo, rest)) = request.path[1..].split_once("/resolve/") else {
            return refusal(404, "");
        };
        // A repository that was renamed: the hub redirects within itself.
        if let Some(name) = repo.strip_prefix("old/") {
            let headers = vec![("Location", format!("/org/{name}/resolve/{rest}"))];
            return Answer {
                status: 307,
                headers,
                body: Vec::new(),
            };
        }
        let authorized = self.token.as_ref().is_none_or(|token| {
            request
                .headers
                .get("authorization")
                .is_some_and(|given| *given == format!("Bearer {token}"))
        });
        let Some(files) = self.repos.get(repo) else {
            return refusal(401, "RepoNotFound");
        };
        if !authorized {
            return refusal(401, "GatedRepo");
        }
        let Some(("main", file)) = rest.split_once('/') else {
            return refusal(404, "RevisionNotFound");
        };
        let Some(bytes) = files.get(file) else {
            return refusal(404, "EntryNotFound");
        };
        let commit = ("X-Repo-Commit", COMMIT.to_owned());
        if bytes.len() < LARGE {
            let mut answer = ranged(bytes, &git_blob(bytes), request, no_ranges);
            answer.headers.push(commit);
            return answer;
        }
        let (sum, port) = (sha256(bytes), self.port);
        let headers = vec![
            ("Location", format!("http://localhost:{port}/store/{sum}")),
            ("X-Linked-Etag", format!("\"{sum}\"")),
            ("X-Linked-Size", bytes.len().to_string()),
            commit,
        ];
        Answer {
            status: 302,
            headers,
            body: Vec::new(),
        }
    }
}

/// The bytes, or those from the first one that `Range: bytes=FIRST-` asks for.
fn ranged(bytes: &[u8], etag: &str, request: &Request, no_ranges: bool) -> Answer {
    let etag = format!("\"{etag}\"");
    let same = request
        .headers
        .get("if-range")
        .is_none_or(|wanted| *wanted == etag);
    let range = request.headers.get("range").filter(|_| same && !no_ranges);
    let first: Option<usize> = range.and_then(|range| {
        range
            .strip_prefix("bytes=")?
            .split_once('-')?
            .0
            .parse()
            .ok()
    });
    let size = bytes.len();
    match first {
        Some(first) if first >= size => {
            let headers = vec![("Content-Range", format!("bytes */{size}"))];
            Answer {
                status: 416,
                headers,
                body: Vec::new(),
            }
        }
        Some(first) => {
            let span = format!("bytes {first}-{}/{size}", size - 1);
            let headers = vec![("ETag", etag), ("Content-Range", span)];
            Answer {
                status: 206,
                headers,
                body: bytes[first..].to_vec(),
            }
        }
        None => Answer {
            status: 200,
            headers: vec![("ETag", etag)],
            body: bytes.to_vec(),
        },
    }
}

fn refusal(status: u16, code: &str) -> Answer {
    Answer {
        status,
        headers: vec![("X-Error-Code", code.to_owned())],
        body: Vec::new(),
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    hex(&sha2::Sha256::digest(bytes))
}

fn git_blob(bytes: &[u8]) -> String {
    use sha1::Digest;
    let mut digest = sha1::Sha1::new();
    digest.update(format!("blob {}\0", bytes.len()));
    digest.update(bytes);
    hex(&digest.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
