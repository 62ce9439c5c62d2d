//! One fetch: under the asset's lock, source after source, until one brings what is wanted.

use std::fs;
use std::path::{Path, PathBuf};

use super::archive;
use super::cache_entry::{CacheEntry, FoundFile, Owner};
use super::checksum::Checksum;
use super::convert;
use super::dataset::DatasetFiles;
use super::derived_split;
use super::entry::{
    Build, ConvertSource, DatasetEntry, DerivedSplit, PipSource, RemoteFile, Source, UrlSource,
};
use super::error::{AssetError, AssetKind};
use super::event::{FetchEvent, FetchKind};
use super::file_request::{FileRequest, Optional};
use super::http::{Download, Http};
use super::hub::Hub;
use super::pip;
use super::settings::AssetSettings;
use super::source_error::{SourceError, SourceFailure};
use super::vader;
use fsl_common::fsio;

/// What is to be fetched, from where.
#[derive(Debug)]
pub(super) struct Job<'a> {
    /// Encoder or dataset.
    pub(super) kind: AssetKind,
    /// Its name, as people give it.
    pub(super) name: String,
    /// The name of its folder in a mirror.
    pub(super) mirrored: String,
    /// Its place in the cache.
    pub(super) cache_entry: CacheEntry,
    /// The files.
    pub(super) wanted: FileRequest,
    /// The sources after the mirror, in order.
    pub(super) sources: &'a [Source],
    /// How the files are made from a package, with the dataset that they make.
    pub(super) build: Option<(&'a Build, &'a DatasetEntry)>,
    /// The dataset that this one is cut from, already here.
    pub(super) base: Option<DatasetFiles>,
}

/// The means of a fetch.
#[derive(Debug)]
pub(super) struct Fetcher<'a> {
    pub(super) settings: &'a AssetSettings,
    pub(super) http: &'a Http,
}

