//! The rows that a row chooses from.

use super::error::Problem;
use super::experiment::Row;
use super::row_index::{Index, KeyProblem};
use fsl_common::settings::SampleSize;
use fsl_methods::{MethodSettings, differing_key};

/// The methods of the rows that a row names as candidates, each at the row's own point; none for rows that name none.
pub(super) fn methods(
    index: &Index,
    experiment: &str,
    row: &Row,
) -> Result<Vec<MethodSettings>, KeyProblem> {
    let mut found: Vec<(&str, &MethodSettings)> = Vec::new();
    for (number, name) in row.method.candidates().iter().enumerate() {
        let key: Box<str> = format!("{}.candidates.{number}", row.method.name()).into();
        let conflict = |problem: String| Err((key.clone(), Problem::Conflict(problem)));
        if name.experiment != experiment {
            return conflict(format!(
                "`{name}` is a row of another experiment; candidates are rows of this one"
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
        if let Some(why) = candidate.method.why_no_candidate() {
            return conflict(format!("`{id}` {why}"));
        }
        let needs = candidate.method.requirements();
        let other = found.iter().find_map(|(other, method)| {
            Some((*other, differing_key(&method.requirements(), &needs)?))
        });
        if let Some((other, key)) = other {
            return conflict(format!(
                "`{id}` has another `{key}` than `{other}`; all candidates that have one must have the same"
            ));
        }
        found.push((id, &candidate.method));
    }
    if !found.is_empty() && row.trials.train_size == Some(SampleSize::Shots(1)) {
        let problem =
            "each class needs two labelled texts, one of which is left out; `trials.shots` is 1";
        let key = format!("{}.candidates", row.method.name());
        return Err((key.into(), Problem::Conflict(problem.to_owned())));
    }
    let methods = found.into_iter().map(|(_, method)| method.clone());
    Ok(methods.collect())
}
