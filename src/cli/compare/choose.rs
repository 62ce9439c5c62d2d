//! Which rows are compared.

use super::args::CompareArgs;
use super::error::CompareError;
use crate::runner::Plan;

/// Pairs of indices into the plan's rows: the judged one, and the one it is judged against.
pub(super) fn pairs(args: &CompareArgs, plan: &Plan) -> Result<Vec<[usize; 2]>, CompareError> {
    if !args.pair.is_empty() {
        let found = args.pair.iter().map(|[a, b]| {
            let pair = [find(plan, a)?, find(plan, b)?];
            different(plan, pair)
        });
        return found.collect();
    }
    let rows: Vec<usize> = asked(plan).collect();
    if rows.len() < 2 {
        return Err(CompareError::TooFew { rows: rows.len() });
    }
    let against = match &args.against {
        Some(wanted) => find(plan, wanted)?,
        None => rows[0],
    };
    if args.row.is_empty() {
        let others = rows.into_iter().filter(|&row| row != against);
        return Ok(others.map(|row| [row, against]).collect());
    }
    let judged = args
        .row
        .iter()
        .map(|wanted| different(plan, [find(plan, wanted)?, against]));
    judged.collect()
}

/// The rows of the experiments that were asked for.
fn asked(plan: &Plan) -> impl Iterator<Item = usize> {
    (0..plan.rows.len()).filter(|&row| !plan.rows[row].support)
}

fn different(plan: &Plan, [a, b]: [usize; 2]) -> Result<[usize; 2], CompareError> {
    if a == b {
        let row = plan.rows[a].name.clone();
        return Err(CompareError::Itself { row });
    }
    Ok([a, b])
}

/// The row called `id` or `experiment/id`; rows of experiments that others refer to can be named as well.
pub(in super::super) fn find(plan: &Plan, wanted: &str) -> Result<usize, CompareError> {
    let is_called = |&row: &usize| {
        let name = plan.rows[row].name.as_str();
        name == wanted || name.split_once('/').is_some_and(|(_, id)| id == wanted)
    };
    let mut matches: Vec<usize> = asked(plan).filter(is_called).collect();
    if matches.is_empty() {
        matches = (0..plan.rows.len()).filter(is_called).collect();
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
            let known = names(asked(plan).collect());
            Err(CompareError::NoRow { wanted, known })
        }
        _ => Err(CompareError::Ambiguous {
            wanted,
            matches: names(matches),
        }),
    }
}
