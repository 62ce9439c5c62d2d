//! The machines that the trials of a plan ran on.

use std::collections::BTreeMap;

use crate::stored_view::StoredView;
use fsl_core::store::StoreError;
use fsl_core::trial::{Host, Record};
use fsl_report::html::HostUsage;

/// Machines by name and kind, with what they did.
pub(crate) fn hosts(view: StoredView) -> Result<Vec<HostUsage>, StoreError> {
    let mut places: BTreeMap<(String, String), HostUsage> = BTreeMap::new();
    for trial in &view.plan.trials {
        let Some(record) = view.store.record(&trial.key)? else {
            continue;
        };
        let kind = kind(&record.host);
        let span = span(&record);
        let place = places
            .entry((record.host.name.clone(), kind.clone()))
            .or_insert_with(|| HostUsage {
                host: record.host.name.clone(),
                kind,
                trials: 0,
                secs: 0.0,
                span,
            });
        place.trials += 1;
        place.secs += record.timings.total_secs;
        place.span = (place.span.0.min(span.0), place.span.1.max(span.1));
    }
    Ok(places.into_values().collect())
}

fn span(record: &Record) -> (u64, u64) {
    let began = record.timings.started_unix_secs;
    (began, began + record.timings.total_secs.round() as u64)
}

fn kind(host: &Host) -> String {
    [
        Some(host.platform.clone()),
        host.processor.clone(),
        host.device.clone(),
        Some(format!("libtorch {}", host.libtorch)),
        Some(host.program.clone()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(", ")
}
