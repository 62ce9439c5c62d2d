//! Default comparison pairs: by the rows' places in the table and in a sweep.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::error::CompareError;
use super::pairing;
use super::row_names::{find, is_called};
use super::shared_points::SharedPoints;
use crate::stored_view::StoredView;
use fsl_core::runner::Plan;
use fsl_core::spec::Point;

/// Pairs of indices into the plan's rows: the judged one, and the one it is judged against.
#[derive(Debug, Default)]
pub struct Pairs {
    /// The pairs to compare.
    pub found: Vec<[usize; 2]>,
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
    pub(crate) fn extend(&mut self, more: Self) {
        self.found.extend(more.found);
        self.apart.extend(more.apart);
        self.alone.extend(more.alone);
    }

    /// The pair in which a row is judged, left out or not.
    pub(super) fn judging(&self, row: usize) -> Option<[usize; 2]> {
        let mut all = self.found.iter().chain(&self.apart);
        all.find(|pair| pair[0] == row).copied()
    }

    /// Refuses rows of which no pair is left because of their test texts.
    pub(crate) fn comparable(self, plan: &Plan) -> Result<Self, CompareError> {
        match self.apart.first() {
            Some(&[a, b]) if self.found.is_empty() => {
                Err(pairing::different(&plan.rows[a], &plan.rows[b], plan))
            }
            _ => Ok(self),
        }
    }

    /// What was left out, a line for each reason.
    pub fn left_out(&self, plan: &Plan) -> Vec<String> {
        let mut lines = Vec::new();
        match self.apart.len() {
            0 => {}
            1 => lines.push("skipped: 1 pair of rows scored on different test texts".to_owned()),
            count => lines.push(format!(
                "skipped: {count} pairs of rows scored on different test texts"
            )),
        }
        if !self.alone.is_empty() {
            let names = self.alone.iter().map(|&row| plan.rows[row].name.as_str());
            lines.push(format!(
                "skipped: no unique row to compare with at the sweep point of {}",
                names.collect::<Vec<_>>().join(", ")
            ));
        }
        lines
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
    fn new(view: StoredView<'a>, row: usize) -> Self {
        let planned = &view.plan.rows[row];
        let experiment = &view.experiments[planned.experiment];
        let declared = &experiment.rows[planned.row];
        Self {
            row,
            method: [&experiment.name, &declared.arm_of],
            point: &declared.point,
        }
    }

    /// Whether it is an arm of the row called `id` or `experiment/id`.
    fn is_of(&self, wanted: &str) -> bool {
        let [experiment, row] = self.method;
        row == wanted || wanted.split_once('/') == Some((experiment, row))
    }
}

/// Every one of these rows and the one above it; in a sweep of several rows the nearest above of another row at the same point.
pub(crate) fn neighbours(view: StoredView, rows: &[usize]) -> Pairs {
    let arms: Vec<Arm> = rows.iter().map(|&row| Arm::new(view, row)).collect();
    let methods: BTreeSet<[&str; 2]> = arms.iter().map(|arm| arm.method).collect();
    let swept = methods.len() > 1 && arms.iter().any(|arm| !arm.point.is_empty());
    let mut pairs = Pairs::default();
    let mut above = Above::default();
    for (place, arm) in arms.iter().enumerate() {
        let other = if swept {
            above.nearest(arm)
        } else {
            place.checked_sub(1)
        };
        if let Some(other) = other {
            pairs.add(view.plan, [arm.row, arms[other].row]);
        }
        above.add(place, *arm);
    }
    pairs
}

/// The rows above one. Rows that no sweep touches share every point: of these the last one counts, and the last of another row.
#[derive(Default)]
struct Above<'a> {
    swept: BTreeMap<[&'a str; 2], SharedPoints<'a>>,
    plain: Option<(usize, [&'a str; 2])>,
    plain_before: Option<(usize, [&'a str; 2])>,
}

impl<'a> Above<'a> {
    fn add(&mut self, place: usize, arm: Arm<'a>) {
        if !arm.point.is_empty() {
            let arms = self.swept.entry(arm.method).or_default();
            arms.add(place, arm.point);
            return;
        }
        if self.plain.is_some_and(|(_, method)| method != arm.method) {
            self.plain_before = self.plain;
        }
        self.plain = Some((place, arm.method));
    }

    /// The nearest of another row at the same point.
    fn nearest(&mut self, arm: &Arm) -> Option<usize> {
        let plain = [self.plain, self.plain_before].into_iter().flatten();
        let plain = plain
            .filter(|(_, method)| *method != arm.method)
            .map(|(place, _)| place)
            .max();
        let others = self.swept.iter_mut();
        let others = others.filter(|(method, _)| **method != arm.method);
        let swept = others.filter_map(|(_, arms)| arms.last_sharing(arm.point));
        swept.chain(plain).max()
    }
}

/// Every one of these rows and the one that is named, but that one itself; where it is swept, its arm at the row's point.
///
/// # Errors
/// A name that no row has, or several in other experiments than the row's own.
pub(crate) fn against(
    view: StoredView,
    rows: &[usize],
    wanted: &str,
) -> Result<Pairs, CompareError> {
    let mut pairs = Pairs::default();
    let mut baselines = BTreeMap::new();
    for &row in rows {
        let experiment = view.plan.rows[row].experiment;
        let baseline = match baselines.entry(experiment) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Baselines::new(view, experiment, wanted)?),
        };
        match baseline.of(view, row) {
            Baseline::Itself => {}
            Baseline::None => pairs.alone.push(row),
            Baseline::Row(other) => pairs.add(view.plan, [row, other]),
        }
    }
    Ok(pairs)
}

/// The baseline that a row is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Baseline {
    Row(usize),
    /// It is the baseline of the others.
    Itself,
    /// No row, or more than one, stands at its point.
    None,
}

/// The baseline of a row where the other row is named.
pub(super) fn opponent(
    view: StoredView,
    row: usize,
    wanted: &str,
) -> Result<Baseline, CompareError> {
    let experiment = view.plan.rows[row].experiment;
    let mut baselines = Baselines::new(view, experiment, wanted)?;
    Ok(baselines.of(view, row))
}

/// The rows that a name stands for, for the rows of one experiment.
struct Baselines<'a> {
    rows: BTreeSet<usize>,
    /// Of a swept one, its arms.
    arms: Option<SharedPoints<'a>>,
}

impl<'a> Baselines<'a> {
    fn new(view: StoredView<'a>, experiment: usize, wanted: &str) -> Result<Self, CompareError> {
        let called = called(view, Some(experiment), wanted)?;
        let arms = called.swept.then(|| {
            let mut arms = SharedPoints::default();
            for &row in &called.rows {
                arms.add(row, Arm::new(view, row).point);
            }
            arms
        });
        Ok(Self {
            rows: called.rows.into_iter().collect(),
            arms,
        })
    }

