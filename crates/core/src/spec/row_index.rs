//! The rows of all experiments, to be found by the names that other rows have for them.

use std::collections::{HashMap, HashSet};

use super::error::Problem;
use super::experiment::{Experiment, Row};
use super::sweep::Point;
use fsl_common::spelling::nearest;
use fsl_methods::RowRef;

/// A key of a row's method, and what is wrong with it.
pub(super) type KeyProblem = (Box<str>, Problem);

/// The row that a row builds on, and the key of its method that names it.
pub(super) fn base(row: &Row) -> Option<(Box<str>, &RowRef)> {
    let base = row.method.requirements().base?;
    let key = format!("{}.{}", row.method.name(), base.key);
    Some((key.into(), base.row))
}

/// The rows of all experiments by name.
pub(super) struct Index<'a> {
    experiments: HashMap<&'a str, &'a Experiment>,
    pub(super) rows: HashMap<(&'a str, &'a str), &'a Row>,
    arms: HashMap<(&'a str, &'a str), Arms<'a>>,
}

/// The arms of a row, to be found by their points.
#[derive(Default)]
struct Arms<'a> {
    all: Vec<&'a Row>,
    /// By the keys that their points have, then by these keys' values.
    by_keys: Vec<(Vec<&'a str>, HashMap<String, &'a Row>)>,
}

impl<'a> Arms<'a> {
    fn add(&mut self, row: &'a Row) {
        self.all.push(row);
        let keys: Vec<&str> = row.point.iter().map(|(key, _)| key).collect();
        let text = row.point.text(&keys).unwrap_or_default();
        let known = self.by_keys.iter().position(|(known, _)| *known == keys);
        let at = known.unwrap_or(self.by_keys.len());
        if known.is_none() {
            self.by_keys.push((keys, HashMap::new()));
        }
        self.by_keys[at].1.insert(text, row);
    }

    /// The arm whose point is a part of this one; of several, the one with the most keys.
    fn within(&self, point: &Point) -> Option<&'a Row> {
        let found = self.by_keys.iter().filter_map(|(keys, rows)| {
            let arm = rows.get(&point.text(keys)?)?;
            Some((keys.len(), *arm))
        });
        found.max_by_key(|(keys, _)| *keys).map(|(_, arm)| arm)
    }
}

impl<'a> Index<'a> {
    pub(super) fn new(experiments: impl Iterator<Item = &'a Experiment>) -> Self {
        let mut index = Self {
            experiments: HashMap::new(),
            rows: HashMap::new(),
            arms: HashMap::new(),
        };
        for experiment in experiments {
            let name = experiment.name.as_str();
            index.experiments.insert(name, experiment);
            for row in &experiment.rows {
                index.rows.insert((name, &row.id), row);
                index.arms.entry((name, &row.arm_of)).or_default().add(row);
            }
        }
        index
    }

    pub(super) fn row(&self, name: &RowRef) -> Option<&'a Row> {
        self.rows
            .get(&(name.experiment.as_str(), name.row.as_str()))
            .copied()
    }

    /// The arm that a row builds on: the one that is named, the only one, or the one at the row's own point.
    pub(super) fn arm(&self, row: &Row) -> Result<Option<&'a Row>, KeyProblem> {
        base(row)
            .map(|(key, target)| self.meant(row, key, target))
            .transpose()
    }

    /// The arm that `row` means by this name in the key.
    pub(super) fn meant(
        &self,
        row: &Row,
        key: Box<str>,
        target: &RowRef,
    ) -> Result<&'a Row, KeyProblem> {
        if let Some(named) = self.row(target) {
            return Ok(named);
        }
        let Some(other) = self.experiments.get(target.experiment.as_str()) else {
            let known = self.experiments.keys().map(|name| (*name).to_owned());
            let known = sorted(known.collect());
            return Err((key, unknown("experiment", &target.experiment, known)));
        };
        let arms = self
            .arms
            .get(&(target.experiment.as_str(), target.row.as_str()));
        let Some(arms) = arms else {
            // Who names a point is told the points, everybody else the rows.
            let names = other.rows.iter().map(|row| {
                if target.row.contains('[') {
                    &row.id
                } else {
                    &row.arm_of
                }
            });
            let mut seen = HashSet::new();
            let known = names.filter(|name| seen.insert(*name)).cloned().collect();
            return Err((key, unknown("row", &target.row, known)));
        };
        if let [only] = arms.all.as_slice() {
            return Ok(only);
        }
        arms.within(&row.point).ok_or_else(|| {
            let problem = format!(
                "`{target}` is swept and has {} arms, none at this row's point; name one of them, such as `{}`",
                arms.all.len(),
                arms.all[0].id
            );
            (key, Problem::Conflict(problem))
        })
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

fn unknown(kind: &'static str, got: &str, known: Vec<String>) -> Problem {
    Problem::UnknownName {
        kind,
        got: got.to_owned(),
        suggestion: nearest(got, known.iter().map(String::as_str)),
        known,
    }
}
