//! Thresholds between two classes that are not one half, and temperatures, in words.

use std::collections::BTreeMap;

use fsl_core::runner::PlannedRow;
use fsl_core::store::StoreError;
use fsl_methods::{MethodSettings, Threshold};

use super::followed::of_rows;
use super::selections::taken;
use super::stored_view::StoredView;

/// The thresholds of rows, such as "threshold set so that half of the transfer texts are above it (row `views`)", and their temperatures; empty
/// where all thresholds are one half and nothing is scaled. A row that selects has those of the candidates that it took.
///
/// # Errors
/// Results that cannot be read.
pub(super) fn sentence(rows: &[&PlannedRow], view: StoredView) -> Result<String, StoreError> {
    let mut named: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for row in rows {
        let classes = view.classes(row).count();
        let said = |method: &MethodSettings| said(method, classes);
        let declared = view.declared(row);
        let mut words: Vec<String> = match &declared.method {
            MethodSettings::Select(select) => {
                let places = taken(row, view)?;
                let methods = places.iter().filter_map(|&place| select.methods.get(place));
                methods.flat_map(said).collect()
            }
            method => said(method),
        };
        words.dedup();
        for words in words {
            named.entry(words).or_default().push(&declared.id);
        }
    }
    let said = named
        .iter()
        .map(|(words, ids)| format!("{words}{}", of_rows(ids)));
    Ok(said.collect::<Vec<_>>().join("; "))
}

/// What is said of a method. Only two classes have a threshold between them.
fn said(method: &MethodSettings, classes: usize) -> Vec<String> {
    let needs = method.requirements();
    let threshold = needs.threshold.filter(|_| classes == 2);
    let threshold = threshold.and_then(Threshold::words);
    let threshold = threshold.map(|words| format!("threshold {words}"));
    let scaled = needs.temperature.then(|| TEMPERATURE.to_owned());
    threshold.into_iter().chain(scaled).collect()
}

const TEMPERATURE: &str =
    "probabilities scaled by a temperature from a cross-validation on the labelled texts";
