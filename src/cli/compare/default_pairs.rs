//! Which rows are held against which where nobody names pairs, by their place in the table and in a sweep.

use std::collections::BTreeSet;

use super::error::CompareError;
use super::{StoredView, pairing, selection};
use crate::cli::console;
use fsl_core::runner::Plan;
use fsl_core::spec::Point;

/// Pairs of indices into the plan's rows: the judged one, and the one it is judged against.
#[derive(Debug, Default)]
pub(in crate::cli) struct Pairs {
    pub(in crate::cli) found: Vec<[usize; 2]>,
    /// Left out: the rows of these were scored on different test texts.
    pub(super) apart: Vec<[usize; 2]>,
    /// Left out: at the point of these there is no row to hold them against, or more than one.
    pub(super) alone: Vec<usize>,
}

impl Pairs {
    /// Adds a pair, or leaves it out where its rows were scored on different texts.
    pub(super) fn add(&mut self, plan: &Plan, pair: [usize; 2]) {
        if same_texts(plan, pair) {
            self.found.push(pair);
        } else {
            self.apart.push(pair);
        }
    }

    /// Adds what was found of other rows.
    pub(in crate::cli) fn extend(&mut self, more: Self) {
        self.found.extend(more.found);
        self.apart.extend(more.apart);
        self.alone.extend(more.alone);
    }

    /// The pair in which a row is judged, left out or not.
    pub(super) fn of(&self, row: usize) -> Option<[usize; 2]> {
        let mut all = self.found.iter().chain(&self.apart);
        all.find(|pair| pair[0] == row).copied()
    }

    /// Refuses rows of which no pair is left because of their test texts.
    pub(in crate::cli) fn comparable(self, plan: &Plan) -> Result<Self, CompareError> {
        match self.apart.first() {
            Some(&[a, b]) if self.found.is_empty() => {
                Err(pairing::different(&plan.rows[a], &plan.rows[b], plan))
            }
            _ => Ok(self),
        }
    }

    /// Says what was left out, a line for each reason.
    pub(in crate::cli) fn tell(&self, plan: &Plan) {
        match self.apart.len() {
            0 => {}
            1 => console::say("left out: 1 pair of rows over different test texts"),
            count => console::say(&format!(
                "left out: {count} pairs of rows over different test texts"
            )),
        }
        if !self.alone.is_empty() {
            let names = self.alone.iter().map(|&row| plan.rows[row].name.as_str());
            console::say(&format!(
                "left out: no single row to compare with stands at the point of {}",
                names.collect::<Vec<_>>().join(", ")
            ));
        }
    }
}

fn same_texts(plan: &Plan, [a, b]: [usize; 2]) -> bool {
    pairing::same_texts(&plan.rows[a], &plan.rows[b], plan).is_ok()
}

/// A row with its place in a sweep.
#[derive(Debug, Clone, Copy)]
struct Arm<'a> {
    row: usize,
    /// The experiment's name and the row as its spec has it.
    method: [&'a str; 2],
    point: &'a Point,
}

impl<'a> Arm<'a> {
    fn new(held: StoredView<'a>, row: usize) -> Self {
        let planned = &held.plan.rows[row];
        let experiment = &held.experiments[planned.experiment];
        let declared = &experiment.rows[planned.row];
        Self {
            row,
            method: [&experiment.name, &declared.arm_of],
            point: &declared.point,
        }
    }

    /// Whether the keys that bear on both rows have the same values.
    fn shares_point(&self, other: &Self) -> bool {
        let mut common = self.point.iter().filter_map(|(key, value)| {
            let (_, theirs) = other.point.iter().find(|(name, _)| *name == key)?;
            Some((value, theirs))
        });
        common.all(|(value, theirs)| value == theirs)
    }

    /// Whether it is an arm of the row called `id` or `experiment/id`.
    fn is_of(&self, wanted: &str) -> bool {
        let [experiment, row] = self.method;
        row == wanted || wanted.split_once('/') == Some((experiment, row))
    }
}

