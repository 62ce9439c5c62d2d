//! Every trial of the given experiments: which there are, which are done, which must run, which cannot and why.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::planner::Planner;
use super::resolve_states::resolve_states;
use super::resources::{Blocked, Resources};
use crate::fsio::{Seen, Sums};
use crate::method::{Fit, TransferInputs};
use crate::metric::Metrics;
use crate::settings::EncoderSource;
use crate::spec::Experiment;
use crate::store::{Failure, Store, StoreError};
use crate::trial::{
    DatasetStats, Record, TeacherFile, TransferFile, TrialExtras, TrialFiles, TrialInputs,
    TrialKey, TrialRequest,
};

/// Every trial of the given experiments.
#[derive(Debug, Default)]
pub struct Plan {
    /// The trials, each once: a teacher's before its students', otherwise in the order in which they are first needed.
    pub trials: Vec<PlannedTrial>,
    /// The rows in the order of the specs, those of support experiments last.
    pub rows: Vec<PlannedRow>,
    /// What was found in encoders' files, for the trials that are to run.
    pub seen: Vec<Seen>,
}

/// One trial, whoever needs it.
#[derive(Debug, Clone)]
pub struct PlannedTrial {
    /// The address of its result.
    pub key: TrialKey,
    /// Everything that determines the result.
    pub inputs: TrialInputs,
    /// Where the inputs' contents lie; `None` where they are known but not here yet.
    pub files: Option<Arc<TrialFiles>>,
    /// The rows that it belongs to; the first one names it.
    pub uses: Vec<RowTrial>,
    /// What is to be done about it.
    pub state: TrialState,
    /// Whether its record is stored, even where something beside it is lacking.
    pub recorded: bool,
    /// What is stored of a trial that is to be reused.
    pub stored: Option<Box<StoredResult>>,
    /// How it failed when it was last tried, if it did.
    pub failed_before: Option<Failure>,
    /// For a student: the trials that teach it.
    pub depends_on: Vec<usize>,
    /// The transfer sets that its students still have to learn from, where they are here.
    pub transfers: Vec<TransferFile>,
    /// Whether its model is kept.
    pub keep_weights: bool,
}

/// What tables and estimates take from the record of a finished trial.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredResult {
    /// How it scored.
    pub metrics: Metrics,
    /// How the fit went, for methods that take steps.
    pub fit: Option<Fit>,
    /// What the texts were.
    pub data: DatasetStats,
    /// How long it took, in seconds.
    pub secs: f64,
    /// The most memory that its process held, in bytes.
    pub peak_bytes: Option<u64>,
}

