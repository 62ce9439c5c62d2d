//! Verdicts in tables: every row judged against one that is named.

use std::collections::HashMap;

use super::compare::compare;
use super::error::CompareError;
use super::pairs::{Pairs, against, called};
use crate::error::AnalysisError;
use crate::stored_view::StoredView;
use fsl_metrics::Verdict;
use fsl_report::{Against, ExperimentTable};

/// Judges every row against one of its own experiment, or of another one where it has none of that name; where that is swept, against
/// its arm at the row's point.
///
/// Returns what was left out, a line for each reason.
///
/// # Errors
/// A name that no row has, or several; results that cannot be read.
pub fn judge_tables(
    tables: &mut [ExperimentTable],
    view: StoredView,
    wanted: &str,
    margin: f64,
) -> Result<Vec<String>, AnalysisError> {
    let mut pairs = Pairs::default();
    for (index, _) in view.requested() {
        let rows: Vec<usize> = view.rows(index).map(|(row, _)| row).collect();
        pairs.extend(against(view, &rows, wanted)?);
    }
    let pairs = pairs.comparable(view.plan)?;
    let compared = compare(view, &pairs.found, None, margin, "")?;
    let verdicts: HashMap<&str, Verdict> = (compared.comparisons.iter())
        .map(|comparison| {
            (
                comparison.rows[0].name.as_str(),
                comparison.decision.verdict,
            )
        })
        .collect();
    for (table, (index, _)) in tables.iter_mut().zip(view.requested()) {
        table.against = Some(Against {
            label: label(view, index, wanted)?,
            margin,
            comparisons: compared.comparisons.len(),
        });
        for (row, (_, planned)) in table.rows.iter_mut().zip(view.rows(index)) {
            row.diagnostics.verdict = verdicts.get(planned.name.as_str()).copied();
        }
    }
    Ok(pairs.left_out(view.plan))
}

/// What the row that is judged against is called in the table of an experiment; a swept one without the points of its arms.
fn label(view: StoredView, experiment: usize, wanted: &str) -> Result<String, CompareError> {
    let called = called(view, Some(experiment), wanted)?;
    let Some(&first) = called.rows.first() else {
        return Ok(wanted.to_owned());
    };
    let row = view.declared(&view.plan.rows[first]);
    let point = called
        .swept
        .then(|| row.id.strip_prefix(&row.arm_of))
        .flatten();
    let label = point.and_then(|point| row.label.strip_suffix(point));
    Ok(label.map_or(row.label.as_str(), str::trim_end).to_owned())
}
