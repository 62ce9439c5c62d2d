//! Partial files: the body of an answer, written to disk as it comes, and the version that it belongs to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use ureq::http::Response;

use super::event::FetchKind;
use super::retry::{FetchError, RetryPolicy, header, host};
use super::source_error::SourceError;

/// Bytes per read, and so per progress event.
const BLOCK: usize = 1 << 18;

/// A body that is about to come.
pub(super) struct Incoming<'a> {
    /// The file's name, for people.
    pub(super) name: &'a str,
    /// The address that serves it, redirects followed.
    pub(super) url: &'a str,
    /// The bytes of the whole file, where they were told beforehand.
    pub(super) size: Option<u64>,
    /// The byte of the file that it begins with.
    pub(super) start: u64,
    /// The answer that it belongs to.
    pub(super) response: Response<ureq::Body>,
}

/// Writes a body to `part`, behind what is there where it does not begin with the first byte.
pub(super) fn download_body(
    body: Incoming<'_>,
    part: &Path,
    on: &mut dyn FnMut(FetchKind),
) -> Result<(), FetchError> {
    // A body that says to be shorter than the file is one that was cut.
    let length = header(body.response.headers(), "Content-Length");
    let total = body
        .size
        .or_else(|| Some(body.start + length?.parse::<u64>().ok()?));
    // Bytes that are sent anew by a server without ranges are no progress, or a cut at the same place would repeat for ever.
    let before = fs::metadata(part).map_or(0, |metadata| metadata.len());
    let mut file = open_part(&body, part)?;
    on(FetchKind::Started {
        file: body.name.to_owned(),
        bytes: total,
    });
    let broken = |have: u64, why: String| FetchError {
        error: SourceError::Connection {
            host: host(body.url).to_owned(),
            via: None,
            why,
        },
        again: if have > before {
            RetryPolicy::Progressed
        } else {
            RetryPolicy::After(None)
        },
    };
    let mut reader = body.response.into_body().into_reader();
    let (mut block, mut have) = (vec![0_u8; BLOCK], body.start);
    loop {
        let read = match reader.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(broken(have, why(&error, have))),
        };
        file.write_all(&block[..read])
            .map_err(|error| full(part, error, total))?;
        have += read as u64;
        on(FetchKind::Progress { bytes: have });
    }
    if total.is_some_and(|total| have < total) {
        return Err(broken(have, ended(have)));
    }
    // Some file systems tell only now that they are full.
    sync(&file).map_err(SourceError::disk(part))?;
    Ok(())
}

/// Opens the partial file to be written on; a body that begins with the first byte replaces it, and its ETag is kept beside it.
fn open_part(body: &Incoming<'_>, part: &Path) -> Result<File, SourceError> {
    if body.start == 0 {
        delete(part)?;
        let etag = header(body.response.headers(), "ETag");
        if let Some(etag) = etag.filter(|etag| !etag.starts_with("W/")) {
            fsl_common::fsio::write_atomic(&etag_file(part), etag.as_bytes())
                .map_err(SourceError::disk(part))?;
        }
    }
    let mut append = OpenOptions::new();
    append.create(true).append(true);
    append.open(part).map_err(SourceError::disk(part))
}

/// Why a body broke off. ureq hands its own errors over inside those of the reader.
fn why(error: &io::Error, have: u64) -> String {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<ureq::Error>());
    match inner {
        Some(ureq::Error::Timeout(_)) => format!("the server stopped sending after {have} bytes"),
        _ if error.kind() == io::ErrorKind::UnexpectedEof => ended(have),
        _ => error.to_string(),
    }
}

fn ended(have: u64) -> String {
    format!("the connection closed after {have} bytes")
}

/// The disk's error, with the bytes that are still to come of `total`. A write that fails may have put down some of them.
fn full(part: &Path, source: io::Error, total: Option<u64>) -> SourceError {
    let have = fs::metadata(part).map_or(0, |metadata| metadata.len());
    SourceError::Disk {
        path: part.to_path_buf(),
        source,
        to_come: total.map(|total| total.saturating_sub(have)),
    }
}

/// Some file systems know no sync; then the checksum alone must tell.
fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        result => result,
    }
}

/// Removes a partial file, with the note of its version.
pub(super) fn delete(part: &Path) -> Result<(), SourceError> {
    for path in [part, &etag_file(part)] {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(SourceError::disk(path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Where the version is noted that a part is a part of.
pub(super) fn etag_file(part: &Path) -> PathBuf {
    let mut name = part.as_os_str().to_owned();
    name.push(".etag");
    PathBuf::from(name)
}
