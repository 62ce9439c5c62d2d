//! The third pass: rows that build on other rows, of the same experiment or of another one.

use super::error::{Fault, Problem, nearest};
use super::experiment::{Experiment, Method, Row, RowRef};
use super::tree::Node;

/// A spec that passed the first two passes, with the tree that tells where its keys stand.
pub(super) struct Parsed {
    pub(super) experiment: Experiment,
    pub(super) tree: Node,
}

/// Every row that refers to what is not there, to itself, or to what cannot serve.
pub(super) fn faults(parsed: &[Parsed]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for spec in parsed {
        for (index, row) in spec.experiment.rows.iter().enumerate() {
            if let Some((key, problem)) = problem(parsed, &spec.experiment, row) {
                let index = index.to_string();
                let path: Vec<&str> = ["row", &index, "method"]
                    .into_iter()
                    .chain(key.split('.'))
                    .collect();
                faults.push(Fault {
                    file: spec.experiment.file.clone(),
                    place: spec.tree.deepest(&path).place.clone(),
                    key: format!("row.{}.method.{key}", row.id),
                    problem,
                });
            }
        }
    }
    faults
}

/// The experiments that are referred to but not among those parsed.
pub(super) fn unknown_experiments(parsed: &[Parsed]) -> Vec<String> {
    let targets = parsed
        .iter()
        .flat_map(|spec| &spec.experiment.rows)
        .filter_map(|row| Some(row.method.builds_on()?.1.experiment.clone()));
    let mut unknown: Vec<String> = targets
        .filter(|name| experiment(parsed, name).is_none())
        .collect();
    unknown.sort();
    unknown.dedup();
    unknown
}

/// What is wrong with what a row builds on, and the key that says it.
fn problem(parsed: &[Parsed], own: &Experiment, row: &Row) -> Option<(&'static str, Problem)> {
    let (key, target) = row.method.builds_on()?;
    let unknown = |kind, got: &str, known: Vec<String>| Problem::UnknownName {
        kind,
        got: got.to_owned(),
        suggestion: nearest(got, known.iter().map(String::as_str)),
        known,
    };
    let Some(other) = experiment(parsed, &target.experiment) else {
        let known = parsed
            .iter()
            .map(|spec| spec.experiment.name.clone())
            .collect();
        return Some((key, unknown("experiment", &target.experiment, known)));
    };
    let Some(base) = other.rows.iter().find(|row| row.id == target.row) else {
        let known = other.rows.iter().map(|row| row.id.clone()).collect();
        return Some((key, unknown("row", &target.row, known)));
    };
    if let Some(circle) = circle(parsed, own, row) {
        return Some((key, Problem::Conflict(circle)));
    }
    match &row.method {
        Method::Ensemble(ensemble) => members(other, base, ensemble.size),
        Method::Distill(_) => lessons(own, row, other, base),
        _ => None,
    }
}

/// Members are trials, and there must be as many as are asked for.
fn members(other: &Experiment, base: &Row, size: Option<u32>) -> Option<(&'static str, Problem)> {
    if matches!(base.method, Method::Ensemble(_)) {
        let problem = format!(
            "`{}` is an ensemble itself; name the row whose trials are its members",
            base.id
        );
        return Some(("ensemble.of", Problem::Conflict(problem)));
    }
    let trials = other.trial_count(base);
    let size = size.filter(|&size| size > trials)?;
    let problem = Problem::NotAllowed {
        got: size.to_string(),
        allowed: format!("at most {trials}, the trials of `{}`", base.id),
    };
    Some(("ensemble.size", problem))
}

/// A student needs texts to learn on, and a teacher for each of its trials.
fn lessons(
    own: &Experiment,
    row: &Row,
    other: &Experiment,
    base: &Row,
) -> Option<(&'static str, Problem)> {
    if !own.data.transfer {
        let problem = "the data has no transfer set; give `data.transfer`, or a dataset that has one (`fsl-exp fetch --list`)";
        return Some(("distill", Problem::Conflict(problem.to_owned())));
    }
    let (students, teachers) = (own.trial_count(row), other.trial_count(base));
    if matches!(base.method, Method::Ensemble(_)) || teachers == 1 || teachers >= students {
        return None;
    }
    let problem = format!(
        "trial by trial, {students} students need as many trials of `{}`, which has {teachers}; let an ensemble of it teach",
        base.id
    );
    Some(("distill.teacher", Problem::Conflict(problem)))
}

/// The way from a row back to itself, if there is one.
fn circle(parsed: &[Parsed], own: &Experiment, row: &Row) -> Option<String> {
    let start = RowRef {
        experiment: own.name.clone(),
        row: row.id.clone(),
    };
    let mut way = vec![start.to_string()];
    let mut at = row.method.builds_on().map(|(_, target)| target.clone());
    while let Some(here) = at {
        way.push(here.to_string());
        if here == start {
            return Some(format!("it builds on itself: {}", way.join(" → ")));
        }
        // Another circle that this row only leads into is told at its own rows.
        if way[..way.len() - 1].contains(&here.to_string()) {
            return None;
        }
        let other = experiment(parsed, &here.experiment)?;
        let base = other.rows.iter().find(|row| row.id == here.row)?;
        at = base.method.builds_on().map(|(_, target)| target.clone());
    }
    None
}

fn experiment<'a>(parsed: &'a [Parsed], name: &str) -> Option<&'a Experiment> {
    parsed
        .iter()
        .map(|spec| &spec.experiment)
        .find(|experiment| experiment.name == name)
}
