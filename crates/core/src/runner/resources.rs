//! Encoders and datasets that experiments need: checksums, and files if present.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::compute::ComputeSettings;
use crate::spec::{Data, DataSource, Experiment, Row, TransferSource};
use crate::trial::{self, LabelSource, TrialError};
use fsl_common::classes::Classes;
use fsl_common::fsio::ChecksumCache;
use fsl_common::sentence::SentenceEncoder;
use fsl_common::settings::EncoderSource;
use fsl_metrics::MetricError;

/// The reason something cannot run here, with a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The reason, as a sentence.
    pub reason: String,
    /// What the user can do about it.
    pub hint: Option<String>,
    /// Whether no fetch was attempted yet: a run fetches missing files.
    pub not_attempted: bool,
}

/// An encoder, identified by its contents.
#[derive(Debug, Clone)]
pub struct KnownEncoder {
    /// One SHA-256 over all its files.
    pub sha256: String,
    /// Its files; `None` if the catalogue knows the checksum but the files are not here yet.
    pub source: Option<EncoderSource>,
    /// What they declare of texts' vectors.
    pub declared: SentenceEncoder,
    /// Why they could not be fetched, if that was attempted.
    pub unavailable: Option<Blocked>,
    /// What the user should know of its files, a sentence each.
    pub notices: Vec<String>,
}

/// Training and test files, identified by their contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFiles {
    /// The SHA-256 of the training file.
    pub train_sha256: String,
    /// The SHA-256 of the test file.
    pub test_sha256: String,
    /// Their paths; `None` if the catalogue knows the checksums but the files are not here yet.
    pub paths: Option<(PathBuf, PathBuf)>,
    /// Why they could not be fetched, if that was attempted.
    pub unavailable: Option<Blocked>,
}

/// A transfer set, identified by its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferSet {
    /// The SHA-256 of the file.
    pub sha256: String,
    /// Its path; `None` if the catalogue knows the checksum but the file is not here yet.
    pub path: Option<PathBuf>,
    /// Why it could not be fetched, if that was attempted.
    pub unavailable: Option<Blocked>,
}

/// The end of a reason that is passed on from teacher to student: its last link, for a chain of thousands would not be read.
pub(super) fn last_link(reason: &str) -> &str {
    let start = reason.rfind("its teacher");
    start.map_or(reason, |start| &reason[start..])
}

/// Everything the experiments refer to, as far as it is known.
#[derive(Debug, Default)]
pub struct Resources {
    /// How encoders are computed.
    pub compute: ComputeSettings,
    /// By the name that specs use.
    pub encoders: BTreeMap<String, Result<KnownEncoder, Blocked>>,
    /// By source.
    pub datasets: BTreeMap<DataSource, Result<DataFiles, Blocked>>,
    /// By source, for students.
    pub transfers: BTreeMap<DataSource, Result<TransferSet, Blocked>>,
    /// The checksums of files of predictions, by path.
    pub predictions: BTreeMap<PathBuf, Result<String, Blocked>>,
    /// The classes that labels name, by source and by how they are read.
    pub classes: BTreeMap<(DataSource, LabelSource), Classes>,
}

impl Resources {
    /// The classes of a row; `None` where its files are not here and nothing else tells.
    pub fn classes<'a>(&'a self, data: &'a Data) -> Option<&'a Classes> {
        let source = (data.source.clone(), LabelSource::from(data));
        self.classes.get(&source).or(data.classes.as_ref())
    }

    /// Reads the classes of all rows whose files are here, and checks that the metrics of the experiments' tables go with them.
    ///
    /// # Errors
    /// [`TrialError::Data`] where labels are not what the spec says; a metric of a positive class where there is none.
    pub fn read_classes(&mut self, experiments: &[Experiment]) -> Result<(), TrialError> {
        let rows = experiments.iter().flat_map(|experiment| &experiment.rows);
        for data in rows.map(|row| &row.data) {
            let key = (data.source.clone(), LabelSource::from(data.as_ref()));
            // What the catalogue holds is pinned by checksum, classes included.
            let is_known = matches!(data.source, DataSource::Catalog(_)) && data.classes.is_some();
            if is_known || self.classes.contains_key(&key) {
                continue;
            }
            let files = self
                .datasets
                .get(&data.source)
                .and_then(|found| found.as_ref().ok());
            if let Some((train, test)) = files.and_then(|files| files.paths.as_ref()) {
                self.classes
                    .insert(key, trial::read_classes(train, test, data)?);
            }
        }
        let mut experiments = experiments.iter();
        experiments.try_for_each(|experiment| self.check_metrics(experiment))
    }

