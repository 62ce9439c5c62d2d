//! File requests: the files that a fetch must bring.

use std::collections::BTreeMap;

use super::cache_entry::FoundFile;
use super::checksum::Checksum;
use super::source_error::SourceError;

/// Which files a fetch must bring, and what is known of their bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct FileRequest {
    /// All of these.
    pub(super) required: Vec<String>,
    /// Those of these that the source has, at least one; nothing where the list is empty.
    pub(super) any_of: Vec<String>,
    /// All of these where it has none of the former.
    pub(super) or_all: Vec<String>,
    /// The first of these that the source has; nothing where the list is empty.
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
        for name in &self.optional {
            match get(name)? {
                Some(found) => all.push(found),
                None if optional == Optional::MustBeThere => return Ok(None),
                None => {}
            }
        }
        Ok(Some(all))
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
        let lacking = if vocabulary {
            &self.one_of
        } else {
            &self.any_of
        };
        lacking.join("` or `")
    }

    /// Whether files with these SHA-256 are all that is wanted.
    pub(super) fn are_met_by(&self, placed_checksums: &BTreeMap<String, String>) -> bool {
        let right = |name: &String| match (placed_checksums.get(name), self.pins.get(name)) {
            (Some(sum), Some(Checksum::Sha256(pin))) => sum == pin,
            // git's checksum was right when the file was placed, and the manifest says that it has not changed since.
            (Some(_), _) => true,
            (None, _) => false,
        };
        let any = |names: &[String]| names.is_empty() || names.iter().any(right);
        let vocabulary =
            any(&self.any_of) || (!self.or_all.is_empty() && self.or_all.iter().all(right));
        self.required.iter().all(right) && vocabulary && any(&self.one_of)
    }
}
