//! A server on the loopback address that speaks the part of the hub's protocol that a fetch uses, with faults on demand.
//!
//! It answers as the hub does (huggingface_hub 2.4 fetches from it):
//!
//! - `/ORG/NAME/resolve/REVISION/FILE`: small files by a redirect within the hub to `/api/resolve-cache/…`, which names git's
//!   SHA-1 as `ETag`; large ones (from [`LARGE`] bytes on) by a redirect to a store on another port, `/store/SHA256`, with
//!   `X-Linked-Etag` and `X-Linked-Size`. Both name the commit in `X-Repo-Commit`.
//! - `/api/models/ORG/NAME/revision/REVISION`: what is in the repository.
//! - Refusals carry `X-Error-Code`: `RepoNotFound` (401), `GatedRepo` (401 without a token, 403 with one that has no access),
//!   `RevisionNotFound` and `EntryNotFound` (404).
//! - `old/NAME` was renamed to `org/NAME`; `loop/NAME` redirects to itself without end.
//!
//! `/raw/FILE` serves files as a plain web server does. Files are served with `Range` and `If-Range`. Standard library and
//! hashes only.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use answer::{Answer, Stored, ranged, refusal};

// By its path, for this file is a module of several programs.
#[path = "hub/answer.rs"]
mod answer;

/// From this size on a file lies in large-file storage.
pub(crate) const LARGE: usize = 1000;

