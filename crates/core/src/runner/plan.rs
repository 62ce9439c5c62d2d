//! The plan: every trial of the given experiments, its state, inputs and dependencies.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::declared::Followed;
use super::resources::Blocked;
use crate::store::{Failure, Store, StoreError};
use crate::trial::{
    DatasetStats, Record, TeacherFile, TransferFile, TrialError, TrialExtras, TrialFiles,
    TrialInputs, TrialKey, TrialRequest,
};
use fsl_common::fsio::{CachedChecksum, ChecksumCache};
use fsl_common::settings::EncoderSource;
use fsl_methods::{Fit, Selection, TransferInputs};
use fsl_metrics::RecordMetrics;

/// Every trial of the given experiments.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The trials without duplicates, teachers before students, otherwise in the order of first use.
    pub trials: Vec<PlannedTrial>,
    /// The rows in the order of the specs, rows of support experiments last.
    pub rows: Vec<PlannedRow>,
    /// Known checksums of the encoder files of runnable trials.
    pub checksums: Vec<CachedChecksum>,
}

/// A planned trial, shared by all rows that need it.
#[derive(Debug, Clone)]
pub struct PlannedTrial {
    /// The address of its result.
    pub key: TrialKey,
    /// Everything that determines the result.
    pub inputs: TrialInputs,
    /// The input files; `None` if they are known but not here yet.
    pub files: Option<Arc<TrialFiles>>,
    /// The rows that use it; the first one names it.
    pub uses: Vec<RowTrial>,
    /// Its state.
    pub state: TrialState,
    /// Whether its record is stored, even if predictions for a transfer set are missing.
    pub recorded: bool,
    /// The stored result, if it is reused.
    pub stored: Option<Box<StoredResult>>,
    /// The failure of the last attempt, if it failed.
    pub failed_before: Option<Failure>,
    /// For a student: its teacher trials.
    pub depends_on: Vec<usize>,
    /// The transfer sets that its students need predictions for, if present.
    pub transfers: Vec<TransferFile>,
    /// Whether to save its model.
    pub keep_weights: bool,
    /// Whether to compute it without the cache, as a witness of what is stored.
    pub recompute: bool,
}

/// The parts of a record that tables and estimates use.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredResult {
    /// The metrics.
    pub metrics: RecordMetrics,
    /// Details of the fit, for iterative methods.
    pub fit: Option<Fit>,
    /// Which candidate was taken, where there were several.
    pub selection: Option<Selection>,
    /// The datasets used.
    pub data: DatasetStats,
    /// The duration, in seconds.
    pub secs: f64,
    /// The peak memory of its process, in bytes.
    pub peak_bytes: Option<u64>,
}

impl From<Record> for StoredResult {
    fn from(record: Record) -> Self {
        Self {
            metrics: record.metrics,
            fit: record.fit,
            selection: record.selection,
            data: record.data,
            secs: record.timings.total_secs,
            peak_bytes: record.peak_memory_bytes,
        }
    }
}

/// A row's use of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowTrial {
    /// The row's index in [`Plan::rows`].
    pub row: usize,
    /// The trial's number in that row, from 0.
    pub number: u32,
}

/// The state of a planned trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrialState {
    /// The result and all requested extras are stored.
    Reuse,
    /// It must run.
    Run,
    /// The last attempt failed by itself; only `--retry-failed` repeats it.
    Failed(Failure),
    /// It cannot run here.
    Blocked(Blocked),
    /// No requested result needs it: it belongs to a support experiment and its students are finished.
    Unneeded,
}

impl TrialState {
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Self::Reuse => "reuse",
            Self::Run => "run",
            Self::Failed(_) => "failed before",
            Self::Blocked(_) => "blocked",
            Self::Unneeded => "unneeded",
        }
    }
}

/// One row of one experiment.
#[derive(Debug, Clone)]
pub struct PlannedRow {
    /// The experiment's index among those loaded.
    pub experiment: usize,
    /// The row's index in the experiment.
    pub row: usize,
    /// `experiment/row`.
    pub name: String,
    /// Whether it belongs to a support experiment (referenced, not requested).
    pub support: bool,
    /// Indices into [`Plan::trials`], by trial number; empty for ensembles and for rows with unknown contents.
    pub trials: Vec<usize>,
    /// For an ensemble: its member trials.
    pub members: Vec<usize>,
    /// Why the row's missing trials cannot run here.
    pub blocked: Option<Blocked>,
    /// What its trials follow of what their encoder declares; nothing without an encoder.
    pub followed: Followed,
}

impl PlannedTrial {
    /// Whether it must run and all its files are here.
    pub fn can_run(&self) -> bool {
        self.state == TrialState::Run && self.files.is_some()
    }

    /// Whether its result and all requested extras are stored, and none is damaged.
    pub fn is_stored(&self, store: &Store) -> bool {
        store.check(&self.key).is_ok_and(|record| record.is_some()) && self.has_transfers(store)
    }

    /// Whether its predictions for every requested transfer set are stored.
    pub(super) fn has_transfers(&self, store: &Store) -> bool {
        let mut requested = self.transfers.iter();
        requested.all(|transfer| store.has_transfer(&self.key, &transfer.inputs.id()))
    }

