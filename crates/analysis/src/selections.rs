//! Which candidates rows of `select` took, in words.

use std::collections::BTreeMap;

use fsl_core::runner::PlannedRow;
use fsl_core::store::StoreError;
use fsl_methods::MethodSettings;
use fsl_report::counted;

use super::stored_view::StoredView;

/// What rows took, such as "row `chosen` took `layers` in 7 trials and `views` in 3, by 5-fold cross-validation of accuracy within the
/// labelled texts, 3 times"; all arms of a row together. Empty where no row selects, or none of its trials is stored.
///
/// # Errors
/// Results that cannot be read.
pub(super) fn sentence(rows: &[&PlannedRow], view: StoredView) -> Result<String, StoreError> {
    let mut taken: Vec<(&str, String, BTreeMap<usize, u64>, Vec<String>)> = Vec::new();
    for planned in rows {
        let row = view.declared(planned);
        let MethodSettings::Select(select) = &row.method else {
            continue;
        };
        let (id, how) = (row.arm_of.as_str(), select.words());
        let known = taken.iter().position(|one| (one.0, &one.1) == (id, &how));
        let at = known.unwrap_or(taken.len());
        if known.is_none() {
            let names = select
                .candidates
                .iter()
                .map(|name| name.arm_of().to_owned());
            taken.push((id, how, BTreeMap::new(), names.collect()));
        }
        for trial in view.trials(planned) {
            let result = view.result(trial)?;
            let selection = result.as_ref().and_then(|result| result.selection.as_ref());
            if let Some(selection) = selection {
                let count = taken[at].2.entry(selection.chosen as usize).or_default();
                *count += 1;
            }
        }
    }
    let said = taken.iter().filter(|(_, _, counts, _)| !counts.is_empty());
    let said = said.map(|(id, how, counts, names)| {
        format!("row `{id}` took {}, by {how}", parts(counts, names))
    });
    Ok(said.collect::<Vec<_>>().join("; "))
}

/// `` `layers` in 7 trials and `views` in 3 ``, the most frequent first.
fn parts(counts: &BTreeMap<usize, u64>, names: &[String]) -> String {
    let mut ranked: Vec<(usize, u64)> = counts.iter().map(|(&at, &count)| (at, count)).collect();
    ranked.sort_by_key(|&(at, count)| (std::cmp::Reverse(count), at));
    let mut said: Vec<String> = Vec::new();
    for (at, count) in ranked {
        let name = names.get(at).map_or("?", String::as_str);
        let times = if said.is_empty() {
            counted(count, "trial")
        } else {
            count.to_string()
        };
        said.push(format!("`{name}` in {times}"));
    }
    match said.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_candidate_comes_first() {
        let names = ["a", "b", "c"].map(str::to_owned);
        let said = |counts: &[(usize, u64)]| parts(&counts.iter().copied().collect(), &names);
        assert_eq!(said(&[(1, 1)]), "`b` in 1 trial");
        assert_eq!(said(&[(0, 3), (2, 7)]), "`c` in 7 trials and `a` in 3");
        let all = said(&[(0, 1), (1, 1), (2, 4)]);
        assert_eq!(all, "`c` in 4 trials, `a` in 1 and `b` in 1");
    }
}
