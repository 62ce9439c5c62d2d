//! The state of every planned trial: reused, to run, failed before, blocked or unneeded.

use super::plan::{Plan, PlannedTrial, TrialState};
use super::resources::{Blocked, Resources, last_link};
use crate::store::{Store, StoreError};
use fsl_common::settings::DeviceKind;

impl Plan {
    /// Resolves all trial states again, such as after a run: the trials and their keys stay.
    ///
    /// # Errors
    /// [`StoreError`] if a record to reuse cannot be read.
    pub fn resolve_states(
        &mut self,
        resources: &Resources,
        store: &Store,
        retry_failed: bool,
    ) -> Result<(), StoreError> {
        let device = resources.compute.device.unwrap_or_default();
        resolve_states(self, store, device, retry_failed)
    }
}

/// Resolves trial states from the last trial to the first, because only a student that must run needs its teachers; then
/// finds blocked students and rows, teachers first.
fn resolve_states(
    plan: &mut Plan,
    store: &Store,
    device: DeviceKind,
    retry_failed: bool,
) -> Result<(), StoreError> {
    let mut needed = requested(plan);
    let failures = store.failures();
    for index in (0..plan.trials.len()).rev() {
        let trial = &mut plan.trials[index];
        trial.failed_before = failures
            .contains(&trial.key)
            .then(|| store.failure(&trial.key))
            .flatten();
        if needed[index] {
            resolve_state(trial, store, device, retry_failed)?;
        } else {
            trial.recorded = false;
            trial.state = TrialState::Unneeded;
        }
        if trial.state == TrialState::Run {
            if trial.recorded && trial.saved_model(store).is_some() {
                trial.depends_on.clear();
            }
            let teachers = trial.depends_on.clone();
            for &teacher in &teachers {
                needed[teacher] = true;
            }
            request_teacher_predictions(plan, index, &teachers);
        }
    }
    for index in 0..plan.trials.len() {
        if plan.trials[index].state == TrialState::Run
            && let Some(blocked) = blocked_by_teacher(plan, index)
        {
            plan.trials[index].state = TrialState::Blocked(blocked);
        }
    }
    for number in 0..plan.rows.len() {
        plan.rows[number].blocked = row_blocked(plan, number);
    }
    Ok(())
}

/// Resolves the state of a trial whose result is needed. A damaged result counts as none, and what the machine did to an earlier attempt
/// is not held against the trial: both run again.
fn resolve_state(
    trial: &mut PlannedTrial,
    store: &Store,
    device: DeviceKind,
    retry_failed: bool,
) -> Result<(), StoreError> {
    let record = store.check(&trial.key)?;
    trial.recorded = record.is_some();
    trial.stored = None;
    if trial.recorded && trial.has_transfers(store) {
        trial.stored = record.map(|record| Box::new(record.into()));
        trial.state = TrialState::Reuse;
        return Ok(());
    }
    trial.state = match &trial.failed_before {
        Some(failure) if failure.is_lasting() && !retry_failed => {
            TrialState::Failed(failure.clone())
        }
        _ => blocked_by_device(trial, device).map_or(TrialState::Run, TrialState::Blocked),
    };
    Ok(())
}

/// The reason a trial cannot run on this device: its stored result comes from another kind of device, and its predictions for
/// a transfer set are missing.
fn blocked_by_device(trial: &PlannedTrial, device: DeviceKind) -> Option<Blocked> {
    let computed = trial.inputs.method.encoder()?.device;
    (computed != device).then(|| Blocked {
        reason: format!(
            "its stored result was computed on `{}`, but its predictions for the transfer texts are not stored",
            computed.as_str()
        ),
        hint: Some(format!(
            "`--device {}` adds them; `--device {}` recomputes the whole trial",
            computed.as_str(),
            device.as_str()
        )),
        not_attempted: false,
    })
}

/// Marks the trials of requested rows and the members of requested ensembles.
fn requested(plan: &Plan) -> Vec<bool> {
    let mut needed = vec![false; plan.trials.len()];
    for row in plan.rows.iter().filter(|row| !row.support) {
        for &index in row.trials.iter().chain(&row.members) {
            needed[index] = true;
        }
    }
    needed
}

/// Adds a student's transfer set to those its teachers must predict.
pub(super) fn request_teacher_predictions(plan: &mut Plan, student: usize, teachers: &[usize]) {
    let student = &plan.trials[student];
    let path = student
        .files
        .as_ref()
        .and_then(|files| files.transfer.clone());
    let (Some(soft_targets), Some(path)) = (student.inputs.method.soft_targets(), path) else {
        return;
    };
    let transfer = soft_targets.transfer.clone();
    for &teacher in teachers {
        plan.trials[teacher].request_transfer(&transfer, &path);
    }
}

/// The reason a student cannot run, if a teacher is blocked or failed.
fn blocked_by_teacher(plan: &Plan, student: usize) -> Option<Blocked> {
    plan.trials[student].depends_on.iter().find_map(|&teacher| {
        let teacher = &plan.trials[teacher];
        let (why, hint) = match &teacher.state {
            TrialState::Failed(failure) => (
                format!("failed before: {}", failure.message),
                Some("`fsl-exp run … --retry-failed` runs it again".to_owned()),
            ),
            TrialState::Blocked(blocked) => {
                let reason = last_link(&blocked.reason);
                (reason.to_owned(), blocked.hint.clone())
            }
            TrialState::Run if teacher.files.is_none() => {
                let row = teacher.uses.first().map(|used| &plan.rows[used.row])?;
                let blocked = row
                    .blocked
                    .as_ref()
                    .filter(|blocked| !blocked.not_attempted)?;
                (blocked.reason.clone(), blocked.hint.clone())
            }
            _ => return None,
        };
        Some(Blocked {
            reason: format!("its teacher, {}, cannot run: {why}", plan.name_of(teacher)),
            hint,
            not_attempted: false,
        })
    })
}

/// The reason a row's missing results cannot be computed: its own if a trial must run, else that of a trial or member.
fn row_blocked(plan: &Plan, number: usize) -> Option<Blocked> {
    let row = &plan.rows[number];
    if row.trials.is_empty() && row.members.is_empty() {
        return row.blocked.clone();
    }
    let mut own = row.trials.iter().map(|&index| &plan.trials[index].state);
    if row.blocked.is_some() && own.any(|state| *state == TrialState::Run) {
        return row.blocked.clone();
    }
    let mut states = row.trials.iter().map(|&index| &plan.trials[index].state);
    let by_trial = states.find_map(|state| match state {
        TrialState::Blocked(blocked) => Some(blocked.clone()),
        _ => None,
    });
    by_trial.or_else(|| {
        row.members
            .iter()
            .find_map(|&member| member_blocked(plan, member))
    })
}

fn member_blocked(plan: &Plan, member: usize) -> Option<Blocked> {
    let trial = &plan.trials[member];
    let blocked = match &trial.state {
        TrialState::Blocked(blocked) => Some(blocked.clone()),
        TrialState::Run if trial.files.is_none() => {
            let used = trial.uses.first()?;
            plan.rows[used.row].blocked.clone()
        }
        _ => None,
    }?;
    Some(Blocked {
        reason: format!(
            "its member, {}, cannot run: {}",
            plan.name_of(trial),
            blocked.reason
        ),
        ..blocked
    })
}
