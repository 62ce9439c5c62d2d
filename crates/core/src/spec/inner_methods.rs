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
    if row.method.cross_validates() && row.trials.train_size == Some(SampleSize::Shots(1)) {
        let problem =
            "each class needs two labelled texts, one of which is left out; `trials.shots` is 1";
        return Err((
            row.method.name().into(),
            Problem::Conflict(problem.to_owned()),
        ));
    }
    let methods = found.into_iter().map(|(_, method)| method.clone());
    Ok(methods.collect())
}
