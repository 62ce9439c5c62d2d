//! Repositories of the Hugging Face hub, through its own cache: what another program fetched is used, and what is fetched
//! here is there for others.
//!
//! hf-hub knows the cache's layout and the addresses; the transfers are [`http`](super::http)'s. A file in the cache is named
//! by the checksum that the hub gave (`ETag`: SHA-256 for large files, git's SHA-1 for small ones), and it is checked against
//! that name before it is used, also when another program put it there.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use hf_hub::api::sync::{ApiBuilder, ApiRepo};
use hf_hub::{Cache, CacheRepo, Repo, RepoType};
use ureq::http::HeaderMap;

use super::cache_entry::{FoundFile, Owner};
use super::checksum::Checksum;
use super::event::FetchKind;
use super::file_request::{FileRequest, Optional};
use super::http::{Download, Http};
use super::partial_file::delete;
use super::retry::{answer, header, host};
use super::settings::HubSettings;
use super::source_error::{NotFoundKind, SourceError};
use fsl_common::settings::HubSource;

/// A repository at a revision.
pub(super) struct Hub<'a> {
    http: &'a Http,
    settings: &'a HubSettings,
    source: &'a HubSource,
    remote: ApiRepo,
    cache: CacheRepo,
}

impl<'a> Hub<'a> {
    /// Prepares the access; nothing is asked yet.
    pub(super) fn new(
        http: &'a Http,
        settings: &'a HubSettings,
        source: &'a HubSource,
    ) -> Result<Self, SourceError> {
        let repo = Repo::with_revision(
            source.repo.clone(),
            RepoType::Model,
            source.revision.clone(),
        );
        let cache = Cache::new(settings.cache.clone());
        let mut builder = ApiBuilder::from_cache(cache.clone()).with_progress(false);
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_endpoint(endpoint.clone());
        }
        let api = builder.build().map_err(|error| SourceError::Answer {
            host: host(settings.endpoint.as_deref().unwrap_or_default()).to_owned(),
            why: error.to_string(),
        })?;
        Ok(Self {
            http,
            settings,
            source,
            remote: api.repo(repo.clone()),
            cache: cache.repo(repo),
        })
    }

    /// The wanted files: from the cache where all of them are there and whole, else from the network. Where the network
    /// is of no use or not wanted, the cache serves without the files that need not be there.
    pub(super) fn fetch(
        &self,
        wanted: &FileRequest,
        on: &mut dyn FnMut(FetchKind),
    ) -> Result<Vec<FoundFile>, SourceError> {
        let cached =
            |optional| match wanted.collect(optional, &mut |name| Ok(self.cached(name, wanted))) {
                Err(SourceError::Unlisted { .. }) => Ok(None),
                collected => collected,
            };
        if let Some(found) = cached(Optional::MustBeThere)? {
            return Ok(found);
        }
        if self.settings.offline {
            return cached(Optional::MayLack)?.ok_or_else(|| SourceError::Offline {
                repo: self.source.repo.clone(),
                revision: self.source.revision.clone(),
            });
        }
        match self.fetch_online(wanted, on) {
            Err(
                error @ (SourceError::Connection { .. }
                | SourceError::RateLimited { .. }
                | SourceError::Answer { .. }),
            ) => cached(Optional::MayLack)?.ok_or(error),
            result => result,
        }
    }

    fn fetch_online(
        &self,
        wanted: &FileRequest,
        on: &mut dyn FnMut(FetchKind),
    ) -> Result<Vec<FoundFile>, SourceError> {
        let mut had = BTreeMap::new();
        let collected = wanted.collect(Optional::MayLack, &mut |name| match self.file(
            name,
            wanted.pins.get(name),
            on,
        ) {
            Ok(path) => {
                had.insert(name.to_owned(), path.clone());
                Ok(Some(found(name, path)))
            }
            Err(SourceError::Missing {
                kind: NotFoundKind::File,
                ..
            }) if !wanted.is_required(name) => Ok(None),
            Err(error) => Err(self.named(name, error)),
        })?;
        collected.ok_or_else(|| SourceError::Absent {
            file: wanted.absent(&|name| had.get(name).cloned()),
            place: format!("{} at {}", self.source.repo, self.source.revision),
        })
    }

    /// The error with the names of repository and revision in place of an address.
    fn named(&self, file: &str, error: SourceError) -> SourceError {
        let SourceError::Missing { host, kind, .. } = error else {
            return error;
        };
        let HubSource { repo, revision } = self.source.clone();
        let (what, place) = match kind {
            NotFoundKind::Repository => (repo, None),
            NotFoundKind::Revision => (revision, Some(repo)),
            NotFoundKind::File => (file.to_owned(), Some(format!("{repo}@{revision}"))),
        };
        SourceError::Missing {
            host,
            kind,
            what,
            place,
        }
    }

    /// A file of the cache, where it is there and its bytes are right.
    fn cached(&self, name: &str, wanted: &FileRequest) -> Option<FoundFile> {
        let by_commit = self.cache.pointer_path(&self.source.revision).join(name);
        let path = self
            .cache
            .get(name)
            .or_else(|| by_commit.exists().then_some(by_commit))?;
        let blob = fs::canonicalize(&path).ok()?;
        let named = Checksum::from_etag(blob.file_name()?.to_str()?);
        let right = [named.as_ref(), wanted.pins.get(name)]
            .into_iter()
            .flatten()
            .all(|checksum| checksum.verify(name, &blob).is_ok());
        right.then(|| found(name, path))
    }

    /// Brings one file into the cache and returns its path there. What the hub says to have under another checksum than
    /// `pin` is not transferred at all.
    fn file(
        &self,
        name: &str,
        pin: Option<&Checksum>,
        on: &mut dyn FnMut(FetchKind),
    ) -> Result<PathBuf, SourceError> {
        let (url, token) = (self.remote.url(name), self.settings.token.as_deref());
        let told = RemoteFile::new(&url, &self.http.describe(&url, token, on)?)?;
        if let (Some(Checksum::Sha256(got)), Some(Checksum::Sha256(expected))) =
            (&told.checksum, pin)
            && got != expected
        {
            return Err(SourceError::Checksum {
                file: name.to_owned(),
                expected: expected.clone(),
                got: got.clone(),
            });
        }
        // Mirrors of the hub may not tell the commit; the revision then names the folder.
        let commit = told.commit.as_ref().unwrap_or(&self.source.revision);
        let commit = commit.replace(|c| !is_plain_char(c), "-");
        let blob = self.cache.blob_path(&told.etag);
        let disk = |path: &Path| SourceError::disk(path);
        let blobs = blob.parent().unwrap_or(&blob);
        fs::create_dir_all(blobs).map_err(disk(blobs))?;
        // The lock that hf-hub itself takes for this file.
        let at = blob.with_extension("lock");
        let lock = File::create(&at).map_err(disk(&at))?;
        // Where the file system has no locks, renames still keep readers safe.
        let _ = lock.lock();
        let checksum = told.checksum.as_ref();
        let right = |sum: &Checksum| sum.verify(name, &blob).is_ok();
        if !(blob.is_file() && checksum.is_some_and(right)) {
            let part = blob.with_extension("part");
            let download = Download {
                name,
                url: &url,
                token,
                part: &part,
                size: told.size,
                checksum,
            };
            self.http.download(&download, on)?;
            fs::rename(&part, &blob).map_err(disk(&blob))?;
            delete(&part)?;
        }
        drop(lock);
        pin.map_or(Ok(()), |pin| pin.verify(name, &blob))?;
        let pointer = self.cache.pointer_path(&commit).join(name);
        link_blob(&pointer, &blob).map_err(disk(&pointer))?;
        self.cache
            .create_ref(&commit)
            .map_err(disk(&self.settings.cache))?;
        Ok(pointer)
    }
}

