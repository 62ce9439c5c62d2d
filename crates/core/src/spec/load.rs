//! From files to checked experiments.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::context::CatalogIndex;
use super::error::{Diagnostic, Location, Problem, SpecError};
use super::experiment::Experiment;
use super::overrides::Override;
use super::parse::{Context, Parsed, parse_alone};
use super::references;
use super::sweep::MOST_POINTS;
use super::syntax;
use super::tree;
use super::tree::Value;
use fsl_common::fsio::OpenFile;
use fsl_common::spelling::nearest;

/// The longest spec, in bytes.
const LONGEST_SPEC: u64 = 16 << 20;

/// Reads and checks the specs, with the overrides applied to each; an override of a row's key applies to the specs that have the
/// row. Experiments that their rows build on and that were not given are looked for beside them, and come last, marked as
/// [`support`](Experiment::support). A spec whose sweeps have more points than `most_points` (10,000 unless given) is refused.
///
/// # Errors
/// [`SpecError::Unreadable`] for the first file that cannot be read; [`SpecError::Faulty`] with every fault of every file;
/// [`SpecError::NoSuchRow`] for an override of a row that no spec has.
pub fn load(
    files: &[PathBuf],
    overrides: &[Override],
    names: &CatalogIndex,
    most_points: Option<u64>,
) -> Result<Vec<Experiment>, SpecError> {
    let context = Context {
        names,
        most_points: most_points.unwrap_or(MOST_POINTS),
    };
    let mut parsed: Vec<Parsed> = Vec::with_capacity(files.len());
    let mut faults = Vec::new();
    let mut applied = vec![false; overrides.len()];
    for file in once(files) {
        match text_of(file, read(file)?)
            .and_then(|text| parse_alone(file, &text, overrides, context, &mut applied))
        {
            Ok(spec) => {
                faults.extend(taken_name(&parsed, &spec.experiment));
                parsed.push(spec);
            }
            Err(more) => faults.extend(more),
        }
    }
    if faults.is_empty() {
        faults.extend(support(files, &mut parsed, context));
        faults.extend(references::settle(&mut parsed));
    }
    if !faults.is_empty() {
        return Err(SpecError::Faulty(faults));
    }
    match overrides
        .iter()
        .zip(&applied)
        .find(|(_, applied)| !**applied)
    {
        Some((set, _)) => Err(no_row(set, &parsed)),
        None => Ok(parsed.into_iter().map(|spec| spec.experiment).collect()),
    }
}

/// The error of an override that no spec had the row for.
fn no_row(set: &Override, parsed: &[Parsed]) -> SpecError {
    let row = set.row().unwrap_or_default();
    let rows = parsed.iter().flat_map(|spec| &spec.experiment.rows);
    let known: BTreeSet<&str> = rows.map(|row| row.arm_of.as_str()).collect();
    SpecError::NoSuchRow {
        text: set.to_string(),
        row: row.to_owned(),
        suggestion: nearest(row, known.iter().copied()),
        known: known.into_iter().map(str::to_owned).collect(),
    }
}

/// Checks the text of one spec, whose rows build on no other experiment. `file` is the name in faults and the folder that
/// relative paths count from. Overrides of rows that the spec does not
/// have pass it by.
///
/// # Errors
/// Every fault of the spec.
pub fn parse(
    file: &Path,
    text: &str,
    overrides: &[Override],
    names: &CatalogIndex,
) -> Result<Experiment, Vec<Diagnostic>> {
    let context = Context {
        names,
        most_points: MOST_POINTS,
    };
    let mut applied = vec![false; overrides.len()];
    let mut parsed = [parse_alone(file, text, overrides, context, &mut applied)?];
    let faults = references::settle(&mut parsed);
    let [parsed] = parsed;
    if faults.is_empty() {
        Ok(parsed.experiment)
    } else {
        Err(faults)
    }
}

