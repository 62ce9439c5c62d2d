//! Thresholds between two classes that are not one half, in words.

use std::collections::BTreeMap;

use fsl_core::runner::PlannedRow;
use fsl_methods::Threshold;

use super::followed::of_rows;
use super::stored_view::StoredView;

/// The thresholds of rows, such as "threshold set so that half of the transfer texts are above it (row `views`)"; empty where all are one half.
pub(super) fn sentence(rows: &[&PlannedRow], view: StoredView) -> String {
    let mut named: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let of_two = rows.iter().filter(|row| view.classes(row).count() == 2);
    for row in of_two {
        let declared = view.declared(row);
        let threshold = declared.method.requirements().threshold;
        if let Some(words) = threshold.and_then(Threshold::words) {
            named.entry(words).or_default().push(&declared.id);
        }
    }
    let said = named
        .iter()
        .map(|(words, ids)| format!("threshold {words}{}", of_rows(ids)));
    said.collect::<Vec<_>>().join("; ")
}
