//! Which encoders and datasets the experiments need, and where their contents lie.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::compute::ComputeSettings;
use crate::fsio::Sums;
use crate::settings::EncoderSource;
use crate::spec::{DataSource, Experiment, Method};

/// Why something cannot run here, and what would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// Why, in a sentence.
    pub reason: String,
    /// What the user can do about it.
    pub hint: Option<String>,
    /// Whether nothing was tried yet: a run fetches what is lacking.
    pub not_attempted: bool,
}

/// An encoder by its contents; where they lie is known once they are here.
#[derive(Debug, Clone)]
pub struct EncoderFiles {
    /// One SHA-256 for the contents.
    pub sha256: String,
    /// Where they lie; `None` where the catalogue knows the contents but they are not here yet.
    pub source: Option<EncoderSource>,
    /// Why they could not be fetched, where that was tried.
    pub unavailable: Option<Blocked>,
}

/// Training and test texts by their contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFiles {
    /// The SHA-256 of the training file.
    pub train_sha256: String,
    /// The SHA-256 of the test file.
    pub test_sha256: String,
    /// Where the two lie; `None` where the catalogue knows the contents but they are not here yet.
    pub paths: Option<(PathBuf, PathBuf)>,
    /// Why they could not be fetched, where that was tried.
    pub unavailable: Option<Blocked>,
}

/// The texts of a transfer set by their contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferSet {
    /// The SHA-256 of the file.
    pub sha256: String,
    /// Where it lies; `None` where the catalogue knows the contents but they are not here yet.
    pub path: Option<PathBuf>,
    /// Why it could not be fetched, where that was tried.
    pub unavailable: Option<Blocked>,
}

/// What is known of everything that the experiments name.
#[derive(Debug, Default)]
pub struct Resources {
    /// What encoders are computed with.
    pub compute: ComputeSettings,
    /// By the name that specs use.
    pub encoders: BTreeMap<String, Result<EncoderFiles, Blocked>>,
    /// By source.
    pub datasets: BTreeMap<DataSource, Result<DataFiles, Blocked>>,
    /// By source, for students.
    pub transfers: BTreeMap<DataSource, Result<TransferSet, Blocked>>,
}

/// The data sources whose transfer set is needed: those of students.
pub fn needed_transfers(experiments: &[Experiment]) -> BTreeSet<DataSource> {
    let rows = experiments.iter().flat_map(|experiment| &experiment.rows);
    rows.filter(|row| matches!(row.method, Method::Distill(_)))
        .map(|row| row.data.source.clone())
        .collect()
}

/// The encoders and the data sources that the experiments name.
pub fn needs(experiments: &[Experiment]) -> (BTreeSet<String>, BTreeSet<DataSource>) {
    let rows = || experiments.iter().flat_map(|experiment| &experiment.rows);
    let encoders = rows()
        .filter_map(|row| row.method.encoder().map(str::to_owned))
        .collect();
    let datasets = rows().map(|row| row.data.source.clone()).collect();
    (encoders, datasets)
}

impl TransferSet {
    /// The user's own file.
    ///
    /// # Errors
    /// [`Blocked`] where it cannot be read.
    pub fn own(path: &Path, sums: &Sums) -> Result<Self, Blocked> {
        Ok(Self {
            sha256: sha256(path, sums)?,
            path: Some(path.to_owned()),
            unavailable: None,
        })
    }
}

fn sha256(path: &Path, sums: &Sums) -> Result<String, Blocked> {
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
    pub fn own(train: &Path, test: &Path, sums: &Sums) -> Result<Self, Blocked> {
        Ok(Self {
            train_sha256: sha256(train, sums)?,
            test_sha256: sha256(test, sums)?,
            paths: Some((train.to_owned(), test.to_owned())),
            unavailable: None,
        })
    }
}
