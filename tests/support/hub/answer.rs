//! Stored files and the answers that carry them, whole or in part.

use std::sync::Arc;

use super::Request;

/// A file with its names.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) bytes: Arc<Vec<u8>>,
    pub(super) sha256: String,
    pub(super) git_blob: String,
}

/// What is sent back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Arc<Vec<u8>>,
    /// The first byte of the body that is sent.
    pub(super) from: usize,
}

impl Stored {
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: Arc::new(bytes.to_vec()),
            sha256: sha256(bytes),
            git_blob: git_blob(bytes),
        }
    }
}

impl Answer {
    pub(super) fn empty(status: u16, headers: Vec<(&'static str, String)>) -> Self {
        Self {
            status,
            headers,
            body: Arc::default(),
            from: 0,
        }
    }
}

/// The bytes, or those from the first one that `Range: bytes=FIRST-` asks for.
pub(super) fn ranged(stored: &Stored, etag: &str, request: &Request, no_ranges: bool) -> Answer {
    let etag = format!("\"{etag}\"");
    let same = request
        .headers
        .get("if-range")
        .is_none_or(|wanted| *wanted == etag);
    let range = request.headers.get("range").filter(|_| same && !no_ranges);
    let first: Option<usize> = range.and_then(|range| {
        let (first, _) = range.strip_prefix("bytes=")?.split_once('-')?;
        first.parse().ok()
    });
    let size = stored.bytes.len();
    let answer = |status, from, headers| Answer {
        status,
        headers,
        body: Arc::clone(&stored.bytes),
        from,
    };
    match first {
        Some(first) if first >= size => {
            Answer::empty(416, vec![("Content-Range", format!("bytes */{size}"))])
        }
        Some(first) => {
            let span = format!("bytes {first}-{}/{size}", size - 1);
            answer(206, first, vec![("ETag", etag), ("Content-Range", span)])
        }
        None => answer(200, 0, vec![("ETag", etag)]),
    }
}

pub(super) fn refusal(status: u16, code: &str) -> Answer {
    Answer::empty(status, vec![("X-Error-Code", code.to_owned())])
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
