//! File requests: the files that a fetch must bring.

use std::collections::BTreeMap;
use std::path::Path;

use super::cache_entry::FoundFile;
use super::checksum::Checksum;
use super::source_error::SourceError;
use fsl_common::fsio::OpenFile;
use fsl_common::settings::{LONGEST_INDEX, ShardIndex};

/// Which files a fetch must bring, and what is known of their bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct FileRequest {
    /// All of these.
    pub(super) required: Vec<String>,
    /// Those of these that the source has, at least one; nothing where the list is empty.
    pub(super) any_of: Vec<String>,
    /// All of these where it has none of the former.
    pub(super) or_all: Vec<String>,
    /// The first of these that the source has, with the files that it lists where it is an index; nothing where the list is empty.
    pub(super) one_of: Vec<String>,
    /// These where the source has them.
    pub(super) optional: Vec<String>,
    /// The checksums that are known.
    pub(super) pins: BTreeMap<String, Checksum>,
}

/// Whether a source is good enough without the optional files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Optional {
    /// No: it may only lack them because nobody asked for them yet.
    MustBeThere,
    /// Yes.
    MayLack,
}

impl FileRequest {
    /// Whether the file may not lack.
    pub(super) fn is_required(&self, name: &str) -> bool {
        self.required.iter().any(|required| required == name)
    }

    /// Asks `get` for the files, and returns all that are wanted, or nothing where one is not to be had.
    pub(super) fn collect(
        &self,
        optional: Optional,
        mut get: impl FnMut(&str) -> Result<Option<FoundFile>, SourceError>,
    ) -> Result<Option<Vec<FoundFile>>, SourceError> {
        let mut all = Vec::new();
        for name in &self.required {
            let Some(found) = get(name)? else {
                return Ok(None);
            };
            all.push(found);
        }
        if !self.collect_any(&mut all, &mut get)? {
            return Ok(None);
        }
        let before = all.len();
        for name in &self.one_of {
            if let Some(found) = get(name)? {
                all.push(found);
                break;
            }
        }
        if all.len() == before && !self.one_of.is_empty() {
            return Ok(None);
        }
        let index = all[before..].first();
        for name in index.map_or(Ok(Vec::new()), listed)? {
            match get(&name)? {
                Some(found) => all.push(found),
                None if optional == Optional::MustBeThere => return Ok(None),
                None => {
                    let place = all[before].name.clone();
                    return Err(SourceError::Unlisted { file: name, place });
                }
            }
        }
        for name in &self.optional {
            match get(name)? {
                Some(found) => all.push(found),
                None if optional == Optional::MustBeThere => return Ok(None),
                None => {}
            }
        }
        Ok(Some(all))
    }

    /// The files of which one is needed, for people; an index stands for the weights that it lists.
    pub(super) fn alternatives(&self) -> String {
        let names = self.one_of.iter().map(String::as_str);
        let names: Vec<&str> = names.filter(|name| !ShardIndex::is_index(name)).collect();
        names.join("` or `")
    }

    /// Asks for the files of `any_of`, or for those in their place; `false` where neither is to be had.
    fn collect_any(
        &self,
        all: &mut Vec<FoundFile>,
        get: &mut impl FnMut(&str) -> Result<Option<FoundFile>, SourceError>,
    ) -> Result<bool, SourceError> {
        let before = all.len();
        for name in &self.any_of {
            all.extend(get(name)?);
        }
        if all.len() > before || self.any_of.is_empty() {
            return Ok(true);
        }
        for name in &self.or_all {
            match get(name)? {
                Some(found) => all.push(found),
                None => return Ok(false),
            }
        }
        Ok(!self.or_all.is_empty())
    }

    /// What a source lacks that has these files but not all that are wanted.
    pub(super) fn absent(&self, has: impl Fn(&str) -> bool) -> String {
        if let Some(name) = self.required.iter().find(|name| !has(name)) {
            return name.clone();
        }
        let vocabulary = self.any_of.is_empty()
            || self.any_of.iter().any(|name| has(name))
            || (!self.or_all.is_empty() && self.or_all.iter().all(|name| has(name)));
        if vocabulary {
            self.alternatives()
        } else {
            self.any_of.join("` or `")
        }
    }

    /// Whether files with these SHA-256, which lie in `folder`, are all that is wanted.
    pub(super) fn are_met_by(
        &self,
        placed_checksums: &BTreeMap<String, String>,
        folder: &Path,
    ) -> bool {
        let right = |name: &String| match (placed_checksums.get(name), self.pins.get(name)) {
            (Some(sum), Some(Checksum::Sha256(pin))) => sum == pin,
            // git's checksum was right when the file was placed, and the manifest says that it has not changed since.
            (Some(_), _) => true,
            (None, _) => false,
        };
        let whole = |name: &String| {
            let shards = shard_index(&folder.join(name)).map(|index| match index {
                Some(index) => index.shards().to_vec(),
                None => Vec::new(),
            });
            right(name) && shards.is_ok_and(|shards| shards.iter().all(right))
        };
        let any = |names: &[String]| names.is_empty() || names.iter().any(right);
        let vocabulary =
            any(&self.any_of) || (!self.or_all.is_empty() && self.or_all.iter().all(right));
        let weights = self.one_of.is_empty() || self.one_of.iter().any(whole);
        self.required.iter().all(right) && vocabulary && weights
    }
}

/// The index at `path`; `None` where it is weights.
pub(super) fn shard_index(path: &Path) -> Result<Option<ShardIndex>, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !ShardIndex::is_index(&name) {
        return Ok(None);
    }
    let read = OpenFile::open(path).and_then(|file| file.read(LONGEST_INDEX));
    let bytes = read.map_err(|error| error.to_string())?;
    ShardIndex::parse(&name, &bytes).map(Some)
}

/// The names of the files that an index lists; none where the file is no index.
fn listed(found: &FoundFile) -> Result<Vec<String>, SourceError> {
    if !ShardIndex::is_index(&found.name) {
        return Ok(Vec::new());
    }
    let read = OpenFile::open(&found.path).and_then(|file| file.read(LONGEST_INDEX));
    let bytes = read.map_err(SourceError::disk(&found.path))?;
    let index = ShardIndex::parse(&found.name, &bytes);
    let index = index.map_err(|problem| SourceError::Index {
        file: found.name.clone(),
        problem,
    })?;
    Ok(index.shards().to_vec())
}