    /// The texts without labels that a row learns from.
    ///
    /// # Errors
    /// [`Blocked`] where they are not known.
    pub fn transfer(&self, data: &Data) -> Result<TransferSet, Blocked> {
        if data.transfer != Some(TransferSource::Train) {
            return found(self.transfers.get(&data.source));
        }
        let files = found(self.datasets.get(&data.source))?;
        Ok(TransferSet {
            sha256: files.train_sha256,
            path: files.paths.map(|(train, _)| train),
            unavailable: files.unavailable,
        })
    }

    /// Refuses metrics of a positive class where there is none.
    fn check_metrics(&self, experiment: &Experiment) -> Result<(), TrialError> {
        for classes in experiment
            .rows
            .iter()
            .filter_map(|row| self.classes(&row.data))
        {
            let mut metrics = experiment.table.metrics.iter();
            if let Some(metric) = metrics.find(|metric| !metric.suits(classes)) {
                return Err(TrialError::Metric(MetricError::NeedsPositive {
                    metric: metric.spec_name(),
                    classes: classes.count(),
                }));
            }
        }
        Ok(())
    }
}

/// What is known of a resource, or why nothing is.
pub(super) fn found<T: Clone>(resource: Option<&Result<T, Blocked>>) -> Result<T, Blocked> {
    resource.cloned().unwrap_or_else(|| {
        Err(Blocked {
            reason: "it was not resolved".to_owned(),
            hint: None,
            not_attempted: false,
        })
    })
}

/// The data sources of which a transfer file of their own is needed.
pub fn needed_transfers(experiments: &[Experiment]) -> BTreeSet<DataSource> {
    let rows = experiments.iter().flat_map(|experiment| &experiment.rows);
    rows.filter(|row| needs_transfer_file(row))
        .map(|row| row.data.source.clone())
        .collect()
}

/// Whether a row learns from a transfer file, not from the texts of the training file.
pub fn needs_transfer_file(row: &Row) -> bool {
    row.method.requirements().transfer.is_some() && row.data.transfer != Some(TransferSource::Train)
}

/// The encoders and data sources that the experiments refer to.
pub fn needs(experiments: &[Experiment]) -> (BTreeSet<String>, BTreeSet<DataSource>) {
    let rows = || experiments.iter().flat_map(|experiment| &experiment.rows);
    let encoders = rows()
        .filter_map(|row| row.method.requirements().encoder.map(str::to_owned))
        .collect();
    let datasets = rows().map(|row| row.data.source.clone()).collect();
    (encoders, datasets)
}

impl TransferSet {
    /// The user's own file.
    ///
    /// # Errors
    /// [`Blocked`] where it cannot be read.
    pub fn own(path: &Path, sums: &ChecksumCache) -> Result<Self, Blocked> {
        Ok(Self {
            sha256: sha256(path, sums)?,
            path: Some(path.to_owned()),
            unavailable: None,
        })
    }
}

/// The checksum of a user's own file, or that it cannot be read.
pub(super) fn sha256(path: &Path, sums: &ChecksumCache) -> Result<String, Blocked> {
    sums.sha256(path).map_err(|error| Blocked {
        reason: format!("`{}` cannot be read: {error}", path.display()),
        hint: None,
        not_attempted: false,
    })
}

impl DataFiles {
    /// The user's own files.
    ///
    /// # Errors
    /// [`Blocked`] where one cannot be read.
    pub fn own(train: &Path, test: &Path, sums: &ChecksumCache) -> Result<Self, Blocked> {
        Ok(Self {
            train_sha256: sha256(train, sums)?,
            test_sha256: sha256(test, sums)?,
            paths: Some((train.to_owned(), test.to_owned())),
            unavailable: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_chains_do_not_grow() {
        let reason = "its teacher `b`: its teacher `a`: no encoder";
        assert_eq!(last_link(reason), "its teacher `a`: no encoder");
        assert_eq!(last_link("no encoder"), "no encoder");
    }
}
