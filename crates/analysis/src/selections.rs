//! Which candidates rows of `select` took, in words.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use fsl_core::runner::PlannedRow;
use fsl_core::store::StoreError;
use fsl_methods::{MethodSettings, RowRef};
use fsl_report::counted;

use super::stored_view::StoredView;

/// What rows took, such as "row `chosen` took `layers` in 7 trials and `views` in 3, by 5-fold cross-validation of accuracy within the
/// labelled texts, 3 times"; all arms of a row together. Empty where no row selects, or none of its trials is stored.
///
/// # Errors
/// Results that cannot be read.
pub(super) fn sentence(rows: &[&PlannedRow], view: StoredView) -> Result<String, StoreError> {
    let mut all: Vec<Taken> = Vec::new();
    for planned in rows {
        let row = view.declared(planned);
        let MethodSettings::Select(select) = &row.method else {
            continue;
        };
        let (row, how) = (row.arm_of.as_str(), select.words());
        let known = all.iter().position(|one| one.row == row && one.how == how);
        let at = known.unwrap_or_else(|| {
            let names = select.candidates.iter().map(RowRef::arm_of);
            all.push(Taken {
                row,
                how,
                names: names.collect(),
                counts: BTreeMap::new(),
            });
            all.len() - 1
        });
        for trial in view.trials(planned) {
            let result = view.result(trial)?;
            if let Some(selection) = result.as_ref().and_then(|result| result.selection.as_ref()) {
                *all[at].counts.entry(selection.chosen).or_default() += 1;
            }
        }
    }
    let said = all.iter().filter(|taken| !taken.counts.is_empty());
    Ok(said.map(Taken::words).collect::<Vec<_>>().join("; "))
}

/// What the trials of a row took.
struct Taken<'a> {
    row: &'a str,
    /// How they chose.
    how: String,
    /// The candidates.
    names: Vec<&'a str>,
    /// How often each was taken, by its place.
    counts: BTreeMap<u32, u64>,
}

impl Taken<'_> {
    /// The most frequent candidate first.
    fn words(&self) -> String {
        let mut ranked: Vec<(u32, u64)> = self.counts.iter().map(|(&at, &n)| (at, n)).collect();
        ranked.sort_by_key(|&(at, count)| (Reverse(count), at));
        let mut said: Vec<String> = Vec::new();
        for (at, count) in ranked {
            let name = self.names.get(at as usize).unwrap_or(&"?");
            let times = if said.is_empty() {
                counted(count, "trial")
            } else {
                count.to_string()
            };
            said.push(format!("`{name}` in {times}"));
        }
        let last = said.pop().unwrap_or_default();
        let listed = if said.is_empty() {
            last
        } else {
            format!("{} and {last}", said.join(", "))
        };
        format!("row `{}` took {listed}, by {}", self.row, self.how)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_candidate_comes_first() {
        let said = |counts: &[(u32, u64)]| {
            let taken = Taken {
                row: "r",
                how: "luck".to_owned(),
                names: vec!["a", "b", "c"],
                counts: counts.iter().copied().collect(),
            };
            taken.words()
        };
        assert_eq!(said(&[(1, 1)]), "row `r` took `b` in 1 trial, by luck");
        let both = "row `r` took `c` in 7 trials and `a` in 3, by luck";
        assert_eq!(said(&[(0, 3), (2, 7)]), both);
        let all = "row `r` took `c` in 4 trials, `a` in 1 and `b` in 1, by luck";
        assert_eq!(said(&[(0, 1), (1, 1), (2, 4)]), all);
    }
}
