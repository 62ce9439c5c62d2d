//! Rows by the names that users give them.

use super::error::CompareError;
use fsl_core::runner::Plan;

/// The rows of the experiments that were asked for.
pub(super) fn requested(plan: &Plan) -> impl Iterator<Item = usize> {
    (0..plan.rows.len()).filter(|&row| !plan.rows[row].support)
}

/// Whether a row of this name is called `id` or `experiment/id`.
pub(super) fn is_called(name: &str, wanted: &str) -> bool {
    name == wanted || name.split_once('/').is_some_and(|(_, id)| id == wanted)
}

/// The row called `id` or `experiment/id`; rows of experiments that others refer to can be named as well.
pub(super) fn find(plan: &Plan, wanted: &str) -> Result<usize, CompareError> {
    let is_wanted = |&row: &usize| is_called(&plan.rows[row].name, wanted);
    let mut matches: Vec<usize> = requested(plan).filter(is_wanted).collect();
    if matches.is_empty() {
        matches = (0..plan.rows.len()).filter(is_wanted).collect();
    }
    let names = |rows: Vec<usize>| {
        rows.into_iter()
            .map(|row| plan.rows[row].name.clone())
            .collect()
    };
    let wanted = wanted.to_owned();
    match matches.as_slice() {
        [row] => Ok(*row),
        [] => {
            let known = names(requested(plan).collect());
            Err(CompareError::NoRow { wanted, known })
        }
        _ => Err(CompareError::Ambiguous {
            wanted,
            matches: names(matches),
        }),
    }
}