    /// The request for the worker; `None` if files are missing.
    ///
    /// # Errors
    /// [`StoreError`] if a teacher's predictions cannot be read.
    pub fn request(&self, plan: &Plan, store: &Store) -> Result<Option<TrialRequest>, StoreError> {
        let Some(files) = self.files.clone() else {
            return Ok(None);
        };
        let transfers = self
            .transfers
            .iter()
            .filter(|transfer| !store.has_transfer(&self.key, &transfer.inputs.id()))
            .cloned()
            .collect();
        let saved_model = self.saved_model(store);
        let teacher = if saved_model.is_some() {
            Vec::new()
        } else {
            self.teacher_files(plan, store)?
        };
        Ok(Some(TrialRequest {
            name: plan.name_of(self),
            key: self.key.clone(),
            inputs: self.inputs.clone(),
            files: TrialFiles::clone(&files),
            extras: TrialExtras {
                transfers,
                keep_weights: self.keep_weights,
                saved_model,
                device: None,
                teacher,
                recompute: self.recompute,
            },
            checksums: plan.checksums_for(self),
        }))
    }

    /// The saved model of a recorded trial, as it was saved: it need not be trained again.
    pub(super) fn saved_model(&self, store: &Store) -> Option<PathBuf> {
        store
            .has(&self.key)
            .then(|| store.intact_model(&self.key))
            .flatten()
    }

    /// The teachers' predictions for a student's transfer set.
    fn teacher_files(&self, plan: &Plan, store: &Store) -> Result<Vec<TeacherFile>, StoreError> {
        let Some(soft_targets) = self.inputs.method.soft_targets() else {
            return Ok(Vec::new());
        };
        let id = soft_targets.transfer.id();
        let keys = self
            .depends_on
            .iter()
            .map(|&teacher| &plan.trials[teacher].key);
        keys.map(|key| {
            let (record, path) = store.transfer(key, &id)?;
            Ok(TeacherFile {
                key: key.clone(),
                path,
                sha256: record.sha256,
            })
        })
        .collect()
    }

    /// Requests predictions for a transfer set.
    pub(super) fn request_transfer(&mut self, inputs: &TransferInputs, path: &Path) {
        if !self.transfers.iter().any(|known| known.inputs == *inputs) {
            self.transfers.push(TransferFile {
                inputs: inputs.clone(),
                path: path.to_owned(),
            });
        }
    }
}

impl Plan {
    /// Refuses settings of a trial that do not go with its classes, which only data tell.
    ///
    /// # Errors
    /// [`TrialError::Classes`], with the first row that has the trial.
    pub fn check_classes(&self, trial: &PlannedTrial) -> Result<(), TrialError> {
        let inputs = &trial.inputs;
        let checked = inputs.method.check_classes(&inputs.data.classes);
        checked.map_err(|source| {
            let first = trial.uses.first();
            let row = first.map_or_else(
                || trial.key.short().to_owned(),
                |first| self.rows[first.row].name.clone(),
            );
            TrialError::Classes { row, source }
        })
    }

    /// `experiment/row trial 3` (trials are counted from 1 for people).
    pub fn name_of(&self, trial: &PlannedTrial) -> String {
        trial.uses.first().map_or_else(
            || trial.key.short().to_owned(),
            |first| format!("{} trial {}", self.rows[first.row].name, first.number + 1),
        )
    }

    /// Loads cached checksums of encoder files, so that trials need not read whole files to verify them.
    pub fn load_checksums(&mut self, sums: &ChecksumCache) {
        let runnable = self.trials.iter().filter(|trial| trial.can_run());
        let files = runnable.filter_map(|trial| trial.files.as_ref());
        let paths: BTreeSet<&PathBuf> = files
            .filter_map(|files| files.encoder.as_ref())
            .flat_map(EncoderSource::paths)
            .collect();
        self.checksums = paths
            .into_iter()
            .filter_map(|path| {
                let path = path.clone();
                sums.seen(&path).map(|seen| CachedChecksum { path, ..seen })
            })
            .collect();
    }

    /// The cached checksums of a trial's encoder files.
    fn checksums_for(&self, trial: &PlannedTrial) -> Vec<CachedChecksum> {
        let encoder = trial
            .files
            .as_ref()
            .and_then(|files| files.encoder.as_ref());
        let paths = encoder.map(EncoderSource::paths).unwrap_or_default();
        let is_read = |seen: &&CachedChecksum| paths.contains(&&seen.path);
        self.checksums.iter().filter(is_read).cloned().collect()
    }

    /// The number of trials in a state.
    pub fn count(&self, is: impl Fn(&TrialState) -> bool) -> usize {
        self.trials.iter().filter(|trial| is(&trial.state)).count()
    }

    /// The requested rows that cannot run here; rows not yet fetched do not count.
    pub fn blocked(&self) -> impl Iterator<Item = (&PlannedRow, &Blocked)> {
        self.rows
            .iter()
            .filter(|row| !row.support)
            .filter_map(|row| {
                Some((
                    row,
                    row.blocked
                        .as_ref()
                        .filter(|blocked| !blocked.not_attempted)?,
                ))
            })
    }
}
