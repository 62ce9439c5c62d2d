//! Every trial of the given experiments: which there are, which are done, which must run, which cannot and why.

use std::collections::{BTreeMap, HashMap};

use super::resources::{Blocked, DataFiles, Resources};
use crate::method::{EncoderInputs, MethodInputs, Precision};
use crate::seed::{Stream, derive};
use crate::spec::{Experiment, Preprocess, Row};
use crate::store::{Failure, Store, StoreError};
use crate::trial::{DataInputs, TrialFiles, TrialInputs, TrialKey, TrialRequest};

/// Every trial of the given experiments.
#[derive(Debug, Default)]
pub struct Plan {
    /// The trials, each once, in the order in which they are first needed.
    pub trials: Vec<PlannedTrial>,
    /// The rows in the order of the specs.
    pub rows: Vec<PlannedRow>,
}

/// One trial, whoever needs it.
#[derive(Debug, Clone)]
pub struct PlannedTrial {
    /// The address of its result.
    pub key: TrialKey,
    /// Everything that determines the result.
    pub inputs: TrialInputs,
    /// Where the inputs' contents lie; `None` where they are known but not here yet.
    pub files: Option<TrialFiles>,
    /// The rows that it belongs to; the first one names it.
    pub uses: Vec<Use>,
    /// What is to be done about it.
    pub state: TrialState,
    /// How it failed when it was last tried, if it did.
    pub failed_before: Option<Failure>,
}

/// A row's use of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// The row's index in [`Plan::rows`].
    pub row: usize,
    /// The trial's number in that row, from 0.
    pub number: u32,
}

/// What is to be done about a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrialState {
    /// Its result is stored.
    Reuse,
    /// It must run.
    Run,
    /// It failed when it was last tried and is not tried again unasked.
    Failed(Failure),
}

/// One row of one experiment.
#[derive(Debug, Clone)]
pub struct PlannedRow {
    /// The experiment's index among those given.
    pub experiment: usize,
    /// The row's index in the experiment.
    pub row: usize,
    /// `experiment/row`.
    pub name: String,
    /// Indices into [`Plan::trials`], by trial number; none where the row's contents are not known here.
    pub trials: Vec<usize>,
    /// Why what is missing of the row cannot run here.
    pub blocked: Option<Blocked>,
}

impl PlannedTrial {
    /// Whether it must run and everything that it needs is here.
    pub fn can_run(&self) -> bool {
        self.state == TrialState::Run && self.files.is_some()
    }

