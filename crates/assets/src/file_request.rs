//! File requests: the files that a fetch must bring.

use std::collections::BTreeMap;
use std::path::Path;

use super::cache_entry::FoundFile;
use super::checksum::Checksum;
use super::source_error::SourceError;
use fsl_common::sentence::{Layout, MODULES, SentenceFault, WEIGHTS, read_layout};

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
    /// Whether a source is asked for modules.json first, and then for the files that it names.
    pub(super) follows_modules: bool,
    /// The first of each of these lists that the source has.
    pub(super) one_of_each: Vec<Vec<String>>,
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

    /// The modules.json in `folder`, where it is followed and among the files with these checksums.
    pub(super) fn layout(
        &self,
        folder: &Path,
        placed: &BTreeMap<String, String>,
    ) -> Result<Option<Layout>, SentenceFault> {
        if self.follows_modules && placed.contains_key(MODULES) {
            return read_layout(folder);
        }
        Ok(None)
    }

    /// The files of the encoder with those of its modules, where there is a modules.json.
    pub(super) fn with_layout(&self, layout: Option<&Layout>) -> Self {
        let mut all = self.clone();
        all.follows_modules = false;
        let Some(layout) = layout else {
            return all;
        };
        let names = all.required.iter_mut().chain(&mut all.one_of);
        for name in names.chain(&mut all.optional) {
            *name = Layout::file(&layout.transformer, name);
        }
        all.required.extend(layout.required());
        all.optional.extend(layout.optional());
        let weights = layout
            .dense()
            .map(|folder| WEIGHTS.map(|name| Layout::file(folder, name)).to_vec());
        all.one_of_each.extend(weights);
        all
    }

    /// Asks `get` for the files, and returns all that are wanted, or nothing where one is not to be had.
    pub(super) fn collect(
        &self,
        optional: Optional,
        get: &mut dyn FnMut(&str) -> Result<Option<FoundFile>, SourceError>,
    ) -> Result<Option<Vec<FoundFile>>, SourceError> {
        let mut all = Vec::new();
        if self.follows_modules {
            let modules = match get(MODULES) {
                // Who may not read the repository is told of the file that every encoder has.
                Err(refused @ SourceError::Refused { .. }) => {
                    self.required.first().map_or(Ok(None), |name| get(name))?;
                    return Err(refused);
                }
                asked => asked?,
            };
            if modules.is_none() && optional == Optional::MustBeThere {
                return Ok(None);
            }
            let folder = modules.as_ref().and_then(|found| found.path.parent());
            let layout = folder.map_or(Ok(None), read_layout)?;
            let rest = self.with_layout(layout.as_ref()).collect(optional, get)?;
            return Ok(rest.map(|rest| modules.into_iter().chain(rest).collect()));
        }
        for name in &self.required {
            let Some(found) = get(name)? else {
                return Ok(None);
            };
            all.push(found);
        }
        for names in self.alternatives() {
            let before = all.len();
            for name in names {
                if let Some(found) = get(name)? {
                    all.push(found);
                    break;
                }
            }
            if all.len() == before {
                return Ok(None);
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

    /// Whether files with these SHA-256 are all that is wanted.
    pub(super) fn are_met_by(&self, placed_checksums: &BTreeMap<String, String>) -> bool {
        let right = |name: &String| match (placed_checksums.get(name), self.pins.get(name)) {
            (Some(sum), Some(Checksum::Sha256(pin))) => sum == pin,
            // git's checksum was right when the file was placed, and the manifest says that it has not changed since.
            (Some(_), _) => true,
            (None, _) => false,
        };
        let mut alternatives = self.alternatives();
        self.required.iter().all(right) && alternatives.all(|names| names.iter().any(right))
    }

    /// Lists of files of which one is wanted each.
    fn alternatives(&self) -> impl Iterator<Item = &Vec<String>> {
        let lists = std::iter::once(&self.one_of).chain(&self.one_of_each);
        lists.filter(|names| !names.is_empty())
    }
}