/// The commit that `main` stands at.
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What goes wrong, once.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// Another status, with these headers, instead of an answer.
    Status(u16, Vec<(&'static str, String)>),
    /// The connection is closed after so many bytes of the body.
    CutAfter(usize),
    /// The connection is closed in the middle of the headers.
    CutInHeaders,
    /// `Content-Length` says so much less than there is, and no more is sent.
    ShortBy(usize),
    /// The server knows no ranges and sends everything.
    NoRanges,
    /// Nothing is sent for so long.
    Silent(Duration),
    /// So many bytes of the body are sent, then nothing for so long.
    StallAfter(usize, Duration),
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
    /// `ORG/NAME` → file → contents.
    repos: BTreeMap<String, BTreeMap<String, Stored>>,
    raw: BTreeMap<String, Stored>,
    /// The token that repositories ask for.
    token: Option<String>,
    /// A token that is known but may not read them.
    stranger: Option<String>,
    /// A revision besides `main` and the commit.
    tag: Option<String>,
    /// (method, part of the path, what goes wrong), each once.
    faults: Vec<(&'static str, String, Fault)>,
    log: Vec<Request>,
    /// `http://HOST:PORT` of the store of large files.
    store: String,
}

/// The server. It runs until its process ends.
#[derive(Debug)]
pub(crate) struct HubServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl HubServer {
    /// Starts a server without any file.
    pub(crate) fn start() -> Self {
        Self::start_at(0)
    }

    /// Starts a server without any file on a port that is free; 0 is any.
    pub(crate) fn start_at(port: u16) -> Self {
        let (hub, store) = (listen(port), listen(0));
        let address = hub.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            store: format!("http://{}", store.local_addr().unwrap()),
            ..State::default()
        }));
        for listener in [hub, store] {
            let shared = Arc::clone(&state);
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let shared = Arc::clone(&shared);
                    // A client that goes away in the middle is part of the tests.
                    thread::spawn(move || drop(serve(&stream, &shared)));
                }
            });
        }
        Self { address, state }
    }

    /// What `HF_ENDPOINT` is set to.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts a file into a repository; the repository exists from then on.
    pub(crate) fn put(&self, repo: &str, file: &str, bytes: &[u8]) {
        let stored = Stored::new(bytes);
        let mut state = self.state();
        let files = state.repos.entry(repo.to_owned()).or_default();
        files.insert(file.to_owned(), stored);
    }

    /// Puts a file under `/raw/`.
    pub(crate) fn put_raw(&self, file: &str, bytes: &[u8]) {
        let stored = Stored::new(bytes);
        self.state().raw.insert(file.to_owned(), stored);
    }

    /// Makes every repository ask for this token.
    pub(crate) fn require_token(&self, token: &str) {
        self.state().token = Some(token.to_owned());
    }

    /// Makes every repository know its contents under another revision as well.
    pub(crate) fn tag(&self, revision: &str) {
        self.state().tag = Some(revision.to_owned());
    }

    /// Makes this token one that is known but has not been let in.
    pub(crate) fn know_stranger(&self, token: &str) {
        self.state().stranger = Some(token.to_owned());
    }

    /// Lets the next request of `method` whose path contains `path` go wrong. Faults of the same kind of request queue up.
    pub(crate) fn fault(&self, method: &'static str, path: &str, fault: Fault) {
        self.state().faults.push((method, path.to_owned(), fault));
    }

    /// The path under which the store serves a large file of a repository.
    pub(crate) fn store_path(&self, repo: &str, file: &str) -> String {
        format!("/store/{}", self.state().repos[repo][file].sha256)
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

fn listen(port: u16) -> TcpListener {
    TcpListener::bind(("127.0.0.1", port)).unwrap()
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: &TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let request = read_request(stream)?;
    let (mut answer, fault) = {
        let mut state = lock(state);
        state.log.push(request.clone());
        let fits = |(method, path, _): &(&str, String, Fault)| {
            *method == request.method && request.path.contains(path.as_str())
        };
        let position = state.faults.iter().position(fits);
        let fault = position.map(|position| state.faults.remove(position).2);
        let no_ranges = matches!(fault, Some(Fault::NoRanges));
        (state.answer(&request, no_ranges), fault)
    };
    match &fault {
        Some(Fault::Status(status, headers)) => {
            answer = Answer::empty(*status, headers.clone());
        }
        Some(Fault::Silent(time)) => thread::sleep(*time),
        Some(Fault::Spoilt) => Arc::make_mut(&mut answer.body)[0] ^= 1,
        _ => {}
    }
    let whole = answer.body.len() - answer.from;
    let (told, sent) = match fault {
        Some(Fault::CutAfter(bytes) | Fault::StallAfter(bytes, _)) => (whole, bytes.min(whole)),
        Some(Fault::ShortBy(bytes)) => (whole - bytes, whole - bytes),
        _ => (whole, whole),
    };
    let mut stream = stream;
    stream.write_all(format!("HTTP/1.1 {} Status\r\n", answer.status).as_bytes())?;
    if matches!(fault, Some(Fault::CutInHeaders)) {
        return stream.write_all(b"Content-Le");
    }
    let mut head = format!("Content-Length: {told}\r\nConnection: close\r\n");
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    if request.method != "HEAD" {
        stream.write_all(&answer.body[answer.from..answer.from + sent])?;
    }
    stream.flush()?;
    if let Some(Fault::StallAfter(_, time)) = fault {
        thread::sleep(time);
    }
    Ok(())
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
        let path = request.path.split('?').next().unwrap_or_default();
        if let Some(file) = path.strip_prefix("/raw/") {
            return self.raw.get(file).map_or_else(
                || refusal(404, ""),
                |stored| ranged(stored, &stored.sha256, request, no_ranges),
            );
        }
        if let Some(sum) = path.strip_prefix("/store/") {
            let mut all = self.repos.values().flat_map(BTreeMap::values);
            return all.find(|stored| stored.sha256 == sum).map_or_else(
                || refusal(404, ""),
                |stored| ranged(stored, sum, request, no_ranges),
            );
        }
        if let Some((repo, revision)) = path
            .strip_prefix("/api/models/")
            .and_then(|rest| rest.split_once("/revision/"))
        {
            return self.listing(request, repo, revision);
        }
        if let Some(rest) = path.strip_prefix("/api/resolve-cache/models/") {
            let parts: Vec<&str> = rest.splitn(4, '/').collect();
            if let [org, name, commit, file] = parts[..] {
                return self.small(request, &format!("{org}/{name}"), commit, file, no_ranges);
            }
        }
        match path[1..].split_once("/resolve/") {
            Some((repo, rest)) => self.resolve(request, repo, rest),
            None => refusal(404, ""),
        }
    }

    /// The files of a repository at a revision, or why they are not told.
    fn files(
        &self,
        request: &Request,
        repo: &str,
        revision: &str,
    ) -> Result<&BTreeMap<String, Stored>, Answer> {
        let files = self
            .repos
            .get(repo)
            .ok_or_else(|| refusal(401, "RepoNotFound"))?;
        let given = request.headers.get("authorization");
        let is = |token: &Option<String>| {
            let expected = token.as_ref().map(|token| format!("Bearer {token}"));
            expected.is_some() && given == expected.as_ref()
        };
        if self.token.is_some() && !is(&self.token) {
            return Err(match given {
                None => refusal(401, "GatedRepo"),
                Some(_) if is(&self.stranger) => refusal(403, "GatedRepo"),
                Some(_) => {
                    let why = "Invalid credentials in Authorization header";
                    Answer::empty(401, vec![("X-Error-Message", why.to_owned())])
                }
            });
        }
        if !["main", COMMIT].contains(&revision) && self.tag.as_deref() != Some(revision) {
            return Err(refusal(404, "RevisionNotFound"));
        }
        Ok(files)
    }

    fn listing(&self, request: &Request, repo: &str, revision: &str) -> Answer {
        let files = match self.files(request, repo, revision) {
            Ok(files) => files,
            Err(refused) => return refused,
        };
        let siblings: Vec<_> = files
            .keys()
            .map(|name| serde_json::json!({ "rfilename": name }))
            .collect();
        let body = serde_json::json!({ "id": repo, "sha": COMMIT, "siblings": siblings });
        Answer {
            status: 200,
            headers: vec![("Content-Type", "application/json".to_owned())],
            body: Arc::new(body.to_string().into_bytes()),
            from: 0,
        }
    }

    fn small(
        &self,
        request: &Request,
        repo: &str,
        commit: &str,
        file: &str,
        no_ranges: bool,
    ) -> Answer {
        match self
            .files(request, repo, commit)
            .map(|files| files.get(file))
        {
            Err(refused) => refused,
            Ok(None) => refusal(404, "EntryNotFound"),
            Ok(Some(stored)) => {
                let mut answer = ranged(stored, &stored.git_blob, request, no_ranges);
                answer.headers.push(("X-Repo-Commit", commit.to_owned()));
                answer
            }
        }
    }

    fn resolve(&self, request: &Request, repo: &str, rest: &str) -> Answer {
        let moved = |to: String| Answer::empty(307, vec![("Location", to)]);
        if let Some(name) = repo.strip_prefix("old/") {
            return moved(format!("/org/{name}/resolve/{rest}"));
        }
        if repo.starts_with("loop/") {
            return moved(request.path.clone());
        }
        let (revision, file) = rest.split_once('/').unwrap_or((rest, ""));
        let files = match self.files(request, repo, revision) {
            Ok(files) => files,
            Err(refused) => return refused,
        };
        let Some(stored) = files.get(file) else {
            return refusal(404, "EntryNotFound");
        };
        let commit = ("X-Repo-Commit", COMMIT.to_owned());
        if stored.bytes.len() < LARGE {
            let query = format!("etag=%22{}%22", stored.git_blob);
            let to = format!("/api/resolve-cache/models/{repo}/{COMMIT}/{file}?{query}");
            let mut answer = moved(to);
            answer.headers.push(commit);
            return answer;
        }
        let (sum, store) = (&stored.sha256, &self.store);
        let headers = vec![
            ("Location", format!("{store}/store/{sum}?Signature=abc")),
            ("X-Linked-Etag", format!("\"{sum}\"")),
            ("X-Linked-Size", stored.bytes.len().to_string()),
            commit,
        ];
        Answer::empty(302, headers)
    }
}
