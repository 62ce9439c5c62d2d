//! Diagnostics of rows: collapsed trials, signatures, ranking metrics, and ensembles by size.

use rayon::prelude::*;

use super::ensemble::Members;
use super::signature::signature;
use super::stored_view::{StoredView, labels, probabilities};
use fsl_core::runner::PlannedRow;
use fsl_core::spec::{Experiment, TableStyle};
use fsl_core::store::StoreError;
use fsl_core::trial::Prediction;
use fsl_metrics::{average_precision, calibration_error, roc_auc};
use fsl_report::{Diagnostics, ExperimentTable, Ranking, Style};

/// Adds to every row its collapsed trials and its signature, in the style that follows from the spec's; its ranking metrics and, of
/// an ensemble, its F1 by size only where `ranked`, as all predictions are read for them.
///
/// # Errors
/// Results that cannot be read.
pub fn describe(
    tables: &mut [ExperimentTable],
    view: StoredView,
    style: impl Fn(TableStyle) -> Style,
    ranked: bool,
) -> Result<(), StoreError> {
    for (table, (index, experiment)) in tables.iter_mut().zip(view.requested()) {
        let style = style(experiment.table);
        for (row, (_, planned)) in table.rows.iter_mut().zip(view.rows(index)) {
            row.diagnostics = diagnostics(planned, view, experiment, &style, ranked)?;
        }
    }
    Ok(())
}

fn diagnostics(
    planned: &PlannedRow,
    view: StoredView,
    experiment: &Experiment,
    style: &Style,
    ranked: bool,
) -> Result<Diagnostics, StoreError> {
    let collapsed = (0..).zip(view.collapses(planned)?);
    let mut diagnostics = Diagnostics {
        collapsed: collapsed.filter(|(_, kinds)| !kinds.is_empty()).collect(),
        signature: signature(planned, view, experiment, style),
        ..Diagnostics::default()
    };
    if !ranked {
        return Ok(diagnostics);
    }
    if let Some(members) = Members::load(planned, view)? {
        diagnostics.sizes = members.sizes();
        let mean = fsl_methods::mean_probabilities(&members.probabilities);
        diagnostics.rankings = mean
            .and_then(|mean| ranking(&members.labels, &mean))
            .into_iter()
            .collect();
    } else if planned.members.is_empty() {
        let rank = |trial: &Vec<Prediction>| ranking(&labels(trial), &probabilities(trial));
        let predictions = view.predictions(planned)?;
        diagnostics.rankings = predictions.par_iter().filter_map(rank).collect();
    }
    Ok(diagnostics)
}

fn ranking(labels: &[u8], probabilities: &[f64]) -> Option<Ranking> {
    Some(Ranking {
        roc_auc: roc_auc(labels, probabilities).ok()?,
        average_precision: average_precision(labels, probabilities).ok()?,
        calibration_error: calibration_error(labels, probabilities).ok()?,
    })
}
