//! Planning: every requested row, and long chains of rows that build on each other from their far end.

use std::time::{Duration, Instant};

use tracing::{debug, info};

use super::plan::{Plan, TrialState};
use super::planner::Planner;
use super::resources::Resources;
use crate::spec::Experiment;
use crate::store::{Store, StoreError};

/// Plans every trial. With `retry_failed`, trials that failed before run again.
///
/// # Errors
/// [`StoreError`] if a record to reuse cannot be read.
pub fn plan(
    experiments: &[Experiment],
    resources: &Resources,
    store: &Store,
    retry_failed: bool,
) -> Result<Plan, StoreError> {
    let started = Instant::now();
    let mut plan = Planner::new(experiments, resources, store).plan();
    plan.resolve_states(resources, store, retry_failed)?;
    log(&plan, started.elapsed());
    Ok(plan)
}

fn log(plan: &Plan, elapsed: Duration) {
    info!(
        run = plan.count(|state| *state == TrialState::Run),
        reuse = plan.count(|state| *state == TrialState::Reuse),
        failed_before = plan.count(|state| matches!(state, TrialState::Failed(_))),
        blocked = plan.count(|state| matches!(state, TrialState::Blocked(_))),
        ?elapsed,
        "planned {} trials of {} rows",
        plan.trials.len(),
        plan.rows.len()
    );
    for trial in &plan.trials {
        debug!(
            state = trial.state.as_str(),
            has_files = trial.files.is_some(),
            key = trial.key.short(),
            "planned {}",
            plan.name_of(trial)
        );
    }
    for (row, blocked) in plan.blocked() {
        debug!(reason = blocked.reason, "blocked: {}", row.name);
    }
}

/// Rows that are planned one within the other at most: a chain of thousands would need more stack than there is.
const DEEPEST: usize = 50;

impl Planner<'_> {
    /// Plans the requested rows and the rows they build on.
    fn plan(mut self) -> Plan {
        for number in 0..self.plan.rows.len() {
            if self.plan.rows[number].support {
                continue;
            }
            let count = self.declared(number).trial_count();
            self.plan_bases(number, count);
            if let Err(blocked) = self.row(number, count) {
                self.plan.rows[number].blocked = Some(blocked);
            }
        }
        self.plan
    }

    /// Plans what a row builds on where that is a long chain, from its far end; a short one is planned with the row.
    fn plan_bases(&mut self, number: usize, count: u32) {
        let mut chain = vec![(number, count)];
        while let Some(&(row, count)) = chain.last() {
            let planned = &self.plan.rows[row];
            let is_planned =
                !planned.members.is_empty() || planned.trials.len() >= count.max(1) as usize;
            if is_planned || self.is_refused(row) {
                break;
            }
            match self.base(row, count) {
                Some(base) if chain.len() <= self.plan.rows.len() => chain.push(base),
                _ => break,
            }
        }
        if chain.len() <= DEEPEST {
            return;
        }
        for (row, count) in chain.into_iter().skip(1).rev() {
            // What blocks it blocks the row as well, which tells.
            let _ = self.row(row, count);
        }
    }

    /// The row that the first `count` trials of a row build on, and how many of its trials they need.
    fn base(&self, number: usize, count: u32) -> Option<(usize, u32)> {
        let row = self.declared(number);
        let needs = row.method.requirements();
        if let Some((of, size)) = needs.members() {
            let of = self.find(of).ok()?;
            return Some((of, size.unwrap_or_else(|| self.declared(of).trial_count())));
        }
        let teacher = self.find(needs.teacher()?).ok()?;
        let base = self.declared(teacher);
        let trials = (0..count).map(|trial| row.teacher_trial(base, trial) + 1);
        Some((teacher, trials.max()?))
    }
}
