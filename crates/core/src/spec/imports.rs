//! Files of predictions that rows name: their paths, and whether they are here.

use std::path::{Path, PathBuf};

use super::context::Check;
use super::error::Problem;
use super::experiment::{Row, Trials};
use fsl_data::SampleSize;
use fsl_methods::{MethodSettings, Predictions, SIZE_PLACEHOLDERS, TRIAL_PLACEHOLDER};

impl Row {
    /// The files of predictions that its trials are read from.
    pub fn prediction_files(&self) -> Vec<PathBuf> {
        let imported = self.method.requirements().imported.into_iter();
        let written: Vec<&str> = imported
            .flat_map(|imported| std::iter::once(imported.file).chain(imported.transfer))
            .collect();
        let numbers = 0..self.trial_count();
        numbers
            .flat_map(|trial| {
                written
                    .iter()
                    .map(move |file| Predictions::path(file, trial))
            })
            .collect()
    }
}

impl Check<'_> {
    /// Has the files that a method names count from the spec's folder, and fills in how many texts are drawn.
    pub(super) fn locate_files(&mut self, method: &mut MethodSettings, id: &str, trials: &Trials) {
        let name = method.name();
        for (key, file) in method.files_mut() {
            let path = ["row", "0", "method", name, key];
            let full_key = format!("row.{id}.method.{name}.{key}");
            match filled(file, trials) {
                Ok(filled) => *file = self.folder.join(filled).to_string_lossy().into_owned(),
                Err(problem) => self.fault(&path, full_key, problem),
            }
        }
    }

    /// Tells which files of predictions are missing.
    pub(super) fn prediction_files_are_here(&mut self, row: &Row) {
        let method = row.method.name();
        let Some(imported) = row.method.requirements().imported else {
            return;
        };
        let named = [
            ("file", Some(imported.file)),
            ("transfer", imported.transfer),
        ];
        for (key, written) in named {
            // What is wrong with a placeholder has been told.
            let Some(written) = written.filter(|file| unknown_placeholder(file).is_none()) else {
                continue;
            };
            let count = row.trial_count();
            let missing: Vec<u32> = (0..count)
                .filter(|&trial| !Predictions::path(written, trial).is_file())
                .collect();
            if let Some(problem) = not_here(written, &missing, count) {
                let path = ["row", "0", "method", method, key];
                let key = format!("row.{}.method.{method}.{key}", row.arm_of);
                self.fault(&path, key, problem);
            }
        }
    }
}

/// The name of a file with `trials.train-size` and `trials.shots` filled in.
fn filled(written: &str, trials: &Trials) -> Result<String, Problem> {
    let (texts, shots) = match trials.train_size {
        Some(SampleSize::Texts(texts)) => (Some(texts), None),
        Some(SampleSize::Shots(shots)) => (None, Some(shots)),
        None => (None, None),
    };
    let mut filled = written.to_owned();
    for (placeholder, value) in SIZE_PLACEHOLDERS.into_iter().zip([texts, shots]) {
        if !filled.contains(placeholder) {
            continue;
        }
        let Some(value) = value else {
            let key = placeholder.trim_matches(['{', '}']);
            return Err(Problem::Conflict(format!(
                "`{placeholder}` stands for `trials.{key}`, which is not given"
            )));
        };
        filled = filled.replace(placeholder, &value.to_string());
    }
    match unknown_placeholder(&filled) {
        None => Ok(filled),
        Some(got) => Err(Problem::NotAllowed {
            got: format!("`{got}`"),
            allowed: "`{trial}`, `{train-size}` or `{shots}` where something is in braces"
                .to_owned(),
        }),
    }
}

/// What is in braces and is not the trial's number.
fn unknown_placeholder(written: &str) -> Option<&str> {
    let mut rest = written;
    while let Some(start) = rest.find('{') {
        let end = rest[start..].find('}').map(|length| start + length + 1);
        let found = &rest[start..end.unwrap_or(rest.len())];
        if found != TRIAL_PLACEHOLDER {
            return Some(found);
        }
        rest = &rest[end.unwrap_or(rest.len())..];
    }
    None
}

/// The fault of missing files, those of the trials `missing` of `count`.
fn not_here(written: &str, missing: &[u32], count: u32) -> Option<Problem> {
    let shown = |&trial: &u32| format!("`{}`", Predictions::path(written, trial).display());
    let names: Vec<String> = missing.iter().take(3).map(shown).collect();
    let mut problem = match names.as_slice() {
        [] => return None,
        [only] => format!("there is no file {only}"),
        names => format!("there are no files {}", names.join(", ")),
    };
    if missing.len() > names.len() {
        problem += &format!(" and {} more", missing.len() - names.len());
    }
    let is_here = |path: &Path| path.is_file();
    if written.contains(TRIAL_PLACEHOLDER) {
        problem += &format!("; `{TRIAL_PLACEHOLDER}` is from 0 to {}", count - 1);
        if missing == [0] && is_here(&Predictions::path(written, count)) {
            problem += &format!(", but the files are numbered from 1 to {count}");
        }
    }
    Some(Problem::Conflict(problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_trial_s_number_stays_in_braces() {
        for (written, unknown) in [
            ("a.csv", None),
            ("a_{trial}.csv", None),
            ("{trial}/{trial}.csv", None),
            ("a_{seed}_{trial}.csv", Some("{seed}")),
            ("a_{trial}_{seed}", Some("{seed}")),
            ("a_{trial", Some("{trial")),
        ] {
            assert_eq!(unknown_placeholder(written), unknown, "{written}");
        }
    }
}
