//! The way in: encoders and datasets by name.

use std::collections::BTreeMap;
use std::slice;

use super::cache_entry::{self, CacheEntry};
use super::catalog::Catalog;
use super::dataset::{self, DatasetFiles, DatasetIds, Parts};
use super::encoder::{self, EncoderFiles};
use super::entry::{DatasetEntry, Source};
use super::error::{AssetError, AssetKind};
use super::event::FetchEvent;
use super::fetch::{Fetcher, Job};
use super::file_request::FileRequest;
use super::http::Http;
use super::reference::EncoderRef;
use super::sentence;
use super::settings::AssetSettings;
use fsl_common::fsio::ChecksumCache;

/// Encoders and datasets: finds them on this machine and fetches them where they are not.
#[derive(Debug)]
pub struct Assets {
    settings: AssetSettings,
    catalog: Catalog,
    http: Http,
}

impl Assets {
    /// The built-in catalogue, with the settings of this process's environment.
    ///
    /// # Errors
    /// [`AssetError::NoCacheFolder`].
    pub fn from_env() -> Result<Self, AssetError> {
        Ok(Self::new(
            AssetSettings::from_env()?,
            Catalog::built_in().clone(),
        ))
    }

    /// A catalogue of one's own, with settings of one's own.
    pub fn new(settings: AssetSettings, catalog: Catalog) -> Self {
        let http = Http::new(settings.timeouts);
        Self {
            settings,
            catalog,
            http,
        }
    }

    /// The catalogue.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The settings.
    pub fn settings(&self) -> &AssetSettings {
        &self.settings
    }

    /// The checksums that the cache remembers.
    pub fn sums(&self) -> ChecksumCache {
        cache_entry::sums(&self.settings.cache)
    }

    /// An encoder's files, fetched where they are not here yet.
    ///
    /// A repository of the hub that was fetched once stays as it was, also where its branch moves on; remove its folder in
    /// the cache to fetch it anew.
    ///
    /// # Errors
    /// Every [`AssetError`] but [`AssetError::NoTransfer`] and [`AssetError::BadReference`].
    pub fn encoder(
        &self,
        reference: &EncoderRef,
        on_event: &mut dyn FnMut(FetchEvent),
    ) -> Result<EncoderFiles, AssetError> {
        if let Some(files) = self.cached_encoder(reference)? {
            return Ok(files);
        }
        let source;
        let (kind, name) = (AssetKind::Encoder, reference.to_string());
        let sources: &[Source] = match reference {
            EncoderRef::Name(name) => &self.catalog.encoder(name)?.sources,
            EncoderRef::Hub(hub) => {
                source = Source::Hub(hub.clone());
                slice::from_ref(&source)
            }
            EncoderRef::Folder(_) => &[],
        };
        let (cache_entry, wanted, _) = self.encoder_place(reference)?;
        let mirrored = match reference {
            EncoderRef::Hub(hub) => hub.repo.clone(),
            _ => name.clone(),
        };
        self.fetch(
            &Job {
                kind,
                name,
                mirrored,
                cache_entry,
                wanted,
                sources,
                build: None,
                base: None,
            },
            on_event,
        )?;
        self.cached_encoder(reference)?
            .ok_or_else(|| missing_after_fetch(kind, reference.to_string()))
    }

    /// An encoder's files where they are here already; never touches the network. `None` where they must be fetched.
    ///
    /// # Errors
    /// As [`Assets::encoder`], without those of sources.
    pub fn cached_encoder(
        &self,
        reference: &EncoderRef,
    ) -> Result<Option<EncoderFiles>, AssetError> {
        if let EncoderRef::Folder(folder) = reference {
            return sentence::in_folder(folder, &self.catalog, &self.sums()).map(Some);
        }
        let (cache_entry, wanted, lowercase) = self.encoder_place(reference)?;
        let (folder, placed) = (cache_entry.folder(), cache_entry.placed_checksums());
        let layout = wanted.layout(folder, &placed)?;
        let wanted = wanted.with_layout(layout.as_ref());
        if !cache_entry.is_whole(&placed) || !wanted.are_met_by(&placed, folder) {
            return Ok(None);
        }
        let known = (&self.catalog, &self.sums());
        sentence::placed(folder, layout.as_ref(), &placed, lowercase, known)
    }