    /// What a worker is told; `None` where the contents are not here.
    pub fn request(&self, plan: &Plan) -> Option<TrialRequest> {
        Some(TrialRequest {
            name: plan.name_of(self),
            key: self.key.clone(),
            inputs: self.inputs.clone(),
            files: self.files.clone()?,
        })
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

    /// How many trials are in a state.
    pub fn count(&self, is: impl Fn(&TrialState) -> bool) -> usize {
        self.trials.iter().filter(|trial| is(&trial.state)).count()
    }

    /// The rows that cannot run here, as far as that was tried.
    pub fn blocked(&self) -> impl Iterator<Item = (&PlannedRow, &Blocked)> {
        self.rows.iter().filter_map(|row| {
            Some((
                row,
                row.blocked.as_ref().filter(|blocked| !blocked.untried)?,
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
    let mut planner = Planner {
        resources,
        store,
        retry_failed,
        plan: Plan::default(),
        by_key: HashMap::new(),
    };
    for (index, experiment) in experiments.iter().enumerate() {
        for row in 0..experiment.rows.len() {
            planner.row(index, experiment, row)?;
        }
    }
    Ok(planner.plan)
}

struct Planner<'a> {
    resources: &'a Resources,
    store: &'a Store,
    retry_failed: bool,
    plan: Plan,
    by_key: HashMap<TrialKey, usize>,
}

impl Planner<'_> {
    fn row(&mut self, index: usize, experiment: &Experiment, row: usize) -> Result<(), StoreError> {
        let declared = &experiment.rows[row];
        let number = self.plan.rows.len();
        let name = format!("{}/{}", experiment.name, declared.id);
        let (trials, blocked) = match self.ingredients(experiment, declared) {
            Ok(ingredients) => {
                let trials = self.trials(experiment, declared, number, &ingredients)?;
                let missing = |&trial: &usize| self.plan.trials[trial].state == TrialState::Run;
                let blocked = if trials.iter().any(missing) {
                    ingredients.blocked
                } else {
                    None
                };
                (trials, blocked)
            }
            Err(blocked) => (Vec::new(), Some(blocked)),
        };
        self.plan.rows.push(PlannedRow {
            experiment: index,
            row,
            name,
            trials,
            blocked,
        });
        Ok(())
    }

    fn ingredients(&self, experiment: &Experiment, row: &Row) -> Result<Ingredients, Blocked> {
        let data = found(self.resources.datasets.get(&experiment.data.source))?;
        let mut encoder = None;
        let mut blocked = data.unavailable.clone();
        let method = MethodInputs::resolve(&row.method, |name| {
            let files = found(self.resources.encoders.get(name))?;
            encoder = Some(files.source);
            blocked = blocked.take().or(files.unavailable);
            Ok(EncoderInputs {
                sha256: files.sha256,
                max_tokens: experiment.data.max_tokens,
                precision: Precision::F32,
                threads: experiment.trials.threads,
            })
        })?;
        let files = match (&data.paths, &encoder) {
            (None, _) | (_, Some(None)) => None,
            (Some((train, test)), encoder) => Some(TrialFiles {
                train: train.clone(),
                test: test.clone(),
                encoder: encoder.clone().flatten(),
            }),
        };
        Ok(Ingredients {
            data: data_inputs(experiment, &data),
            method,
            files,
            blocked,
        })
    }

    fn trials(
        &mut self,
        experiment: &Experiment,
        row: &Row,
        row_number: usize,
        ingredients: &Ingredients,
    ) -> Result<Vec<usize>, StoreError> {
        let streams = experiment.streams(row);
        let mut indices = Vec::new();
        for number in 0..experiment.trial_count(row) {
            let seeds: BTreeMap<Stream, u64> = streams
                .iter()
                .map(|&stream| {
                    let varies = experiment.trials.vary.contains(&stream);
                    (
                        stream,
                        derive(
                            experiment.trials.seed,
                            stream,
                            if varies { number.into() } else { 0 },
                        ),
                    )
                })
                .collect();
            let inputs =
                TrialInputs::new(ingredients.data.clone(), ingredients.method.clone(), seeds);
            indices.push(self.trial(
                inputs,
                ingredients.files.as_ref(),
                Use {
                    row: row_number,
                    number,
                },
            )?);
        }
        Ok(indices)
    }

    fn trial(
        &mut self,
        inputs: TrialInputs,
        files: Option<&TrialFiles>,
        used: Use,
    ) -> Result<usize, StoreError> {
        let key = inputs.key();
        if let Some(&index) = self.by_key.get(&key) {
            self.plan.trials[index].uses.push(used);
            return Ok(index);
        }
        let failed_before = self.store.failure(&key);
        let state = self.state(&key, failed_before.as_ref())?;
        let index = self.plan.trials.len();
        self.by_key.insert(key.clone(), index);
        self.plan.trials.push(PlannedTrial {
            key,
            inputs,
            files: files.cloned(),
            uses: vec![used],
            state,
            failed_before,
        });
        Ok(index)
    }

    fn state(
        &self,
        key: &TrialKey,
        failed_before: Option<&Failure>,
    ) -> Result<TrialState, StoreError> {
        if self.store.has(key) {
            self.store.record(key)?;
            return Ok(TrialState::Reuse);
        }
        Ok(match failed_before {
            Some(failure) if !self.retry_failed => TrialState::Failed(failure.clone()),
            _ => TrialState::Run,
        })
    }
}

/// What a row's trials have in common.
struct Ingredients {
    data: DataInputs,
    method: MethodInputs,
    files: Option<TrialFiles>,
    /// Why the files are not here, where that was tried.
    blocked: Option<Blocked>,
}

fn found<T: Clone>(resource: Option<&Result<T, Blocked>>) -> Result<T, Blocked> {
    resource.cloned().unwrap_or_else(|| {
        Err(Blocked {
            reason: "it was not looked for".to_owned(),
            hint: None,
            untried: false,
        })
    })
}

fn data_inputs(experiment: &Experiment, files: &DataFiles) -> DataInputs {
    let data = &experiment.data;
    let read = if data.preprocess == Preprocess::None {
        &data.text
    } else {
        &data.raw_text
    };
    DataInputs {
        train: files.train_sha256.clone(),
        test: files.test_sha256.clone(),
        text: read.clone(),
        label: data.label.clone(),
        preprocess: data.preprocess,
        train_size: experiment.trials.train_size,
    }
}
