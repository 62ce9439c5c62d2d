//! Diagnostics of rows: collapsed trials, signatures, metrics of stored predictions, and ensembles by size.

use rayon::prelude::*;

use super::ensemble::Members;
use super::signature::signature;
use super::stored_view::{StoredView, labels, probabilities};
use fsl_core::runner::PlannedRow;
use fsl_core::spec::{Experiment, TableStyle};
use fsl_core::store::StoreError;
use fsl_core::trial::Prediction;
use fsl_metrics::{Metric, evaluate};
use fsl_report::{Diagnostics, ExperimentTable, Style};

/// Adds to every row its collapsed trials and its signature, in the style that follows from the spec's; the metrics of its stored
/// predictions and, of an ensemble, its F1 by size only where `evaluated` or where tables show such a metric, as all predictions are
/// read for them.
///
/// # Errors
/// Results that cannot be read.
pub fn describe(
    tables: &mut [ExperimentTable],
    view: StoredView,
    style: impl Fn(TableStyle) -> Style,
    evaluated: bool,
) -> Result<(), StoreError> {
    let evaluated = evaluated || Metric::in_tables().any(Metric::needs_probabilities);
    for (table, (index, experiment)) in tables.iter_mut().zip(view.requested()) {
        let style = style(experiment.table);
        for (row, (_, planned)) in table.rows.iter_mut().zip(view.rows(index)) {
            row.diagnostics = diagnostics(planned, view, experiment, &style, evaluated)?;
        }
    }
    Ok(())
}

fn diagnostics(
    planned: &PlannedRow,
    view: StoredView,
    experiment: &Experiment,
    style: &Style,
    evaluated: bool,
) -> Result<Diagnostics, StoreError> {
    let collapsed = (0..).zip(view.collapses(planned)?);
    let mut diagnostics = Diagnostics {
        collapsed: collapsed.filter(|(_, kinds)| !kinds.is_empty()).collect(),
        signature: signature(planned, view, experiment, style),
        ..Diagnostics::default()
    };
    if !evaluated {
        return Ok(diagnostics);
    }
    if let Some(members) = Members::load(planned, view)? {
        diagnostics.sizes = members.sizes();
        let mean = fsl_methods::mean_probabilities(&members.probabilities);
        diagnostics.evaluations = mean
            .and_then(|mean| evaluate(&members.labels, &mean).ok())
            .into_iter()
            .collect();
    } else if planned.members.is_empty() {
        let values = |trial: &Vec<Prediction>| evaluate(&labels(trial), &probabilities(trial)).ok();
        let predictions = view.predictions(planned)?;
        diagnostics.evaluations = predictions.par_iter().filter_map(values).collect();
    }
    Ok(diagnostics)
}
