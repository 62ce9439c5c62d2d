//! Finished trials for other programs.

use serde_json::Value;

use crate::stored_view::StoredView;
use fsl_core::runner::PlannedRow;
use fsl_core::spec::{Experiment, Row};
use fsl_core::store::StoreError;
use fsl_core::trial::Record;
use fsl_methods::Selection;
use fsl_report::runs::{self, Run};

/// Every finished trial of the rows that were asked for, row by row, and how many are not finished.
///
/// # Errors
/// Records that cannot be read.
pub fn runs(view: StoredView) -> Result<(Vec<Run>, usize), StoreError> {
    let (mut found, mut missing) = (Vec::new(), 0);
    for row in view.requested_rows() {
        let experiment = &view.experiments[row.experiment];
        for (number, &index) in (0..).zip(&row.trials) {
            match view.store.record(&view.plan.trials[index].key)? {
                Some(record) => found.push(run(experiment, row, number, record)),
                None => missing += 1,
            }
        }
    }
    Ok((found, missing))
}

fn run(experiment: &Experiment, row: &PlannedRow, number: u64, record: Record) -> Run {
    let declared = &experiment.rows[row.row];
    let inputs = serde_json::to_value(&record.inputs).unwrap_or(Value::Null);
    let began_ms = 1000 * record.timings.started_unix_secs;
    let took_ms = (1000.0 * record.timings.total_secs).round() as u64;
    let stored = record.metrics.stored().into_iter();
    let metrics = stored.map(|(metric, value)| (metric.id, value));
    let mut params = runs::dotted(&inputs);
    params.extend(
        record
            .selection
            .iter()
            .flat_map(|of| selection(of, declared)),
    );
    Run {
        experiment: experiment.name.clone(),
        row: declared.id.clone(),
        label: declared.label.clone(),
        trial: number,
        key: record.key.to_string(),
        params,
        metrics: metrics.collect(),
        losses: record.fit.map(|fit| fit.epoch_losses).unwrap_or_default(),
        began_ms,
        ended_ms: began_ms + took_ms,
        host: record.host.name,
    }
}

/// Which candidate a trial took, and what each scored, by their names.
fn selection(of: &Selection, row: &Row) -> Vec<(String, Value)> {
    let names = row.method.inner_rows().iter();
    let names: Vec<&str> = names.map(|name| name.row.as_str()).collect();
    let chosen = names.get(of.chosen as usize).copied();
    let scores = names.iter().zip(&of.scores);
    let scores = scores.map(|(name, score)| {
        let score = score.map_or(Value::Null, Value::from);
        (format!("selection.score.{name}"), score)
    });
    let chosen = ("selection.chosen".to_owned(), chosen.into());
    std::iter::once(chosen).chain(scores).collect()
}
