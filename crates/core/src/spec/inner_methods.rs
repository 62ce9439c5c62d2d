//! The rows whose methods a row has inside: what it chooses from, mixes or calibrates.

use super::error::Problem;
use super::experiment::Row;
use super::row_index::{Index, KeyProblem};
use fsl_common::settings::SampleSize;
use fsl_methods::{MethodSettings, differing_key};

/// The methods of the rows that a row has inside, each at the row's own point; none for rows that name none.
pub(super) fn methods(
    index: &Index,
    experiment: &str,
    row: &Row,
) -> Result<Vec<MethodSettings>, KeyProblem> {
    let mut found: Vec<(&str, &MethodSettings)> = Vec::new();
    for (number, name) in row.method.inner_rows().iter().enumerate() {
        let key: Box<str> = row.method.inner_key(number).into();
        let conflict = |problem: String| Err((key.clone(), Problem::Conflict(problem)));
        if name.experiment != experiment {
            return conflict(format!(
                "`{name}` is a row of another experiment; it must be one of this experiment"
            ));
        }
        let candidate = index.meant(row, key.clone(), name)?;
        let id = candidate.id.as_str();
        let same = found
            .iter()
            .find(|(_, method)| **method == candidate.method);
        match same {
            Some((other, _)) if *other == id => {
                return conflict(format!("`{id}` is named twice"));
            }
            Some((other, _)) => {
                return conflict(format!("`{id}` is the same method as `{other}`"));
            }
            None => {}
        }
        let texts = |row: &Row| (row.trials.train_size, row.trials.sampling);
        if candidate.data != row.data || texts(candidate) != texts(row) {
            return conflict(format!(
                "`{id}` learns from other texts than this row; name a row with the same `data` and `trials`"
            ));
        }
        if let Some(why) = candidate.method.why_not_inside(&row.method) {
            return conflict(format!("`{id}` {why}"));
        }
        let needs = candidate.method.requirements();
        let other = found.iter().find_map(|(other, method)| {
            Some((*other, differing_key(&method.requirements(), &needs)?))
        });
        if let Some((other, key)) = other {
            return conflict(format!(
                "`{id}` has another `{key}` than `{other}`; all rows that have one must have the same"
            ));
        }
        found.push((id, &candidate.method));
    }
    let methods = found.into_iter().map(|(_, method)| method.clone());
    let methods: Vec<MethodSettings> = methods.collect();
    match too_few_shots(row, &methods) {
        Some(problem) => Err((row.method.name().into(), Problem::Conflict(problem))),
        None => Ok(methods),
    }
}

/// Each of several cross-validations, one inside the other, leaves out a text of every class, and the innermost fit needs one.
fn too_few_shots(row: &Row, methods: &[MethodSettings]) -> Option<String> {
    let inside = methods.iter().map(MethodSettings::validations).max();
    let validations = row.method.validations() + inside?;
    let Some(SampleSize::Shots(shots)) = row.trials.train_size else {
        return None;
    };
    (validations > 0 && shots as u64 <= u64::from(validations)).then(|| {
        let left_out = match validations {
            1 => "one of which is left out".to_owned(),
            more => {
                format!("as {more} cross-validations, one inside the other, leave out one each")
            }
        };
        let needed = validations + 1;
        format!("each class needs {needed} labelled texts, {left_out}; `trials.shots` is {shots}")
    })
}