impl Fetcher<'_> {
    /// Puts the wanted files in place, unless they are already.
    pub(super) fn run(
        &self,
        job: &Job<'_>,
        on: &mut dyn FnMut(FetchEvent),
    ) -> Result<(), AssetError> {
        let mut tell = |source: &str, kind| {
            on(FetchEvent {
                asset: job.name.clone(),
                source: source.to_owned(),
                kind,
            });
        };
        let _lock = job
            .cache_entry
            .lock(|| tell("another process", FetchKind::Waiting))?;
        if is_placed(job) {
            return Ok(());
        }
        let mut failures = Vec::new();
        let mirror = self.settings.mirror.iter().map(|_| None);
        let mut sources = mirror.chain(job.sources.iter().map(Some)).peekable();
        while let Some(source) = sources.next() {
            let label = self.label(source);
            match self.try_source(source, job, &mut |kind| tell(&label, kind)) {
                Ok(()) => return Ok(()),
                Err(SourceError::Disk {
                    path,
                    source,
                    to_come,
                }) => {
                    return Err(AssetError::Disk {
                        path,
                        source,
                        to_come,
                    });
                }
                Err(cause) => {
                    if sources.peek().is_some() {
                        let lines = cause.lines();
                        let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
                        let why = lines.join("; ");
                        tell(&label, FetchKind::SourceFailed { why });
                    }
                    failures.push(SourceFailure {
                        source: label,
                        cause,
                    });
                }
            }
        }
        Err(AssetError::NoSource {
            kind: job.kind,
            name: job.name.clone(),
            mirrored: job.mirrored.clone(),
            failures,
        })
    }

    /// Brings the files from one source, verifies them and puts them in place.
    fn try_source(
        &self,
        source: Option<&Source>,
        job: &Job<'_>,
        on: &mut dyn FnMut(FetchKind),
    ) -> Result<(), SourceError> {
        let found = self.fetch_from(source, job, on)?;
        let verified = || on(FetchKind::Verified);
        job.cache_entry.place(found, &job.wanted.pins, verified)?;
        on(FetchKind::Placed);
        job.cache_entry.remove_partial();
        Ok(())
    }

    /// A source's name for people; `None` is the mirror.
    fn label(&self, source: Option<&Source>) -> String {
        match source {
            None => {
                let mirror = self.settings.mirror.as_deref().unwrap_or(Path::new(""));
                format!("mirror {}", mirror.display())
            }
            Some(Source::Hub(hub)) => format!("hub {}@{}", hub.repo, hub.revision),
            Some(Source::Pip(pip)) => format!("pip {} {}", pip.package, pip.version),
            Some(Source::Url(url)) => url.base.clone(),
            Some(Source::Cut(cut)) => format!("dataset {}", cut.of),
            Some(Source::Convert(files)) => files.base.clone(),
        }
    }

    fn fetch_from(
        &self,
        source: Option<&Source>,
        job: &Job<'_>,
        on: &mut dyn FnMut(FetchKind),
    ) -> Result<Vec<FoundFile>, SourceError> {
        match source {
            None => self.by_mirror(job),
            Some(Source::Hub(hub)) => {
                Hub::new(self.http, &self.settings.hub, hub)?.fetch(&job.wanted, on)
            }
            Some(Source::Pip(pip)) => self.by_pip(pip, job, on),
            Some(Source::Url(url)) => self.by_url(url, job, on),
            Some(Source::Cut(cut)) => by_cut(cut, job),
            Some(Source::Convert(files)) => self.by_conversion(files, job, on),
        }
    }

    /// `MIRROR/NAME/FILE`, else an archive of one of the packages, `MIRROR/ARCHIVE`.
    fn by_mirror(&self, job: &Job<'_>) -> Result<Vec<FoundFile>, SourceError> {
        let mirror = self.settings.mirror.as_deref().unwrap_or(Path::new(""));
        let folder = mirror.join(&job.mirrored);
        let path_of = |name: &str| Some(folder.join(name)).filter(|path| path.is_file());
        let collected = job.wanted.collect(Optional::MayLack, &mut |name| {
            Ok(path_of(name).map(|path| FoundFile {
                name: name.to_owned(),
                path,
                owner: Owner::Other,
            }))
        })?;
        if let Some(found) = collected {
            return Ok(found);
        }
        for source in job.sources {
            if let Source::Pip(pip) = source {
                let archive = mirror.join(&pip.archive);
                if archive.is_file() {
                    Checksum::Sha256(pip.sha256.clone()).verify(&pip.archive, &archive)?;
                    return unpack(&archive, pip, job, &job.cache_entry.work()?);
                }
            }
        }
        Err(SourceError::Absent {
            file: job.wanted.absent(&path_of),
            place: folder.display().to_string(),
        })
    }

    /// A package that datasets are built from is kept: four of them come out of one.
    fn by_pip(
        &self,
        pip: &PipSource,
        job: &Job<'_>,
        on: &mut dyn FnMut(FetchKind),
    ) -> Result<Vec<FoundFile>, SourceError> {
        let work = job.cache_entry.work()?;
        let kept = self.settings.cache.join("archives").join(&pip.archive);
        let checksum = Checksum::Sha256(pip.sha256.clone());
        if kept.is_file() && checksum.verify(&pip.archive, &kept).is_ok() {
            return unpack(&kept, pip, job, &work);
        }
        let archive = pip::download(pip, self.settings.python.as_deref(), &work, on)?;
        if job.build.is_none() {
            return unpack(&archive, pip, job, &work);
        }
        let folder = self.settings.cache.join("archives");
        fs::create_dir_all(&folder).map_err(SourceError::disk(&folder))?;
        fs::rename(&archive, &kept).map_err(SourceError::disk(&kept))?;
        unpack(&kept, pip, job, &work)
    }

    fn by_url(
        &self,
        source: &UrlSource,
        job: &Job<'_>,
        on: &mut dyn FnMut(FetchKind),
    ) -> Result<Vec<FoundFile>, SourceError> {
        let mut get = |name: &String| {
            let path = self.download(&source.base, name, job.wanted.pins.get(name), job, on)?;
            Ok(FoundFile {
                name: name.clone(),
                path,
                owner: Owner::Fetch,
            })
        };
        job.wanted.required.iter().map(&mut get).collect()
    }

    /// Files in the form in which they were published, rewritten.
    fn by_conversion(
        &self,
        source: &ConvertSource,
        job: &Job<'_>,
        on: &mut dyn FnMut(FetchKind),
    ) -> Result<Vec<FoundFile>, SourceError> {
        let mut read = |file: &RemoteFile| {
            let pin = Checksum::GitBlob(file.git_blob.clone());
            let path = self.download(&source.base, &file.file, Some(&pin), job, on)?;
            pin.verify(&file.file, &path)?;
            fs::read(&path).map_err(SourceError::disk(&path))
        };
        let train = read(&source.train)?;
        let test = source.test.as_ref().map(&mut read).transpose()?;
        let files = convert::convert(source, &train, test.as_deref()).map_err(|problem| {
            SourceError::Archive {
                archive: source.train.file.clone(),
                problem,
            }
        })?;
        written(files, job)
    }

    /// Downloads `BASE/NAME`, going on where a broken download stopped; the path of the file.
    fn download(
        &self,
        base: &str,
        name: &str,
        checksum: Option<&Checksum>,
        job: &Job<'_>,
        on: &mut dyn FnMut(FetchKind),
    ) -> Result<PathBuf, SourceError> {
        let part = job.cache_entry.partial().join(format!("{name}.part"));
        let download = Download {
            name,
            url: &format!("{base}{name}"),
            token: None,
            part: &part,
            size: None,
            checksum,
        };
        self.http.download(&download, on)?;
        Ok(part)
    }
}