    fn of(&mut self, view: StoredView, row: usize) -> Baseline {
        if self.rows.contains(&row) {
            return Baseline::Itself;
        }
        let mut here: Vec<usize> = match &mut self.arms {
            Some(arms) => arms.sharing(Arm::new(view, row).point),
            None => self.rows.iter().copied().collect(),
        };
        here.sort_unstable();
        let mut comparable = here.clone();
        comparable.retain(|&other| same_texts(view.plan, [row, other]));
        match (comparable.as_slice(), here.as_slice()) {
            // One over other texts is named too, so that it can be told.
            ([other], _) | ([], [other, ..]) => Baseline::Row(*other),
            _ => Baseline::None,
        }
    }
}

/// The rows that a name stands for: one row, or the arms of one that is swept.
#[derive(Debug)]
pub(crate) struct NamedRows {
    pub(crate) rows: Vec<usize>,
    pub(crate) swept: bool,
}

/// The row called `id` or `experiment/id`, or its arms: that of this experiment before any other's.
pub(crate) fn called(
    view: StoredView,
    experiment: Option<usize>,
    wanted: &str,
) -> Result<NamedRows, CompareError> {
    let rows = || 0..view.plan.rows.len();
    let is_own = |&row: &usize| Some(view.plan.rows[row].experiment) == experiment;
    let mut own = rows().filter(is_own);
    if let Some(row) = own.find(|&row| is_called(&view.plan.rows[row].name, wanted)) {
        return Ok(NamedRows {
            rows: vec![row],
            swept: false,
        });
    }
    let arms: Vec<usize> = rows()
        .filter(|&row| Arm::new(view, row).is_of(wanted))
        .collect();
    let own: Vec<usize> = arms.iter().copied().filter(is_own).collect();
    if !own.is_empty() {
        return Ok(NamedRows {
            rows: own,
            swept: true,
        });
    }
    match find(view.plan, wanted) {
        Err(CompareError::NoRow { .. }) if !arms.is_empty() => Ok(NamedRows {
            rows: of_one_row(view, arms, wanted)?,
            swept: true,
        }),
        found => Ok(NamedRows {
            rows: vec![found?],
            swept: false,
        }),
    }
}

/// These arms, those of experiments that were asked for first, where they are all of one row.
fn of_one_row(
    view: StoredView,
    arms: Vec<usize>,
    wanted: &str,
) -> Result<Vec<usize>, CompareError> {
    let (support, asked): (Vec<usize>, Vec<usize>) = arms
        .into_iter()
        .partition(|&row| view.plan.rows[row].support);
    let arms = if asked.is_empty() { support } else { asked };
    let methods: BTreeSet<String> = arms
        .iter()
        .map(|&row| Arm::new(view, row).method.join("/"))
        .collect();
    if methods.len() > 1 {
        return Err(CompareError::Ambiguous {
            wanted: wanted.to_owned(),
            matches: methods.into_iter().collect(),
        });
    }
    Ok(arms)
}
