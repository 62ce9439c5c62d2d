//! The plan in which stored trials run once more, as a witness of what is stored.

use std::collections::{BTreeSet, HashMap};

use super::plan::{Plan, PlannedTrial, TrialState};
use super::resolve_states::request_teacher_predictions;

/// Places of trials by their keys.
type ByKey = HashMap<String, usize>;

impl Plan {
    /// These trials and all that they rest on: the teachers of students, and the teachers of these.
    pub fn with_teachers(&self, chosen: &BTreeSet<usize>) -> BTreeSet<usize> {
        let by_key = self.by_key();
        let mut all = chosen.clone();
        let mut new: Vec<usize> = chosen.iter().copied().collect();
        while let Some(index) = new.pop() {
            let teachers = teachers(&self.trials[index], &by_key);
            new.extend(teachers.into_iter().filter(|&teacher| all.insert(teacher)));
        }
        all
    }

    /// The plan in which these trials run anew, whatever is stored, and nothing else does. Students learn from what their teachers say this
    /// time where these are among the trials; such teachers also predict the transfer texts again.
    #[must_use]
    pub fn again(mut self, chosen: &BTreeSet<usize>) -> Self {
        let by_key = self.by_key();
        for (index, trial) in self.trials.iter_mut().enumerate() {
            trial.keep_weights = false;
            trial.transfers.clear();
            if chosen.contains(&index) {
                trial.state = TrialState::Run;
                trial.recorded = false;
                trial.recompute = true;
                // A student whose model is stored was planned to do without its teachers.
                trial.depends_on = teachers(trial, &by_key);
            } else {
                trial.state = TrialState::Reuse;
            }
        }
        for &index in chosen {
            let teachers = self.trials[index].depends_on.clone();
            request_teacher_predictions(&mut self, index, &teachers);
        }
        self
    }

    fn by_key(&self) -> ByKey {
        let keys = self.trials.iter().enumerate();
        keys.map(|(index, trial)| (trial.key.to_string(), index))
            .collect()
    }
}

/// The trials that a student learns from, as its inputs name them.
fn teachers(trial: &PlannedTrial, by_key: &ByKey) -> Vec<usize> {
    let targets = trial.inputs.method.soft_targets().into_iter();
    let keys = targets.flat_map(|targets| &targets.teacher);
    keys.filter_map(|key| by_key.get(key).copied()).collect()
}
