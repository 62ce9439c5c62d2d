//! From files to checked experiments.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::check::{Names, check};
use super::error::{Fault, Place, Problem, SpecError, nearest};
use super::experiment::Experiment;
use super::raw::RawSpec;
use super::schema::schema;
use super::set::Override;
use super::{tree, walk};

/// Reads and checks the specs, with the overrides applied to each. An override of a row's key applies to the specs that
/// have the row.
///
/// # Errors
/// [`SpecError::Unreadable`] for the first file that cannot be read; [`SpecError::Faulty`] with every fault of every file;
/// [`SpecError::NoSuchRow`] for an override of a row that no spec has.
pub fn load(
    files: &[PathBuf],
    overrides: &[Override],
    names: &Names,
) -> Result<Vec<Experiment>, SpecError> {
    let mut experiments: Vec<Experiment> = Vec::with_capacity(files.len());
    let mut faults = Vec::new();
    let mut applied = vec![false; overrides.len()];
    for file in files {
        let bytes = fs::read(file).map_err(|source| SpecError::Unreadable {
            path: file.clone(),
            source,
        })?;
        let parsed = text_of(file, bytes)
            .and_then(|text| parse_marking(file, &text, overrides, names, &mut applied));
        match parsed {
            Ok(experiment) => {
                faults.extend(taken_name(&experiments, &experiment));
                experiments.push(experiment);
            }
            Err(more) => faults.extend(more),
        }
    }
    if !faults.is_empty() {
        return Err(SpecError::Faulty(faults));
    }
    match overrides
        .iter()
        .zip(&applied)
        .find(|(_, applied)| !**applied)
    {
        Some((set, _)) => Err(no_row(set, &experiments)),
        None => Ok(experiments),
    }
}

/// The error of an override that no spec had the row for.
fn no_row(set: &Override, experiments: &[Experiment]) -> SpecError {
    let row = set.row().unwrap_or_default();
    let rows = experiments.iter().flat_map(|experiment| &experiment.rows);
    let known: BTreeSet<&str> = rows.map(|row| row.id.as_str()).collect();
    SpecError::NoSuchRow {
        text: set.to_string(),
        row: row.to_owned(),
        suggestion: nearest(row, known.iter().copied()),
        known: known.into_iter().map(str::to_owned).collect(),
    }
}

/// Checks the text of one spec. `file` is the name in faults and the folder that relative paths count from. Overrides of
/// rows that the spec does not have pass it by.
///
/// # Errors
/// Every fault of the spec.
pub fn parse(
    file: &Path,
    text: &str,
    overrides: &[Override],
    names: &Names,
) -> Result<Experiment, Vec<Fault>> {
    parse_marking(
        file,
        text,
        overrides,
        names,
        &mut vec![false; overrides.len()],
    )
}

/// [`parse`], which marks the overrides that applied.
fn parse_marking(
    file: &Path,
    text: &str,
    overrides: &[Override],
    names: &Names,
    applied: &mut [bool],
) -> Result<Experiment, Vec<Fault>> {
    let mut root = tree::parse(file, text)?;
    let fault = |place: Place, key: String, problem: Problem| Fault {
        file: file.to_owned(),
        place,
        key,
        problem,
    };
    for (set, applied) in overrides.iter().zip(applied) {
        if set.passes_by(&root) {
            continue;
        }
        *applied = true;
        if let Err(key) = set.apply(&mut root) {
            let problem = Problem::Conflict("no such key here to set".to_owned());
            return Err(vec![fault(Place::Set(set.to_string()), key, problem)]);
        }
    }
    let faults = walk::faults(file, &root, schema());
    if !faults.is_empty() {
        return Err(faults);
    }
    // The schema is made from these types, so this fails only where it says less than they do.
    let raw = RawSpec::deserialize(root.to_json()).map_err(|error| {
        vec![fault(
            Place::Line(1),
            String::new(),
            Problem::Syntax(error.to_string()),
        )]
    })?;
    check(file, &root, raw, names)
}

fn text_of(file: &Path, bytes: Vec<u8>) -> Result<String, Vec<Fault>> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count();
        let problem = Problem::Syntax("a byte that is not UTF-8".to_owned());
        vec![Fault {
            file: file.to_owned(),
            place: Place::Line(line),
            key: String::new(),
            problem,
        }]
    })
}

fn taken_name(earlier: &[Experiment], experiment: &Experiment) -> Option<Fault> {
    let first = earlier.iter().find(|other| other.name == experiment.name)?;
    Some(Fault {
        file: experiment.file.clone(),
        place: Place::Line(1),
        key: "name".to_owned(),
        problem: Problem::Duplicate {
            got: experiment.name.clone(),
            first: format!("in `{}`", first.file.display()),
        },
    })
}
