//! The planner: derives trials with inputs and keys from rows and the rows they build on.

use std::collections::HashMap;

use super::compute;
use super::declared::{self, Followed};
use super::imports::predictions;
use super::plan::{Plan, PlannedRow, PlannedTrial, RowTrial, TrialState};
use super::resources::{Blocked, Resources, TransferSet, found, last_link};
use super::trial_template::{
    NotFetched, TrialTemplate, data_inputs, files, seeds, transfer_inputs, without_sampling,
};
use crate::spec::{Experiment, Row};
use crate::store::Store;
use crate::trial::{TrialInputs, TrialKey};
use fsl_methods::{Dependencies, PoolInputs, Requirements, RowRef, SoftTargetsInputs};

/// Builds a plan; trial states are resolved afterwards.
pub(super) struct Planner<'a> {
    experiments: &'a [Experiment],
    resources: &'a Resources,
    store: &'a Store,
    pub(super) plan: Plan,
    by_key: HashMap<TrialKey, usize>,
    by_ref: HashMap<RowRef, usize>,
    /// By row and number of the trial: why it cannot be planned. Long chains would ask their far end again and again.
    refused: HashMap<(usize, u32), Blocked>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(
        experiments: &'a [Experiment],
        resources: &'a Resources,
        store: &'a Store,
    ) -> Self {
        let mut planner = Self {
            experiments,
            resources,
            store,
            plan: Plan::default(),
            by_key: HashMap::new(),
            by_ref: HashMap::new(),
            refused: HashMap::new(),
        };
        for (index, experiment) in experiments.iter().enumerate() {
            for (row, declared) in experiment.rows.iter().enumerate() {
                let name = RowRef {
                    experiment: experiment.name.clone(),
                    row: declared.id.clone(),
                };
                planner.plan.rows.push(PlannedRow {
                    experiment: index,
                    row,
                    name: name.to_string(),
                    support: experiment.support,
                    trials: Vec::new(),
                    members: Vec::new(),
                    blocked: None,
                    followed: Followed::default(),
                });
                planner.by_ref.insert(name, planner.plan.rows.len() - 1);
            }
        }
        planner
    }

    /// The first `count` trials of a row, or an ensemble's members.
    pub(super) fn row(&mut self, number: usize, count: u32) -> Result<(), Blocked> {
        match self.declared(number).method.requirements().members() {
            Some((of, size)) => self.members(number, of, size).map(drop),
            None => self.trials(number, count),
        }
    }

    pub(super) fn declared(&self, number: usize) -> &'a Row {
        let planned = &self.plan.rows[number];
        &self.experiments[planned.experiment].rows[planned.row]
    }

    /// Plans the first `count` trials of a row, as far as they are not planned yet.
    fn trials(&mut self, number: usize, count: u32) -> Result<(), Blocked> {
        let row = self.declared(number);
        let mut shared = None;
        for trial in self.plan.rows[number].trials.len() as u32..count {
            let template = match shared.clone() {
                Some(template) => template,
                None => self.template_once(number, trial)?,
            };
            // Students of one row may have different teachers, and trials of other programs have different files; all other trials
            // of a row differ in seeds only.
            if template.depends_on.is_empty() && !row.method.requirements().is_numbered() {
                shared.get_or_insert_with(|| template.clone());
            }
            let used = RowTrial {
                row: number,
                number: trial,
            };
            let index = self.trial(row, template, used);
            self.plan.rows[number].trials.push(index);
        }
        Ok(())
    }

    /// As [`Self::template`], and where there is none, at once the next time.
    fn template_once(&mut self, number: usize, trial: u32) -> Result<TrialTemplate, Blocked> {
        if let Some(blocked) = self.refused.get(&(number, trial)) {
            return Err(blocked.clone());
        }
        let template = self.template(self.declared(number), trial);
        if let Err(blocked) = &template {
            self.refused.insert((number, trial), blocked.clone());
        }
        template
    }

    /// Whether the next trial of a row is known to have no plan.
    pub(super) fn is_refused(&self, number: usize) -> bool {
        let next = self.plan.rows[number].trials.len() as u32;
        self.refused.contains_key(&(number, next))
    }

    /// The member trials of an ensemble.
    fn members(
        &mut self,
        number: usize,
        of: &RowRef,
        size: Option<u32>,
    ) -> Result<Vec<usize>, Blocked> {
        if self.plan.rows[number].members.is_empty() {
            let of = self.find(of)?;
            let base = self.declared(of);
            let size = size.unwrap_or_else(|| base.trial_count());
            self.trials(of, size)?;
            let members = self.plan.rows[of].trials[..size as usize].to_vec();
            self.same_test_set(number, &members)?;
            self.plan.rows[number].members = members;
        }
        Ok(self.plan.rows[number].members.clone())
    }

    /// Members are averaged text by text, so all must predict this experiment's test set.
    fn same_test_set(&self, number: usize, members: &[usize]) -> Result<(), Blocked> {
        let row = self.declared(number);
        let data = found(self.resources.datasets.get(&row.data.source))?;
        let classes = self.resources.classes(&row.data);
        let same = |&member: &usize| {
            let scored = &self.plan.trials[member].inputs.data;
            scored.test == data.test_sha256
                && scored.label == row.data.label
                && Some(&scored.classes) == classes
        };
        if members.iter().all(same) {
            return Ok(());
        }
        Err(Blocked {
            reason: "its members are scored on a different test set".to_owned(),
            hint: Some(
                "give both experiments the same test set, label column and classes".to_owned(),
            ),
            not_attempted: false,
        })
    }

    /// The teacher trials of a student's trial.
    fn teachers(&mut self, row: &Row, teacher: &RowRef, trial: u32) -> Result<Vec<usize>, Blocked> {
        let number = self.find(teacher)?;
        let base = self.declared(number);
        if let Some((of, size)) = base.method.requirements().members() {
            return self.members(number, of, size);
        }
        let trial = row.teacher_trial(base, trial);
        self.trials(number, trial + 1)?;
        Ok(vec![self.plan.rows[number].trials[trial as usize]])
    }

    /// A student learns its teacher's probabilities, so both must sort into the same classes. Files of two classes look alike whatever
    /// these are, and which of them is positive.
    fn same_classes(&self, row: &Row, teacher: &RowRef, trials: &[usize]) -> Result<(), Blocked> {
        let own = self.resources.classes(&row.data);
        let of = |&trial: &usize| &self.plan.trials[trial].inputs.data.classes;
        if trials.iter().map(of).all(|classes| Some(classes) == own) {
            return Ok(());
        }
        Err(Blocked {
            reason: format!("its teacher `{teacher}` has other classes, or another positive one"),
            hint: Some(
                "give both experiments the same `data.classes` and `data.positive`".to_owned(),
            ),
            not_attempted: false,
        })
    }

    pub(super) fn find(&self, name: &RowRef) -> Result<usize, Blocked> {
        self.by_ref.get(name).copied().ok_or_else(|| Blocked {
            reason: format!("there is no row `{name}`"),
            hint: None,
            not_attempted: false,
        })
    }

    fn template(&mut self, row: &Row, trial: u32) -> Result<TrialTemplate, Blocked> {
        let data = found(self.resources.datasets.get(&row.data.source))?;
        let mut blocked = data.unavailable.clone();
        let mut encoder = Ok(None);
        let mut transfer = Ok(None);
        let mut dense = Vec::new();
        let mut depends_on = Vec::new();
        let needs = row.method.requirements();
        let mut dependencies = Dependencies::default();
        if let Some(teacher) = needs.teacher() {
            depends_on = self.teachers(row, teacher, trial).map_err(|why| Blocked {
                reason: format!("its teacher `{teacher}`: {}", last_link(&why.reason)),
                ..why
            })?;
            self.same_classes(row, teacher, &depends_on)?;
            let set = self.resources.transfer(&row.data)?;
            blocked = blocked.or_else(|| set.unavailable.clone());
            dependencies.soft_targets = Some(self.soft_targets(row, &needs, &set, &depends_on));
            transfer = set.path.map(Some).ok_or(NotFetched);
        }
        if let (None, Some(drawn)) = (needs.teacher(), needs.transfer) {
            let set = self.resources.transfer(&row.data)?;
            blocked = blocked.or_else(|| set.unavailable.clone());
            dependencies.pool = Some(PoolInputs {
                transfer: transfer_inputs(row, &set),
                transfer_size: drawn.size,
            });
            transfer = set.path.map(Some).ok_or(NotFetched);
        }
        if let Some(name) = needs.encoder {
            let files = found(self.resources.encoders.get(name))?;
            let (max_tokens, threads) = (row.data.max_tokens, row.trials.threads);
            let variant = compute::variants(row.trials.precision, self.resources.compute)[0];
            let inputs = variant.inputs(files.sha256.clone(), max_tokens, threads);
            declared::follow(row, inputs, &files, &mut dependencies)?;
            dense = files.declared.dense;
            encoder = files.source.map(Some).ok_or(NotFetched);
            blocked = blocked.or(files.unavailable);
        }
        let (inputs, predictions) = predictions(row, trial, self.resources)?.unzip();
        dependencies.predictions = inputs;
        let method = row.method.resolve(dependencies);
        let method = method.ok_or_else(ensemble_has_no_trials)?;
        let classes = self.resources.classes(&row.data).ok_or_else(no_labels)?;
        if (method.encoder()).is_none_or(|encoder| encoder.modules.is_empty()) {
            dense.clear();
        }
        Ok(TrialTemplate {
            files: files(
                &data,
                encoder.map(|source| (source, dense)),
                transfer,
                predictions,
            ),
            data: data_inputs(row, &data, classes),
            method,
            blocked,
            depends_on,
        })
    }

    /// The probabilities that a student learns, of the trials `teachers` for the texts of `set`.
    fn soft_targets(
        &self,
        row: &Row,
        needs: &Requirements,
        set: &TransferSet,
        teachers: &[usize],
    ) -> SoftTargetsInputs {
        let keys = teachers.iter().map(|&index| &self.plan.trials[index].key);
        let mut teacher: Vec<String> = keys.map(ToString::to_string).collect();
        teacher.sort();
        SoftTargetsInputs {
            teacher,
            transfer: transfer_inputs(row, set),
            transfer_size: needs.transfer.and_then(|transfer| transfer.size),
            labelled: needs.labelled_texts,
        }
    }

    /// The inputs of a stored equivalent result, otherwise those this run would compute.
    fn equivalent_inputs(&self, row: &Row, inputs: TrialInputs) -> (TrialInputs, TrialKey) {
        let key = inputs.key();
        if self.store.has(&key) {
            return (inputs, key);
        }
        let variants = match inputs.method.encoder() {
            Some(_) => compute::variants(row.trials.precision, self.resources.compute),
            None => Vec::new(),
        };
        let whole = without_sampling(row, &inputs);
        let mut others = Vec::new();
        for base in [Some(inputs.clone()), whole.clone()].into_iter().flatten() {
            others.extend(variants.iter().map(|variant| {
                let mut other = base.clone();
                variant.apply(&mut other.method);
                other
            }));
            others.push(base);
        }
        let stored = others.into_iter().find_map(|other| {
            let key = other.key();
            // A damaged one is no result, and its key is another machine's.
            let is_stored = self.store.has(&key) && matches!(self.store.check(&key), Ok(Some(_)));
            is_stored.then_some((other, key))
        });
        // If nothing is stored, rows that sample all texts share a trial with rows that do not sample.
        stored.unwrap_or_else(|| match whole {
            Some(whole) => {
                let key = whole.key();
                (whole, key)
            }
            None => (inputs, key),
        })
    }

    /// What a trial of these inputs follows of what its encoder declares.
    fn followed(&self, row: &Row, inputs: &TrialInputs) -> Followed {
        let name = row.method.requirements().encoder;
        let known = name.and_then(|name| self.resources.encoders.get(name));
        match (known, inputs.method.encoder()) {
            (Some(Ok(known)), Some(encoder)) => declared::followed(row, encoder, known),
            _ => Followed::default(),
        }
    }

    fn trial(&mut self, row: &Row, template: TrialTemplate, used: RowTrial) -> usize {
        let seeds = seeds(row, used.number);
        let inputs = TrialInputs::new(template.data, template.method, seeds);
        let (inputs, key) = self.equivalent_inputs(row, inputs);
        // The other trials of a row follow what its first one does.
        if used.number == 0 {
            self.plan.rows[used.row].followed = self.followed(row, &inputs);
        }
        // Until states are resolved, a row's reason says what would block any of its trials.
        let blocked = &mut self.plan.rows[used.row].blocked;
        *blocked = blocked.take().or(template.blocked);
        if let Some(&index) = self.by_key.get(&key) {
            self.plan.trials[index].uses.push(used);
            self.plan.trials[index].keep_weights |= row.keep_weights;
            return index;
        }
        let index = self.plan.trials.len();
        self.by_key.insert(key.clone(), index);
        let keep_weights = row.keep_weights && inputs.method.requirements().keeps_weights();
        self.plan.trials.push(PlannedTrial {
            key,
            inputs,
            files: template.files,
            uses: vec![used],
            state: TrialState::Unneeded,
            recorded: false,
            stored: None,
            failed_before: None,
            depends_on: template.depends_on,
            transfers: Vec::new(),
            keep_weights,
            recompute: false,
        });
        index
    }
}

fn no_labels() -> Blocked {
    Blocked {
        reason: "its training file, which tells the classes, is not here".to_owned(),
        hint: Some("name them in `data.classes`".to_owned()),
        not_attempted: false,
    }
}

fn ensemble_has_no_trials() -> Blocked {
    Blocked {
        reason: "an ensemble has no trials of its own".to_owned(),
        hint: None,
        not_attempted: false,
    }
}
