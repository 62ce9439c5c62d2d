//! Trials that were run once more, held against what is stored.

use fsl_core::runner::{Plan, PlannedTrial};
use fsl_core::store::{Store, StoreError};
use fsl_core::trial::{Host, Record};
use fsl_report::verified::{Change, Verified};

use fsl_metrics::Metric;

/// Holds a trial of the plan that was run `again` against what was stored `before`, with what it says of the texts of its students.
///
/// # Errors
/// Results that cannot be read.
pub fn verified(
    plan: &Plan,
    trial: &PlannedTrial,
    [before, again]: [&Store; 2],
    tolerance: f64,
) -> Result<Verified, StoreError> {
    let name = plan.name_of(trial);
    let (then, stored) = before.result_as_stored(&trial.key)?;
    let Some(now) = again.record(&trial.key)? else {
        let why = again.failure(&trial.key).map(|failure| failure.message);
        return Ok(Verified::failed(
            name,
            why.unwrap_or_else(|| "it was not run".to_owned()),
        ));
    };
    let repeated = again.predictions(&trial.key)?;
    let values = [stored, repeated].map(|read| read.probabilities.into_values());
    let mut verified = Verified::compare(name.clone(), &values[0], &values[1], tolerance);
    let metric = Metric::primary_of(&then.inputs.data.classes);
    let value = |record: &Record| metric.from_record(&record.metrics);
    verified.f1 = value(&then).zip(value(&now));
    for transfer in &trial.transfers {
        let (id, classes) = (transfer.inputs.id(), &trial.inputs.data.classes);
        let said =
            [before, again].map(|store| store.transfer_predictions(&trial.key, &id, classes));
        match said {
            [Some(then), Some(now)] => {
                verified.add_transfer(&then.into_values(), &now.into_values(), tolerance);
            }
            [None, _] => {
                if let Ok(Some(problem)) = before.transfer_problem(&trial.key, &id) {
                    let why = "its stored predictions for transfer texts are damaged";
                    return Ok(Verified::failed(name, format!("{why}: {problem}")));
                }
            }
            [Some(_), None] => {}
        }
    }
    verified.secs = Some((then.timings.total_secs, now.timings.total_secs));
    verified.changes = changes(&then, &now);
    Ok(verified)
}

/// What is different about the machine and the program.
fn changes(then: &Record, now: &Record) -> Vec<Change> {
    let facts = |host: &Host| {
        let unknown = || "unknown".to_owned();
        [
            ("machine", host.name.clone()),
            ("platform", host.platform.clone()),
            ("processor", host.processor.clone().unwrap_or_else(unknown)),
            ("program", host.program.clone()),
            ("libtorch", host.libtorch.clone()),
            (
                "device",
                host.device.clone().unwrap_or_else(|| "cpu".to_owned()),
            ),
        ]
    };
    let pairs = facts(&then.host).into_iter().zip(facts(&now.host));
    pairs
        .filter(|((_, then), (_, now))| then != now)
        .map(|((what, then), (_, now))| Change { what, then, now })
        .collect()
}