    /// The id ([`EncoderFiles::sha256`]) of an encoder of the catalogue, where it is known without fetching: its checksums
    /// are pinned, or it is here already.
    pub fn known_encoder_id(&self, name: &str) -> Option<String> {
        let entry = self.catalog.encoder(name).ok()?;
        // What a sentence encoder declares is part of its trials' keys, too.
        let pinned = encoder::pinned_id(entry).filter(|_| !entry.follows_modules());
        pinned.or_else(|| {
            let cached = self.cached_encoder(&EncoderRef::Name(name.to_owned()));
            cached.ok().flatten().map(|files| files.sha256)
        })
    }

    /// A dataset's files, fetched and built where they are not here yet.
    ///
    /// # Errors
    /// [`AssetError::UnknownName`], [`AssetError::NoTransfer`], [`AssetError::NoSource`], [`AssetError::Disk`].
    pub fn dataset(
        &self,
        name: &str,
        parts: Parts,
        on_event: &mut dyn FnMut(FetchEvent),
    ) -> Result<DatasetFiles, AssetError> {
        if let Some(files) = self.cached_dataset(name, parts)? {
            return Ok(files);
        }
        let kind = AssetKind::Dataset;
        let entry = self.catalog.dataset(name)?;
        let base = match entry.cut() {
            Some(cut) => Some(self.dataset(&cut.of, Parts::Labelled, on_event)?),
            None => None,
        };
        let job = Job {
            kind,
            name: name.to_owned(),
            mirrored: name.to_owned(),
            cache_entry: self.dataset_cache_entry(name),
            wanted: dataset::wanted_of(name, entry, parts)?,
            sources: &entry.sources,
            build: entry.build.as_ref().map(|build| (build, entry)),
            base,
        };
        self.fetch(&job, on_event)?;
        self.cached_dataset(name, parts)?
            .ok_or_else(|| missing_after_fetch(kind, name.to_owned()))
    }

    /// A dataset's files where they are here already; never touches the network. `None` where they must be fetched.
    ///
    /// # Errors
    /// [`AssetError::UnknownName`], [`AssetError::NoTransfer`].
    pub fn cached_dataset(
        &self,
        name: &str,
        parts: Parts,
    ) -> Result<Option<DatasetFiles>, AssetError> {
        let entry = self.catalog.dataset(name)?;
        let wanted = dataset::wanted_of(name, entry, parts)?;
        let cache_entry = self.dataset_cache_entry(name);
        let placed_checksums = cache_entry.placed_checksums();
        if !wanted.are_met_by(&placed_checksums, cache_entry.folder()) {
            return Ok(None);
        }
        let ids = dataset::ids(entry, &placed_checksums);
        Ok(ids.map(|ids| dataset::assemble(name, entry, parts, cache_entry.folder(), ids)))
    }

    /// The ids of a dataset's files, as far as they are known without fetching.
    pub fn known_dataset_ids(&self, name: &str) -> Option<DatasetIds> {
        let entry: &DatasetEntry = self.catalog.dataset(name).ok()?;
        let pinned = entry.files().all(|file| file.sha256.is_some());
        let placed_checksums = if pinned {
            BTreeMap::new()
        } else {
            self.dataset_cache_entry(name).placed_checksums()
        };
        dataset::ids(entry, &placed_checksums)
    }

    fn fetch(&self, job: &Job<'_>, on_event: &mut dyn FnMut(FetchEvent)) -> Result<(), AssetError> {
        Fetcher {
            settings: &self.settings,
            http: &self.http,
        }
        .run(job, on_event)
    }

    /// Where a named encoder or one of the hub lies, what it consists of, and whether it lowers the case, where that is known.
    fn encoder_place(
        &self,
        reference: &EncoderRef,
    ) -> Result<(CacheEntry, FileRequest, Option<bool>), AssetError> {
        let cache_entry =
            |slug: &str| CacheEntry::new(&self.settings.cache, AssetKind::Encoder, slug);
        match reference {
            EncoderRef::Name(name) => {
                let entry = self.catalog.encoder(name)?;
                Ok((
                    cache_entry(name),
                    encoder::wanted_of(entry),
                    Some(entry.lowercase),
                ))
            }
            other => {
                let slug = other.to_string().replace([':', '/'], "--");
                Ok((cache_entry(&slug), encoder::wanted_of_any(), None))
            }
        }
    }

    fn dataset_cache_entry(&self, name: &str) -> CacheEntry {
        CacheEntry::new(&self.settings.cache, AssetKind::Dataset, name)
    }
}

/// Somebody removed the files between their placement and this look.
fn missing_after_fetch(kind: AssetKind, name: String) -> AssetError {
    AssetError::NoSource {
        kind,
        mirrored: name.clone(),
        name,
        failures: Vec::new(),
    }
}
