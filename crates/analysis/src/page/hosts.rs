//! The machines that the trials of a plan ran on.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rayon::prelude::*;

use crate::stored_view::StoredView;
use fsl_core::store::StoreError;
use fsl_core::trial::{Host, Record};
use fsl_report::html::HostUsage;

/// Machines by name and kind, with what they did.
pub(crate) fn hosts(view: StoredView) -> Result<Vec<HostUsage>, StoreError> {
    let mut places: BTreeMap<(String, String), HostUsage> = BTreeMap::new();
    let trials = view.plan.trials.par_iter();
    let usages: Vec<_> = trials
        .map(|trial| Ok::<_, StoreError>(view.store.record(&trial.key)?.as_ref().map(usage)))
        .collect();
    // In the order of the plan, so that sums round the same.
    for usage in usages {
        let Some(usage) = usage? else { continue };
        let place = (usage.host.clone(), usage.kind.clone());
        match places.entry(place) {
            Entry::Vacant(place) => {
                place.insert(usage);
            }
            Entry::Occupied(mut place) => {
                let place = place.get_mut();
                place.trials += usage.trials;
                place.secs += usage.secs;
                place.span = (
                    place.span.0.min(usage.span.0),
                    place.span.1.max(usage.span.1),
                );
            }
        }
    }
    Ok(places.into_values().collect())
}

/// What one trial used.
fn usage(record: &Record) -> HostUsage {
    HostUsage {
        host: record.host.name.clone(),
        kind: kind(&record.host),
        trials: 1,
        secs: record.timings.total_secs,
        span: span(record),
    }
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
