//! Which rows are compared.

use super::StoredView;
use super::args::CompareArgs;
use super::default_pairs::{self, Baseline, Pairs};
use super::error::CompareError;
use fsl_core::runner::Plan;

/// The pairs that are named; otherwise those that follow from the rows' places.
pub(super) fn pairs(args: &CompareArgs, held: StoredView) -> Result<Pairs, CompareError> {
    let plan = held.plan;
    if !args.pair.is_empty() {
        let found = args.pair.iter().map(|[a, b]| {
            let pair = [find(plan, a)?, find(plan, b)?];
            different(plan, pair)
        });
        return Ok(Pairs {
            found: found.collect::<Result<_, _>>()?,
            ..Pairs::default()
        });
    }
    let rows: Vec<usize> = asked(plan).collect();
    if rows.len() < 2 {
        return Err(CompareError::TooFew { rows: rows.len() });
    }
    let pairs = match &args.against {
        _ if !args.row.is_empty() => judged(args, held, &rows)?,
        Some(wanted) => default_pairs::against(held, &rows, wanted)?,
        None => default_pairs::neighbours(held, &rows),
    };
    let pairs = pairs.comparable(plan)?;
    if pairs.found.is_empty() {
        return Err(CompareError::NoPair);
    }
    Ok(pairs)
}

/// The pairs in which the named rows are judged. Of a single row nothing is left out: that it cannot be compared is an error.
fn judged(args: &CompareArgs, held: StoredView, rows: &[usize]) -> Result<Pairs, CompareError> {
    let unasked = default_pairs::neighbours(held, rows);
    let mut pairs = Pairs::default();
    for wanted in &args.row {
        let called = default_pairs::called(held, None, wanted)?;
        for row in called.rows {
            let against = match &args.against {
                Some(against) => default_pairs::opponent(held, row, against)?,
                None => unasked
                    .of(row)
                    .map_or(Baseline::None, |[_, other]| Baseline::Row(other)),
            };
            match against {
                Baseline::Row(other) if called.swept => pairs.add(held.plan, [row, other]),
                Baseline::Row(other) => pairs.found.push([row, other]),
                Baseline::Itself => return Err(itself(held.plan, row)),
                Baseline::None if called.swept => pairs.alone.push(row),
                Baseline::None => return Err(CompareError::NoPair),
            }
        }
    }
    Ok(pairs)
}

/// The rows of the experiments that were asked for.
fn asked(plan: &Plan) -> impl Iterator<Item = usize> {
    (0..plan.rows.len()).filter(|&row| !plan.rows[row].support)
}

fn different(plan: &Plan, [a, b]: [usize; 2]) -> Result<[usize; 2], CompareError> {
    if a == b {
        return Err(itself(plan, a));
    }
    Ok([a, b])
}

fn itself(plan: &Plan, row: usize) -> CompareError {
    CompareError::Itself {
        row: plan.rows[row].name.clone(),
    }
}

/// Whether a row of this name is called `id` or `experiment/id`.
pub(super) fn is_called(name: &str, wanted: &str) -> bool {
    name == wanted || name.split_once('/').is_some_and(|(_, id)| id == wanted)
}

/// The row called `id` or `experiment/id`; rows of experiments that others refer to can be named as well.
pub(super) fn find(plan: &Plan, wanted: &str) -> Result<usize, CompareError> {
    let is_wanted = |&row: &usize| is_called(&plan.rows[row].name, wanted);
    let mut matches: Vec<usize> = asked(plan).filter(is_wanted).collect();
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
            let known = names(asked(plan).collect());
            Err(CompareError::NoRow { wanted, known })
        }
        _ => Err(CompareError::Ambiguous {
            wanted,
            matches: names(matches),
        }),
    }
}
