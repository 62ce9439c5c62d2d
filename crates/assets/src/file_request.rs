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

    /// Whether files with these SHA-256 are all that is wanted.
    pub(super) fn are_met_by(&self, placed_checksums: &BTreeMap<String, String>) -> bool {
        let right = |name: &String| match (placed_checksums.get(name), self.pins.get(name)) {
            (Some(sum), Some(Checksum::Sha256(pin))) => sum == pin,
            // git's checksum was right when the file was placed, and the manifest says that it has not changed since.
            (Some(_), _) => true,
            (None, _) => false,
        };
        self.required.iter().all(right) && (self.one_of.is_empty() || self.one_of.iter().any(right))
    }
}
