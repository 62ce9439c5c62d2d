//! Thresholds between two classes that are not one half, in words.

use std::collections::BTreeMap;

use fsl_core::runner::PlannedRow;
use fsl_core::store::StoreError;
use fsl_methods::{MethodSettings, Threshold};

use super::followed::of_rows;
use super::selections::taken;
use super::stored_view::StoredView;

/// The thresholds of rows, such as "threshold set so that half of the transfer texts are above it (row `views`)"; empty where all are one half.
/// A row that selects has those of the candidates that it took.
///
/// # Errors
/// Results that cannot be read.
pub(super) fn sentence(rows: &[&PlannedRow], view: StoredView) -> Result<String, StoreError> {
    let mut named: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let of_two = rows.iter().filter(|row| view.classes(row).count() == 2);
    for row in of_two {
        let declared = view.declared(row);
        let mut words: Vec<String> = match &declared.method {
            MethodSettings::Select(select) => {
                let places = taken(row, view)?;
                let methods = places.iter().filter_map(|&place| select.methods.get(place));
                methods.filter_map(threshold).collect()
            }
            method => threshold(method).into_iter().collect(),
        };
        words.dedup();
        for words in words {
            named.entry(words).or_default().push(&declared.id);
        }
    }
    let said = named
        .iter()
        .map(|(words, ids)| format!("threshold {words}{}", of_rows(ids)));
    Ok(said.collect::<Vec<_>>().join("; "))
}

fn threshold(method: &MethodSettings) -> Option<String> {
    method.requirements().threshold.and_then(Threshold::words)
}