/// What the hub tells of a file before it sends it.
pub(super) struct RemoteFile {
    pub(super) etag: String,
    /// The one that the ETag is.
    checksum: Option<Checksum>,
    /// Bytes, of large files.
    size: Option<u64>,
    pub(super) commit: Option<String>,
}

impl RemoteFile {
    pub(super) fn new(url: &str, headers: &HeaderMap) -> Result<Self, SourceError> {
        let etag = header(headers, "X-Linked-Etag")
            .or_else(|| header(headers, "ETag"))
            .map(|etag| etag.trim_start_matches("W/").trim_matches('"').to_owned())
            .filter(|etag| is_plain(etag))
            .ok_or_else(|| answer(url, "without an ETag"))?;
        let size = header(headers, "X-Linked-Size").and_then(|size| size.parse().ok());
        let commit = header(headers, "X-Repo-Commit").filter(|commit| is_plain(commit));
        Ok(Self {
            checksum: Checksum::from_etag(&etag),
            etag,
            size,
            commit: commit.map(str::to_owned),
        })
    }
}

fn found(name: &str, path: PathBuf) -> FoundFile {
    FoundFile {
        name: name.to_owned(),
        path,
        owner: Owner::HubCache,
    }
}

/// Makes `pointer` lead to `blob`: a relative link where the system has them, else a copy.
fn link_blob(pointer: &Path, blob: &Path) -> std::io::Result<()> {
    if let Some(folder) = pointer.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::canonicalize(pointer).ok() == fs::canonicalize(blob).ok() {
        return Ok(());
    }
    if pointer.symlink_metadata().is_ok() {
        fs::remove_file(pointer)?;
    }
    link(pointer, blob).or_else(|_| fs::copy(blob, pointer).map(drop))
}

/// `snapshots/COMMIT/NAME` → `../../blobs/ETAG`, as every program of the hub links; a name in a folder has more steps up.
#[cfg(unix)]
fn link(pointer: &Path, blob: &Path) -> std::io::Result<()> {
    let repository = blob.parent().and_then(Path::parent).unwrap_or(blob);
    let below = pointer.strip_prefix(repository).unwrap_or(pointer);
    let up = below.components().skip(1).map(|_| "..");
    let name = blob.file_name().unwrap_or_default();
    let target: PathBuf = up.chain(["blobs"]).collect();
    std::os::unix::fs::symlink(target.join(name), pointer)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('.') && text.chars().all(is_plain_char)
}

fn is_plain_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.')
}
