//! Diagnostics of rows: collapsed trials, signatures, metrics of stored predictions, and ensembles by size.

use rayon::prelude::*;

use super::ensemble::Members;
use super::signature::signature;
use super::stored_view::StoredView;
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use fsl_core::runner::{PlannedRow, PlannedTrial};
use fsl_core::spec::{Experiment, TableStyle};
use fsl_core::store::StoreError;
use fsl_core::trial::Predictions;
use fsl_metrics::{Evaluation, Metric, MetricValues};
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
    style: impl Fn(&TableStyle) -> Style,
    evaluated: bool,
) -> Result<(), StoreError> {
    for (table, (index, experiment)) in tables.iter_mut().zip(view.requested()) {
        let style = style(&experiment.table);
        let shown = table.metrics.shown();
        let evaluated = evaluated || shown.iter().any(|metric| metric.needs_probabilities());
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
        diagnostics.sizes = members.sizes(view.metric(planned));
        let mean = fsl_methods::mean_probabilities(&members.probabilities);
        diagnostics.evaluations = mean
            .and_then(|mean| metric_values(&members.classes, &members.labels, &mean))
            .into_iter()
            .collect();
    } else if planned.members.is_empty() {
        let classes = view.classes(planned);
        let of_trial = |trial: &PlannedTrial| {
            let Predictions {
                labels,
                probabilities,
            } = view.store.predictions(&trial.key)?;
            Ok::<_, StoreError>(metric_values(classes, &labels, &probabilities))
        };
        let trials = view.trials(planned).into_par_iter();
        let stored = trials.filter(|trial| view.store.has(&trial.key));
        let values: Vec<_> = stored.map(of_trial).collect();
        // Of several errors the first trial's, not that of the fastest thread.
        let values = values.into_iter().filter_map(Result::transpose);
        diagnostics.evaluations = values.collect::<Result<_, _>>()?;
    }
    Ok(diagnostics)
}

/// Every metric that suits the classes, of one trial's predictions.
fn metric_values(
    classes: &Classes,
    labels: &[Label],
    probabilities: &Probabilities,
) -> Option<MetricValues> {
    let evaluation = Evaluation::new(classes, labels, probabilities).ok()?;
    let all = Metric::all().iter();
    let value = |metric: &'static Metric| Some((metric, metric.evaluate(&evaluation).ok()?));
    all.filter(|metric| metric.suits(classes))
        .map(value)
        .collect()
}
