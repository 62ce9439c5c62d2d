//! From files to checked experiments.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::check::{Names, check};
use super::error::{Fault, Place, Problem, SpecError};
use super::experiment::Experiment;
use super::raw::RawSpec;
use super::schema::schema;
use super::set::Override;
use super::{tree, walk};

/// Reads and checks the specs, with the overrides applied to each.
///
/// # Errors
/// [`SpecError::Unreadable`] for the first file that cannot be read; [`SpecError::Faulty`] with every fault of every file.
pub fn load(
    files: &[PathBuf],
    overrides: &[Override],
    names: &Names,
) -> Result<Vec<Experiment>, SpecError> {
    let mut experiments: Vec<Experiment> = Vec::with_capacity(files.len());
    let mut faults = Vec::new();
    for file in files {
        let bytes = fs::read(file).map_err(|source| SpecError::Unreadable {
            path: file.clone(),
            source,
        })?;
        match text_of(file, bytes).and_then(|text| parse(file, &text, overrides, names)) {
            Ok(experiment) => {
                faults.extend(taken_name(&experiments, &experiment));
                experiments.push(experiment);
            }
            Err(more) => faults.extend(more),
        }
    }
    if faults.is_empty() {
        Ok(experiments)
    } else {
        Err(SpecError::Faulty(faults))
    }
}

/// Checks the text of one spec. `file` is the name in faults and the folder that relative paths count from.
///
/// # Errors
/// Every fault of the spec.
pub fn parse(
    file: &Path,
    text: &str,
    overrides: &[Override],
    names: &Names,
) -> Result<Experiment, Vec<Fault>> {
    let mut root = tree::parse(file, text)?;
    let fault = |place: Place, key: String, problem: Problem| Fault {
        file: file.to_owned(),
        place,
        key,
        problem,
    };
    for set in overrides {
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

pub(super) fn text_of(file: &Path, bytes: Vec<u8>) -> Result<String, Vec<Fault>> {
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
