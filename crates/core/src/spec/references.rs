//! The third pass: rows that build on other rows, of the same experiment or of another one.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::error::{Diagnostic, NO_TRANSFER, Problem};
use super::experiment::{Experiment, Row};
use super::inner_methods;
use super::parse::Parsed;
use super::row_index::{Index, KeyProblem, base};
use fsl_methods::{BaseRole, RowRef};

/// Has every row that builds on another name the arm that is meant; returns those that refer to what is not there, to
/// themselves, or to what cannot serve.
pub(super) fn settle(parsed: &mut [Parsed]) -> Vec<Diagnostic> {
    let mut meant = Vec::new();
    let mut faults = set_inner_methods(parsed);
    let index = Index::new(experiments(parsed));
    for (number, spec) in parsed.iter().enumerate() {
        for (place, row) in spec.experiment.rows.iter().enumerate() {
            match index.arm(row) {
                Ok(None) => {}
                Ok(Some(arm)) => meant.push((number, place, arm.id.clone())),
                Err((key, problem)) => faults.push(fault(spec, place, &key, problem)),
            }
        }
    }
    if !faults.is_empty() {
        return each_once(faults);
    }
    for (number, place, id) in meant {
        let method = &mut parsed[number].experiment.rows[place].method;
        if let Some(target) = method.base_mut() {
            target.row = id;
        }
    }
    let index = Index::new(experiments(parsed));
    let circles = Circles::new(&index);
    let all = parsed.iter().flat_map(|spec| {
        let rows = spec.experiment.rows.iter().enumerate();
        rows.map(move |(place, row)| (spec, place, row))
    });
    let found = all.filter_map(|(spec, place, row)| {
        let (key, problem) = problem(&index, &circles, &spec.experiment, row)?;
        Some(fault(spec, place, &key, problem))
    });
    each_once(found.collect())
}

/// Gives the rows that have others' methods inside these methods, the innermost first; returns what is wrong with what they name.
fn set_inner_methods(parsed: &mut [Parsed]) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let methods = parsed.iter().flat_map(|spec| &spec.experiment.rows);
    let depths: BTreeSet<u32> = methods.map(|row| row.method.depth()).collect();
    for depth in depths.into_iter().filter(|&depth| depth > 0) {
        let index = Index::new(experiments(parsed));
        let mut found = Vec::new();
        for (number, spec) in parsed.iter().enumerate() {
            let rows = spec.experiment.rows.iter().enumerate();
            for (place, row) in rows.filter(|(_, row)| row.method.depth() == depth) {
                match inner_methods::methods(&index, &spec.experiment.name, row) {
                    Ok(methods) => found.push((number, place, methods)),
                    Err((key, problem)) => faults.push(fault(spec, place, &key, problem)),
                }
            }
        }
        for (number, place, methods) in found {
            let rows = &mut parsed[number].experiment.rows;
            rows[place].method.set_inner_methods(methods);
        }
    }
    faults
}

fn experiments(parsed: &[Parsed]) -> impl Iterator<Item = &Experiment> {
    parsed.iter().map(|spec| &spec.experiment)
}

/// Faults without repetitions, such as those of several arms of a row.
fn each_once(mut faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut told = HashSet::new();
    faults.retain(|fault| told.insert(fault.clone()));
    faults
}

fn fault(spec: &Parsed, place: usize, key: &str, problem: Problem) -> Diagnostic {
    let row = &spec.experiment.rows[place];
    let path: Vec<&str> = key.split('.').collect();
    Diagnostic {
        file: spec.experiment.file.clone(),
        place: spec.methods[place].deepest(&path).place.clone(),
        key: format!("row.{}.method.{}", row.arm_of, counted_from_one(key)),
        problem,
    }
}

/// The experiments that are referred to but not among those parsed.
pub(super) fn unknown_experiments(parsed: &[Parsed]) -> Vec<String> {
    let targets = parsed
        .iter()
        .flat_map(|spec| &spec.experiment.rows)
        .filter_map(|row| Some(base(row)?.1.experiment.clone()));
    let mut unknown: Vec<String> = targets
        .filter(|name| experiment(parsed, name).is_none())
        .collect();
    unknown.sort();
    unknown.dedup();
    unknown
}

/// A key as people are shown it: an item of a list is `key[1]`, not `key.0`.
fn counted_from_one(key: &str) -> String {
    let item = key
        .rsplit_once('.')
        .and_then(|(list, item)| Some((list, item.parse::<usize>().ok()?)));
    item.map_or_else(
        || key.to_owned(),
        |(list, item)| format!("{list}[{}]", item + 1),
    )
}

/// What is wrong with what a row builds on, and the key that says it.
fn problem(index: &Index, circles: &Circles, own: &Experiment, row: &Row) -> Option<KeyProblem> {
    let Some((key, target)) = base(row) else {
        return without_transfer_set(row);
    };
    let base = index.row(target)?;
    let name = RowRef {
        experiment: own.name.clone(),
        row: row.id.clone(),
    };
    if circles.rows.contains(&name) {
        return Some((key, Problem::Conflict(circle(index, &name))));
    }
    match row.method.requirements().base?.role {
        BaseRole::Members { size } => members(key, row, base, size),
        BaseRole::Teacher => teachers(key, row, base).or_else(|| says_nothing(index, row, base)),
    }
}

