//! The rows that a row chooses from.

use std::collections::HashSet;

use super::error::Problem;
use super::experiment::Row;
use super::row_index::{Index, KeyProblem};
use fsl_methods::{MethodSettings, differing_key};

/// The methods of the rows that a row names as candidates, each at the row's own point; none for rows that name none.
pub(super) fn methods(
    index: &Index,
    experiment: &str,
    row: &Row,
) -> Result<Vec<MethodSettings>, KeyProblem> {
    let mut seen = HashSet::new();
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
        if !seen.insert(id) {
            return conflict(format!("`{id}` is named twice"));
        }
        if let Some(why) = candidate.method.is_no_candidate() {
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
    let methods = found.into_iter().map(|(_, method)| method.clone());
    Ok(methods.collect())
}