/// Adds the experiments that the given ones build on, from the folders of the given files; returns their faults.
fn support(files: &[PathBuf], parsed: &mut Vec<Parsed>, context: Context) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let mut candidates = neighbours(files);
    loop {
        let unknown = references::unknown_experiments(parsed);
        let Some(found) = candidates
            .iter()
            .position(|(_, _, name)| unknown.contains(name))
        else {
            return faults;
        };
        let (file, text, name) = candidates.swap_remove(found);
        let twin = candidates.iter().find(|(_, _, other)| *other == name);
        if let Some((twin, _, _)) = twin {
            faults.push(Diagnostic {
                file,
                place: Location::Line(1),
                key: "name".to_owned(),
                problem: Problem::Duplicate {
                    got: name,
                    first: format!("in `{}`", twin.display()),
                },
            });
            return faults;
        }
        // What the command line sets is meant for the specs that it names.
        match parse_alone(&file, &text, &[], context, &mut []) {
            Ok(mut spec) => {
                spec.experiment.support = true;
                parsed.push(spec);
            }
            Err(more) => faults.extend(more),
        }
    }
}

/// The other specs in the folders of the given ones: path, text and name. What is no spec is left aside.
fn neighbours(files: &[PathBuf]) -> Vec<(PathBuf, String, String)> {
    let mut folders: Vec<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    folders.sort();
    folders.dedup();
    let mut others: Vec<PathBuf> = folders
        .into_iter()
        .map(|folder| {
            if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            }
        })
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    others.sort();
    let given: Vec<PathBuf> = files
        .iter()
        .filter_map(|file| file.canonicalize().ok())
        .collect();
    others.retain(|path| path.canonicalize().is_ok_and(|path| !given.contains(&path)));
    others
        .into_iter()
        .filter_map(|path| {
            let bytes = OpenFile::open(&path).and_then(|file| file.read(LONGEST_SPEC));
            let text = String::from_utf8(bytes.ok()?).ok()?;
            let tree = tree::parse(&path, &text).ok()?;
            match &tree.get("name")?.value {
                Value::String(name) => Some((path, text, name.clone())),
                _ => None,
            }
        })
        .collect()
}

/// The bytes of a TOML file.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, SpecError> {
    let mut bytes = Vec::new();
    let read = File::open(file)
        .and_then(|open| open.take(LONGEST_SPEC + 1).read_to_end(&mut bytes))
        .and_then(|read| match read as u64 {
            0..=LONGEST_SPEC => Ok(()),
            _ => Err(io::Error::other("more than 16 MiB, which no spec has")),
        });
    match read {
        Ok(()) => Ok(bytes),
        Err(source) => Err(SpecError::Unreadable {
            path: file.to_owned(),
            source,
        }),
    }
}

/// Every file once, however often and by whichever path it is named.
fn once(files: &[PathBuf]) -> Vec<&PathBuf> {
    let mut seen = BTreeSet::new();
    let is_new = |file: &&PathBuf| {
        let place = file.canonicalize().unwrap_or_else(|_| (*file).clone());
        seen.insert(place)
    };
    files.iter().filter(is_new).collect()
}

pub(super) fn text_of(file: &Path, bytes: Vec<u8>) -> Result<String, Vec<Diagnostic>> {
    let (bytes, end) = match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => return Ok(text),
        Ok(text) => {
            let end = text.find('\0').unwrap_or(0);
            (text.into_bytes(), end)
        }
        Err(error) => {
            let end = error.utf8_error().valid_up_to();
            (error.into_bytes(), end)
        }
    };
    let before = bytes.iter().take(end);
    Err(vec![Diagnostic {
        file: file.to_owned(),
        place: Location::Line(1 + before.filter(|&&byte| byte == b'\n').count()),
        key: String::new(),
        problem: Problem::Syntax(syntax::of_bytes(&bytes).to_owned()),
    }])
}

fn taken_name(earlier: &[Parsed], experiment: &Experiment) -> Option<Diagnostic> {
    let mut earlier = earlier.iter().map(|spec| &spec.experiment);
    let first = earlier.find(|other| other.name == experiment.name)?;
    Some(Diagnostic {
        file: experiment.file.clone(),
        place: Location::Line(1),
        key: "name".to_owned(),
        problem: Problem::Duplicate {
            got: experiment.name.clone(),
            first: format!("in `{}`", first.file.display()),
        },
    })
}
