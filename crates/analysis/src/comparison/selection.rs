//! The rows that a user wants compared.

use super::error::CompareError;
use super::pairs::{self, Baseline, Pairs};
use super::row_names::{find, requested};
use crate::stored_view::StoredView;
use fsl_core::runner::Plan;

/// Rows to compare, as a user names them: `id` or `experiment/id`.
#[derive(Debug, Clone, Copy, Default)]
pub struct RowSelection<'a> {
    /// Pairs, the first of which is judged against the second. Where there are any, nothing else counts.
    pub pairs: &'a [[String; 2]],
    /// Rows to judge; of a swept one every arm. Empty: every row.
    pub rows: &'a [String],
    /// The row to judge against; of a swept one its arm at the same point. `None`: the row above.
    pub against: Option<&'a str>,
}

/// The pairs that are named; otherwise those that follow from the rows' places.
///
/// # Errors
/// Names that no row has, or several; no pair of rows over the same test texts.
pub fn select(view: StoredView, selection: RowSelection) -> Result<Pairs, CompareError> {
    let plan = view.plan;
    if !selection.pairs.is_empty() {
        let found = selection.pairs.iter().map(|[a, b]| {
            let pair = [find(plan, a)?, find(plan, b)?];
            different(plan, pair)
        });
        return Ok(Pairs {
            found: found.collect::<Result<_, _>>()?,
            ..Pairs::default()
        });
    }
    let rows: Vec<usize> = requested(plan).collect();
    if rows.len() < 2 {
        return Err(CompareError::TooFew { rows: rows.len() });
    }
    let pairs = match selection.against {
        _ if !selection.rows.is_empty() => judged(selection, view, &rows)?,
        Some(wanted) => pairs::against(view, &rows, wanted)?,
        None => pairs::neighbours(view, &rows),
    };
    let pairs = pairs.comparable(plan)?;
    if pairs.found.is_empty() {
        return Err(CompareError::NoPair);
    }
    Ok(pairs)
}

/// The pairs in which the named rows are judged. Of a single row nothing is left out: that it cannot be compared is an error.
fn judged(
    selection: RowSelection,
    view: StoredView,
    rows: &[usize],
) -> Result<Pairs, CompareError> {
    let defaults = pairs::neighbours(view, rows);
    let mut pairs = Pairs::default();
    for wanted in selection.rows {
        let called = pairs::called(view, None, wanted)?;
        for row in called.rows {
            let against = match selection.against {
                Some(against) => pairs::opponent(view, row, against)?,
                None => defaults
                    .judging(row)
                    .map_or(Baseline::None, |[_, other]| Baseline::Row(other)),
            };
            match against {
                Baseline::Row(other) if called.swept => pairs.add(view.plan, [row, other]),
                Baseline::Row(other) => pairs.found.push([row, other]),
                Baseline::Itself => return Err(itself(view.plan, row)),
                Baseline::None if called.swept => pairs.alone.push(row),
                Baseline::None => return Err(CompareError::NoPair),
            }
        }
    }
    Ok(pairs)
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
