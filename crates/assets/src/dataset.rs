//! A dataset's files and the ids of their contents.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::checksum::Checksum;
use super::entry::{DatasetEntry, FileEntry};
use super::error::AssetError;
use super::file_request::FileRequest;

/// Which files of a dataset are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// Train and test.
    Labelled,
    /// Train, test and the transfer set.
    All,
}

/// Where a dataset's files are: CSV files with a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetFiles {
    /// The dataset's name.
    pub name: String,
    /// The column of the texts.
    pub text: String,
    /// The column of the labels; the transfer set has none.
    pub label: String,
    /// The labelled texts to learn from.
    pub train: PathBuf,
    /// The labelled texts to score on.
    pub test: PathBuf,
    /// The texts without labels, where they were asked for.
    pub transfer: Option<PathBuf>,
    /// The SHA-256 of each file.
    pub sha256: DatasetIds,
}

/// The SHA-256 of a dataset's files, 64 hexadecimal digits each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetIds {
    /// Of the training file.
    pub train: String,
    /// Of the test file.
    pub test: String,
    /// Of the transfer file; `None` where there is none, or where only git's checksum is published and it is not fetched yet.
    pub transfer: Option<String>,
}

/// The files to fetch. A dataset that is built is built whole.
pub(super) fn wanted_of(
    name: &str,
    entry: &DatasetEntry,
    parts: Parts,
) -> Result<FileRequest, AssetError> {
    if parts == Parts::All && entry.transfer.is_none() {
        return Err(AssetError::NoTransfer {
            name: name.to_owned(),
        });
    }
    let all = parts == Parts::All || entry.build.is_some() || entry.cut().is_some();
    let files: Vec<&FileEntry> = entry.files().take(if all { 3 } else { 2 }).collect();
    let pin = |file: &FileEntry| {
        let sha256 = file.sha256.clone().map(Checksum::Sha256);
        sha256.or_else(|| file.git_blob.clone().map(Checksum::GitBlob))
    };
    Ok(FileRequest {
        required: files.iter().map(|file| file.file.clone()).collect(),
        pins: files
            .iter()
            .filter_map(|file| Some((file.file.clone(), pin(file)?)))
            .collect(),
        ..FileRequest::default()
    })
}

/// The ids that are known: pinned by the catalogue, else those of the finished files.
pub(super) fn ids(
    entry: &DatasetEntry,
    placed_checksums: &BTreeMap<String, String>,
) -> Option<DatasetIds> {
    let id = |file: &FileEntry| {
        file.sha256
            .clone()
            .or_else(|| placed_checksums.get(&file.file).cloned())
    };
    Some(DatasetIds {
        train: id(&entry.train)?,
        test: id(&entry.test)?,
        transfer: entry.transfer.as_ref().and_then(id),
    })
}

/// The finished files in `folder`.
pub(super) fn assemble(
    name: &str,
    entry: &DatasetEntry,
    parts: Parts,
    folder: &Path,
    sha256: DatasetIds,
) -> DatasetFiles {
    let transfer = entry.transfer.as_ref().filter(|_| parts == Parts::All);
    DatasetFiles {
        name: name.to_owned(),
        text: entry.text.clone(),
        label: entry.label.clone(),
        train: folder.join(&entry.train.file),
        test: folder.join(&entry.test.file),
        transfer: transfer.map(|file| folder.join(&file.file)),
        sha256,
    }
}