/// Whether the wanted files are in place. A modules.json that cannot be read is fetched anew.
fn is_placed(job: &Job<'_>) -> bool {
    let (placed, folder) = (job.cache_entry.placed_checksums(), job.cache_entry.folder());
    let layout = job.wanted.layout(folder, &placed);
    layout.is_ok_and(|layout| {
        let wanted = job.wanted.with_layout(layout.as_ref());
        job.cache_entry.is_whole(&placed) && wanted.are_met_by(&placed, folder)
    })
}

/// Training, test and transfer file, cut from those of another dataset.
fn by_cut(source: &DerivedSplit, job: &Job<'_>) -> Result<Vec<FoundFile>, SourceError> {
    let absent = || SourceError::Absent {
        file: source.of.clone(),
        place: "the catalogue".to_owned(),
    };
    let base = job.base.as_ref().ok_or_else(absent)?;
    written(derived_split::cut(base, source)?, job)
}

/// The required files with these bytes, in the work folder.
fn written(
    files: impl IntoIterator<Item = Vec<u8>>,
    job: &Job<'_>,
) -> Result<Vec<FoundFile>, SourceError> {
    let work = job.cache_entry.work()?;
    let write = |(name, bytes): (&String, Vec<u8>)| {
        let path = work.join(name);
        fsio::write_atomic(&path, &bytes).map_err(SourceError::disk(&path))?;
        Ok(FoundFile {
            name: name.clone(),
            path,
            owner: Owner::Fetch,
        })
    };
    job.wanted.required.iter().zip(files).map(write).collect()
}

/// The wanted files out of a package: taken as they are, or built.
fn unpack(
    archive: &Path,
    pip: &PipSource,
    job: &Job<'_>,
    work: &Path,
) -> Result<Vec<FoundFile>, SourceError> {
    let own = |name: &str, path: PathBuf| FoundFile {
        name: name.to_owned(),
        path,
        owner: Owner::Fetch,
    };
    if let Some((build, dataset)) = job.build {
        let problem = |problem| SourceError::Archive {
            archive: pip.archive.clone(),
            problem,
        };
        let built =
            vader::build(&archive::read_nested(archive, &build.member)?, build).map_err(problem)?;
        return dataset
            .files()
            .zip([built.train, built.test, built.transfer])
            .map(|(file, bytes)| {
                let path = work.join(&file.file);
                fsio::write_atomic(&path, &bytes).map_err(SourceError::disk(&path))?;
                Ok(own(&file.file, path))
            })
            .collect();
    }
    let folder = pip.folder.as_deref().unwrap_or_default();
    let extracted = job.wanted.required.iter().map(|name| {
        let path = work.join(name);
        archive::extract(archive, &format!("{folder}/{name}"), &path)?;
        Ok(own(name, path))
    });
    extracted.collect()
}