/// Members are trials, and there must be as many as are asked for.
fn members(key: Box<str>, row: &Row, base: &Row, size: Option<u32>) -> Option<KeyProblem> {
    if !base.method.requirements().has_trials() {
        let problem = format!(
            "`{}` is itself an ensemble; name the row whose trials are its members",
            base.id
        );
        return Some((key, Problem::Conflict(problem)));
    }
    let trials = base.trial_count();
    let size = size.filter(|&size| size > trials)?;
    let problem = Problem::NotAllowed {
        got: size.to_string(),
        allowed: format!("at most {trials}, the number of trials of `{}`", base.id),
    };
    Some((format!("{}.size", row.method.name()).into(), problem))
}

/// A method that learns from texts without labels needs them.
fn without_transfer_set(row: &Row) -> Option<KeyProblem> {
    let asked_by = row.method.requirements().transfer?.asked_by;
    let method = row.method.name();
    let key = asked_by.map_or_else(|| method.into(), |key| format!("{method}.{key}"));
    row.data
        .transfer
        .is_none()
        .then(|| (key.into(), Problem::Conflict(NO_TRANSFER.to_owned())))
}

/// A student needs texts to learn on, and a teacher for each of its trials.
fn teachers(key: Box<str>, row: &Row, base: &Row) -> Option<KeyProblem> {
    if let Some(problem) = without_transfer_set(row) {
        return Some(problem);
    }
    let (students, teachers) = (row.trial_count(), base.trial_count());
    let is_whole = !base.method.requirements().has_trials() || teachers == 1;
    if !is_whole && row.streams().is_empty() {
        let problem = format!(
            "this row draws nothing, so that it has one trial, but `{}` has {teachers}; learn from an ensemble of it, or draw: texts of \
             `transfer-size`, or with `labelled = true` those of `trials.shots` or `trials.train-size`",
            base.id
        );
        return Some((key, Problem::Conflict(problem)));
    }
    if is_whole || teachers >= students || row.is_crossed_as(base) {
        return None;
    }
    let problem = format!(
        "each student needs a teacher: {students} trials, but `{}` has {teachers}; distil from an ensemble of it instead",
        base.id
    );
    Some((key, Problem::Conflict(problem)))
}

/// Another program has to have predicted the transfer texts before a student can learn from it.
fn says_nothing(index: &Index, row: &Row, base: &Row) -> Option<KeyProblem> {
    let needs = base.method.requirements();
    let base = match needs.members() {
        Some((of, _)) => index.row(of)?,
        None => base,
    };
    let imported = base.method.requirements().imported?;
    if imported.transfer.is_some() {
        return None;
    }
    let problem = format!(
        "nothing tells what `{}` says of the transfer texts; have its program predict them, too, and name the file in `row.{}.method.{}.transfer`",
        base.id,
        base.arm_of,
        base.method.name()
    );
    let key = format!("{}.teacher", row.method.name());
    Some((key.into(), Problem::Conflict(problem)))
}

/// Rows that depend on themselves.
struct Circles {
    rows: HashSet<RowRef>,
}

impl Circles {
    /// Follows each row to what it builds on until a row comes that has been seen, so that every row is passed once.
    fn new(index: &Index) -> Self {
        let mut rows = HashSet::new();
        let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
        for (walk, start) in index.rows.keys().enumerate() {
            let mut way = Vec::new();
            let mut at = Some(*start);
            while let Some(here) = at {
                if let Some(&earlier) = seen.get(&here) {
                    // Seen on this very way: the way since then is a circle.
                    if earlier == walk {
                        let from = way
                            .iter()
                            .position(|name| *name == here)
                            .unwrap_or(way.len());
                        rows.extend(way[from..].iter().map(|(experiment, row)| RowRef {
                            experiment: (*experiment).to_owned(),
                            row: (*row).to_owned(),
                        }));
                    }
                    break;
                }
                seen.insert(here, walk);
                way.push(here);
                let next = index.rows.get(&here).and_then(|row| base(row));
                at = next.map(|(_, next)| (next.experiment.as_str(), next.row.as_str()));
            }
        }
        Self { rows }
    }
}

/// Rows of a circle that are named.
const SHOWN: usize = 10;

/// The way from a row of a circle back to itself.
fn circle(index: &Index, start: &RowRef) -> String {
    let mut way = vec![start.to_string()];
    let mut at = index.row(start).and_then(base).map(|(_, next)| next);
    while let Some(here) = at.filter(|&here| here != start) {
        if way.len() == SHOWN {
            way.push("…".to_owned());
            break;
        }
        way.push(here.to_string());
        at = index.row(here).and_then(base).map(|(_, next)| next);
    }
    way.push(start.to_string());
    format!("it depends on itself: {}", way.join(" → "))
}

fn experiment<'a>(parsed: &'a [Parsed], name: &str) -> Option<&'a Experiment> {
    parsed
        .iter()
        .map(|spec| &spec.experiment)
        .find(|experiment| experiment.name == name)
}
