//! Which trials of a row collapsed.

use super::table;
use fsl_core::runner::{Plan, PlannedRow, PlannedTrial};
use fsl_core::store::{Store, StoreError};
use fsl_metrics::{Collapse, collapse};

/// What is wrong with each trial, or member, of a row, as far as they are stored; nothing is expected of coins and of the most frequent
/// class.
pub(super) fn of(
    row: &PlannedRow,
    plan: &Plan,
    store: &Store,
) -> Result<Vec<Vec<Collapse>>, StoreError> {
    let indices = row.trials.iter().chain(&row.members);
    indices
        .map(|&index| trial(&plan.trials[index], store))
        .collect()
}

fn trial(trial: &PlannedTrial, store: &Store) -> Result<Vec<Collapse>, StoreError> {
    let needs = trial.inputs.method.requirements();
    if needs.ignores_words {
        return Ok(Vec::new());
    }
    let Some(stored) = table::result(trial, store)? else {
        return Ok(Vec::new());
    };
    let losses = stored.fit.as_ref().map_or(&[][..], |fit| &fit.epoch_losses);
    let cross_entropy = needs.transfer.is_none();
    Ok(collapse(&stored.metrics.confusion, losses, cross_entropy))
}
