//! Which candidates rows of `select` took, in words, and what choosing costs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use fsl_core::runner::PlannedRow;
use fsl_core::spec::Row;
use fsl_core::store::StoreError;
use fsl_methods::{MethodSettings, Selection};
use fsl_report::counted;

use super::stored_view::StoredView;

/// What rows took, such as "row `chosen` took `layers` in 7 trials and `views` in 3, by 5-fold cross-validation of accuracy within the
/// labelled texts, 3 times"; all arms of a row together. Empty where no row selects, or none of its trials is stored.
///
/// # Errors
/// Results that cannot be read.
pub(super) fn sentence(rows: &[&PlannedRow], view: StoredView) -> Result<String, StoreError> {
    let mut all: BTreeMap<(&str, String), Taken> = BTreeMap::new();
    for planned in rows {
        let row = view.declared(planned);
        let MethodSettings::Select(select) = &row.method else {
            continue;
        };
        for selection in selections(planned, view)? {
            let how = select.words(selection.folds);
            let taken = all.entry((row.arm_of.as_str(), how)).or_default();
            taken.add(&selection, &names(row));
        }
    }
    let said = all.iter().map(|((row, how), taken)| {
        let (taken, unfitted) = (taken.words(), taken.unfitted());
        format!("row `{row}` took {taken}, by {how}{unfitted}")
    });
    Ok(said.collect::<Vec<_>>().join("; "))
}

/// The places of the candidates that the trials of a row took.
///
/// # Errors
/// Results that cannot be read.
pub(super) fn taken(planned: &PlannedRow, view: StoredView) -> Result<BTreeSet<usize>, StoreError> {
    let selections = selections(planned, view)?.into_iter();
    Ok(selections
        .map(|selection| selection.chosen as usize)
        .collect())
}

/// What choosing and calibrating cost, row by row, such as "row `a/chosen` fits its 3 candidates up to 45 times in every trial, to choose
/// one".
pub fn selection_notes(view: StoredView) -> Vec<String> {
    let rows = view.plan.rows.iter().filter_map(|row| {
        let name = &row.name;
        match &view.declared(row).method {
            MethodSettings::Select(select) => {
                let candidates = select.candidates.len();
                let fits = candidates as u64 * u64::from(select.folds) * u64::from(select.repeats);
                let fits = counted(fits, "time");
                Some(format!(
                    "row `{name}` fits its {candidates} candidates up to {fits} in every trial, to choose one"
                ))
            }
            MethodSettings::Calibrate(calibrate) => {
                let fits = counted(calibrate.validation_fits()?, "time");
                let of = &calibrate.of.row;
                Some(format!(
                    "row `{name}` fits `{of}` up to {fits} more in every trial, to calibrate it"
                ))
            }
            _ => None,
        }
    });
    rows.collect()
}

fn names(row: &Row) -> Vec<&str> {
    let candidates = row.method.inner_rows().iter();
    candidates.map(|name| name.row.as_str()).collect()
}

fn selections(planned: &PlannedRow, view: StoredView) -> Result<Vec<Selection>, StoreError> {
    let mut found = Vec::new();
    for trial in view.trials(planned) {
        let result = view.result(trial)?;
        found.extend(result.and_then(|result| result.selection.clone()));
    }
    Ok(found)
}

/// What the trials of a row took, by the candidates' names.
#[derive(Default)]
struct Taken<'a> {
    counts: BTreeMap<&'a str, u64>,
    /// How often each could not be fitted.
    unfitted: BTreeMap<&'a str, u64>,
}

impl<'a> Taken<'a> {
    fn add(&mut self, selection: &Selection, names: &[&'a str]) {
        if let Some(name) = names.get(selection.chosen as usize) {
            *self.counts.entry(name).or_default() += 1;
        }
        let scores = names.iter().zip(&selection.scores);
        for (name, _) in scores.filter(|(_, score)| score.is_none()) {
            *self.unfitted.entry(name).or_default() += 1;
        }
    }

    fn words(&self) -> String {
        listed(&self.counts)
    }

    /// What is to be said of candidates that could not be fitted.
    fn unfitted(&self) -> String {
        if self.unfitted.is_empty() {
            return String::new();
        }
        format!(" (without {}, not fitted)", listed(&self.unfitted))
    }
}

/// `` `layers` in 7 trials and `views` in 3 ``, the most frequent first.
fn listed(counts: &BTreeMap<&str, u64>) -> String {
    let mut ranked: Vec<(&str, u64)> = counts.iter().map(|(&name, &count)| (name, count)).collect();
    ranked.sort_by_key(|&(name, count)| (Reverse(count), name));
    let mut said: Vec<String> = Vec::new();
    for (name, count) in ranked {
        let times = if said.is_empty() {
            counted(count, "trial")
        } else {
            count.to_string()
        };
        said.push(format!("`{name}` in {times}"));
    }
    let last = said.pop().unwrap_or_default();
    if said.is_empty() {
        return last;
    }
    format!("{} and {last}", said.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_candidate_comes_first() {
        let said = |counts: &[(&str, u64)]| listed(&counts.iter().copied().collect());
        assert_eq!(said(&[("b", 1)]), "`b` in 1 trial");
        assert_eq!(said(&[("a", 3), ("c", 7)]), "`c` in 7 trials and `a` in 3");
        let all = said(&[("b", 1), ("a", 1), ("c", 4)]);
        assert_eq!(all, "`c` in 4 trials, `a` in 1 and `b` in 1");
    }

    #[test]
    fn candidates_that_could_not_be_fitted_are_named() {
        let mut taken = Taken::default();
        for scores in [[Some(0.5), None], [Some(0.5), Some(0.25)]] {
            let selection = Selection {
                chosen: 0,
                scores: scores.to_vec(),
                folds: 2,
            };
            taken.add(&selection, &["a", "b"]);
        }
        assert_eq!(taken.words(), "`a` in 2 trials");
        assert_eq!(taken.unfitted(), " (without `b` in 1 trial, not fitted)");
    }
}
