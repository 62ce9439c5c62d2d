//! File requests: the files that a fetch must bring.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::cache_entry::FoundFile;
use super::checksum::Checksum;
use super::source_error::SourceError;
use fsl_common::fsio::OpenFile;
use fsl_common::sentence::{Layout, MODULES, SentenceFault, WEIGHTS, read_layout};
use fsl_common::settings::{LONGEST_INDEX, ShardIndex};

/// Asks a source for a file; `None` where it has none of that name.
type Get<'a> = dyn FnMut(&str) -> Result<Option<FoundFile>, SourceError> + 'a;

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
    /// Whether a source is asked for modules.json first, and then for the files that it names.
    pub(super) follows_modules: bool,
    /// Whether it must be there.
    pub(super) needs_modules: bool,
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
        let names = all.required.iter_mut().chain(&mut all.optional);
        let names = names.chain(&mut all.any_of).chain(&mut all.or_all);
        for name in names.chain(&mut all.one_of) {
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
        get: &mut Get,
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
            let may_lack = optional == Optional::MayLack && !self.needs_modules;
            if modules.is_none() && !may_lack {
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
        if !self.collect_any(&mut all, optional, get)?
            || !self.collect_weights(&mut all, optional, get)?
        {
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
        optional: Optional,
        get: &mut Get,
    ) -> Result<bool, SourceError> {
        let before = all.len();
        for name in &self.any_of {
            all.extend(get(name)?);
        }
        // What another program left in the cache does not say what the source has.
        if optional == Optional::MustBeThere {
            return Ok(all.len() == before + self.any_of.len());
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

    /// Asks for the files of which one is wanted, with those that it lists; `false` where one is not to be had.
    fn collect_weights(
        &self,
        all: &mut Vec<FoundFile>,
        optional: Optional,
        get: &mut Get,
    ) -> Result<bool, SourceError> {
        for names in self.lists() {
            let mut first = None;
            for name in names {
                first = get(name)?;
                if first.is_some() {
                    break;
                }
            }
            let Some(first) = first else {
                return Ok(false);
            };
            for name in listed(&first)? {
                match get(&name)? {
                    Some(found) => all.push(found),
                    None if optional == Optional::MustBeThere => return Ok(false),
                    None => {
                        let place = first.name;
                        return Err(SourceError::Unlisted { file: name, place });
                    }
                }
            }
            all.push(first);
        }
        Ok(true)
    }

    /// Lists of files of which one is wanted each.
    fn lists(&self) -> impl Iterator<Item = &Vec<String>> {
        let lists = std::iter::once(&self.one_of).chain(&self.one_of_each);
        lists.filter(|names| !names.is_empty())
    }

    /// What a source lacks that has files at these paths but not all that are wanted.
    pub(super) fn absent(&self, path: &dyn Fn(&str) -> Option<PathBuf>) -> String {
        if self.follows_modules {
            let modules = path(MODULES);
            if modules.is_none() && self.needs_modules {
                return MODULES.to_owned();
            }
            let folder = modules.as_deref().and_then(Path::parent);
            let layout = folder.and_then(|folder| read_layout(folder).ok().flatten());
            return self.with_layout(layout.as_ref()).absent(path);
        }
        let has = |name: &String| path(name).is_some();
        let has_any = |names: &[String]| names.is_empty() || names.iter().any(has);
        if let Some(name) = self.required.iter().find(|name| !has(name)) {
            return name.clone();
        }
        let has_others = !self.or_all.is_empty() && self.or_all.iter().all(has);
        if !has_any(&self.any_of) && !has_others {
            return self.any_of.join("` or `");
        }
        let dense = self.one_of_each.iter().find(|names| !has_any(names));
        match dense {
            Some(names) if has_any(&self.one_of) => names.join("` or `"),
            _ => self.alternatives(),
        }
    }

    /// Whether files with these SHA-256, which lie in `folder`, are all that is wanted, modules aside.
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
                Some(index) => beside(name, &index),
                None => Vec::new(),
            });
            right(name) && shards.is_ok_and(|shards| shards.iter().all(right))
        };
        if self.needs_modules && !placed_checksums.contains_key(MODULES) {
            return false;
        }
        let has_any = self.any_of.is_empty() || self.any_of.iter().any(right);
        let has_others = !self.or_all.is_empty() && self.or_all.iter().all(right);
        let mut lists = self.lists();
        self.required.iter().all(right)
            && (has_any || has_others)
            && lists.all(|names| names.iter().any(whole))
    }
}

/// The files that the index at `name` lists, which lie beside it.
fn beside(name: &str, index: &ShardIndex) -> Vec<String> {
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let shards = index.shards().iter();
    shards.map(|shard| Layout::file(folder, shard)).collect()
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
    Ok(beside(&found.name, &index))
}
