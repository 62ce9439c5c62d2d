//! Which stored results and models were found damaged, for as long as the program runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::trial::TrialKey;

/// What was found. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Findings(Arc<Mutex<Found>>);

#[derive(Debug, Default)]
struct Found {
    /// By trial: what is wrong with its result.
    results: BTreeMap<TrialKey, String>,
    /// By trial: what is wrong with its saved model.
    models: BTreeMap<TrialKey, String>,
    /// By trial: what is wrong with its predictions for a transfer set.
    transfers: BTreeMap<TrialKey, String>,
    /// The trials whose saved models were read whole and are as they were saved.
    intact_models: BTreeSet<TrialKey>,
}

impl Findings {
    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn result(&self, key: &TrialKey) -> Option<String> {
        self.found().results.get(key).cloned()
    }

    pub(super) fn is_damaged(&self, key: &TrialKey) -> bool {
        self.found().results.contains_key(key)
    }

    /// Notes what is wrong with a result; `None` that it is whole, or gone.
    pub(super) fn note_result(&self, key: &TrialKey, problem: Option<String>) {
        let results = &mut self.found().results;
        match problem {
            Some(problem) => drop(results.insert(key.clone(), problem)),
            None => drop(results.remove(key)),
        }
    }

    pub(super) fn transfers(&self, key: &TrialKey) -> Option<String> {
        self.found().transfers.get(key).cloned()
    }

    /// Notes what is wrong with predictions for a transfer set; `None` that they are whole.
    pub(super) fn note_transfers(&self, key: &TrialKey, problem: Option<String>) {
        let transfers = &mut self.found().transfers;
        match problem {
            Some(problem) => drop(transfers.insert(key.clone(), problem)),
            None => drop(transfers.remove(key)),
        }
    }

    pub(super) fn model(&self, key: &TrialKey) -> Option<String> {
        self.found().models.get(key).cloned()
    }

    pub(super) fn is_intact_model(&self, key: &TrialKey) -> bool {
        self.found().intact_models.contains(key)
    }

    /// Notes what is wrong with a saved model; `None` that it is whole.
    pub(super) fn note_model(&self, key: &TrialKey, problem: Option<String>) {
        let mut found = self.found();
        if let Some(problem) = problem {
            found.models.insert(key.clone(), problem);
        } else {
            found.models.remove(key);
            found.intact_models.insert(key.clone());
        }
    }
}