/// Every one of these rows and the one above it; in a sweep of several rows the nearest above of another row at the same point.
pub(in crate::cli) fn neighbours(held: StoredView, rows: &[usize]) -> Pairs {
    let arms: Vec<Arm> = rows.iter().map(|&row| Arm::new(held, row)).collect();
    let methods: BTreeSet<[&str; 2]> = arms.iter().map(|arm| arm.method).collect();
    let swept = methods.len() > 1 && arms.iter().any(|arm| !arm.point.is_empty());
    let mut pairs = Pairs::default();
    for (place, arm) in arms.iter().enumerate() {
        let is_other = |other: &&Arm| other.method != arm.method && arm.shares_point(other);
        let mut above = arms[..place].iter().rev();
        let other = above.find(|other| !swept || is_other(other));
        if let Some(other) = other {
            pairs.add(held.plan, [arm.row, other.row]);
        }
    }
    pairs
}

/// Every one of these rows and the one that is named, but that one itself; where it is swept, its arm at the row's point.
///
/// # Errors
/// A name that no row has, or several in other experiments than the row's own.
pub(in crate::cli) fn against(
    held: StoredView,
    rows: &[usize],
    wanted: &str,
) -> Result<Pairs, CompareError> {
    let mut pairs = Pairs::default();
    for &row in rows {
        match opponent(held, row, wanted)? {
            Baseline::Itself => {}
            Baseline::None => pairs.alone.push(row),
            Baseline::Row(other) => pairs.add(held.plan, [row, other]),
        }
    }
    Ok(pairs)
}

/// What a row is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Baseline {
    Row(usize),
    /// It is what the others are held against.
    Itself,
    /// No row, or more than one, stands at its point.
    None,
}

/// What a row is held against where the other one is named.
pub(super) fn opponent(
    held: StoredView,
    row: usize,
    wanted: &str,
) -> Result<Baseline, CompareError> {
    let arm = Arm::new(held, row);
    let called = called(held, Some(held.plan.rows[row].experiment), wanted)?;
    if called.rows.contains(&row) {
        return Ok(Baseline::Itself);
    }
    let mut here = called.rows;
    here.retain(|&other| !called.swept || arm.shares_point(&Arm::new(held, other)));
    let mut comparable = here.clone();
    comparable.retain(|&other| same_texts(held.plan, [row, other]));
    Ok(match (comparable.as_slice(), here.as_slice()) {
        // One over other texts is named too, so that it can be told.
        ([other], _) | ([], [other, ..]) => Baseline::Row(*other),
        _ => Baseline::None,
    })
}

/// One row, or the arms of one that is swept.
#[derive(Debug)]
pub(in crate::cli) struct Selection {
    pub(in crate::cli) rows: Vec<usize>,
    pub(in crate::cli) swept: bool,
}

/// The row called `id` or `experiment/id`, or its arms: that of this experiment before any other's.
pub(in crate::cli) fn called(
    held: StoredView,
    experiment: Option<usize>,
    wanted: &str,
) -> Result<Selection, CompareError> {
    let rows = || 0..held.plan.rows.len();
    let is_own = |&row: &usize| Some(held.plan.rows[row].experiment) == experiment;
    let mut own = rows().filter(is_own);
    if let Some(row) = own.find(|&row| selection::is_called(&held.plan.rows[row].name, wanted)) {
        return Ok(Selection {
            rows: vec![row],
            swept: false,
        });
    }
    let arms: Vec<usize> = rows()
        .filter(|&row| Arm::new(held, row).is_of(wanted))
        .collect();
    let own: Vec<usize> = arms.iter().copied().filter(is_own).collect();
    if !own.is_empty() {
        return Ok(Selection {
            rows: own,
            swept: true,
        });
    }
    match selection::find(held.plan, wanted) {
        Err(CompareError::NoRow { .. }) if !arms.is_empty() => Ok(Selection {
            rows: of_one_row(held, arms, wanted)?,
            swept: true,
        }),
        found => Ok(Selection {
            rows: vec![found?],
            swept: false,
        }),
    }
}

/// These arms, those of experiments that were asked for first, where they are all of one row.
fn of_one_row(
    held: StoredView,
    arms: Vec<usize>,
    wanted: &str,
) -> Result<Vec<usize>, CompareError> {
    let (support, asked): (Vec<usize>, Vec<usize>) = arms
        .into_iter()
        .partition(|&row| held.plan.rows[row].support);
    let arms = if asked.is_empty() { support } else { asked };
    let methods: BTreeSet<String> = arms
        .iter()
        .map(|&row| Arm::new(held, row).method.join("/"))
        .collect();
    if methods.len() > 1 {
        return Err(CompareError::Ambiguous {
            wanted: wanted.to_owned(),
            matches: methods.into_iter().collect(),
        });
    }
    Ok(arms)
}