impl From<Record> for StoredResult {
    fn from(record: Record) -> Self {
        Self {
            metrics: record.metrics,
            fit: record.fit,
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

/// What is to be done about a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrialState {
    /// Its result is stored, with all that is wanted beside it.
    Reuse,
    /// It must run.
    Run,
    /// It failed when it was last tried and is not tried again unasked.
    Failed(Failure),
    /// A trial that teaches it failed or cannot run.
    Blocked(Blocked),
    /// Nobody needs it: it belongs to an experiment that was not asked for, and its students are done.
    Unneeded,
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
    /// Whether it belongs to an experiment that was not asked for.
    pub support: bool,
    /// Indices into [`Plan::trials`], by trial number; none where the row's contents are not known here, and for ensembles.
    pub trials: Vec<usize>,
    /// For an ensemble: the trials whose mean it is.
    pub members: Vec<usize>,
    /// Why what is missing of the row cannot run here.
    pub blocked: Option<Blocked>,
}

impl PlannedTrial {
    /// Whether it must run and everything that it needs is here.
    pub fn can_run(&self) -> bool {
        self.state == TrialState::Run && self.files.is_some()
    }

    /// Whether everything that is wanted of it is stored.
    pub fn is_stored(&self, store: &Store) -> bool {
        store.has(&self.key) && self.has_transfers(store)
    }

    /// Whether what it says of every transfer set is stored.
    pub(super) fn has_transfers(&self, store: &Store) -> bool {
        let mut wanted = self.transfers.iter();
        wanted.all(|transfer| store.has_transfer(&self.key, &transfer.inputs.id()))
    }

    /// What a worker is told; `None` where the contents are not here.
    ///
    /// # Errors
    /// [`StoreError`] where what a teacher said is not stored after all.
    pub fn request(&self, plan: &Plan, store: &Store) -> Result<Option<TrialRequest>, StoreError> {
        let Some(files) = self.files.clone() else {
            return Ok(None);
        };
        let lacking = self.transfers.iter();
        let transfers = lacking
            .filter(|transfer| !store.has_transfer(&self.key, &transfer.inputs.id()))
            .cloned()
            .collect();
        let saved_model = self.saved_model(store);
        let teacher = if saved_model.is_some() {
            Vec::new()
        } else {
            self.teacher(plan, store)?
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
            },
            seen: plan.checksums_for(self),
        }))
    }

    /// The model that an earlier run kept, if the record is there as well: the trial need not be trained again.
    pub(super) fn saved_model(&self, store: &Store) -> Option<PathBuf> {
        store
            .has(&self.key)
            .then(|| store.model(&self.key))
            .flatten()
    }

    fn teacher(&self, plan: &Plan, store: &Store) -> Result<Vec<TeacherFile>, StoreError> {
        let Some(lesson) = self.inputs.method.lesson() else {
            return Ok(Vec::new());
        };
        let id = lesson.transfer.id();
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

    /// Adds a transfer set to those that are wanted.
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
    /// `experiment/row trial 3` (trials are counted from 1 for people).
    pub fn name_of(&self, trial: &PlannedTrial) -> String {
        trial.uses.first().map_or_else(
            || trial.key.short().to_owned(),
            |first| format!("{} trial {}", self.rows[first.row].name, first.number + 1),
        )
    }

    /// Looks up what is remembered of the encoders' files, so that no trial has to read them for their checksum.
    pub fn load_checksums(&mut self, sums: &Sums) {
        let runnable = self.trials.iter().filter(|trial| trial.can_run());
        let files = runnable.filter_map(|trial| trial.files.as_ref());
        let paths: BTreeSet<&PathBuf> = files
            .filter_map(|files| files.encoder.as_ref())
            .flat_map(EncoderSource::paths)
            .collect();
        self.seen = paths
            .into_iter()
            .filter_map(|path| {
                let path = path.clone();
                sums.seen(&path).map(|seen| Seen { path, ..seen })
            })
            .collect();
    }

    fn checksums_for(&self, trial: &PlannedTrial) -> Vec<Seen> {
        let encoder = trial
            .files
            .as_ref()
            .and_then(|files| files.encoder.as_ref());
        let paths = encoder.map(EncoderSource::paths);
        let is_read = |seen: &&Seen| paths.is_some_and(|paths| paths.contains(&&seen.path));
        self.seen.iter().filter(is_read).cloned().collect()
    }

    /// How many trials are in a state.
    pub fn count(&self, is: impl Fn(&TrialState) -> bool) -> usize {
        self.trials.iter().filter(|trial| is(&trial.state)).count()
    }

    /// The rows that cannot run here, as far as that was tried.
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

/// Plans every trial. `retry_failed` turns failures of earlier runs into trials to run.
///
/// # Errors
/// [`StoreError`] where a record that should be reused cannot be.
pub fn plan(
    experiments: &[Experiment],
    resources: &Resources,
    store: &Store,
    retry_failed: bool,
) -> Result<Plan, StoreError> {
    let mut plan = Planner::new(experiments, resources, store).plan();
    let device = resources.compute.device.unwrap_or_default();
    resolve_states(&mut plan, store, device, retry_failed)?;
    Ok(plan)
}
