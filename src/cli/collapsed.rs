//! Which trials of a row collapsed.

use crate::method::MethodInputs;
use crate::metric::{Collapse, collapse};
use crate::runner::{Plan, PlannedRow, PlannedTrial};

/// What is wrong with each stored trial, or member, of a row; nothing is expected of coins and of the most frequent class.
pub(super) fn of(row: &PlannedRow, plan: &Plan) -> Vec<Vec<Collapse>> {
    let indices = row.trials.iter().chain(&row.members);
    indices.map(|&index| trial(&plan.trials[index])).collect()
}

fn trial(trial: &PlannedTrial) -> Vec<Collapse> {
    let method = &trial.inputs.method;
    let learns = !matches!(
        method,
        MethodInputs::Random { .. } | MethodInputs::Majority {}
    );
    let Some(stored) = trial.stored.as_ref().filter(|_| learns) else {
        return Vec::new();
    };
    let losses = stored.fit.as_ref().map_or(&[][..], |fit| &fit.epoch_losses);
    let cross_entropy = matches!(method, MethodInputs::Finetune { .. });
    collapse(&stored.metrics.confusion, losses, cross_entropy)
}
