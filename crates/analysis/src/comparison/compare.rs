//! Rows compared with each other, from stored predictions.

use super::error::CompareError;
use super::pairing::{self, LoadedRow, RowEntry};
use crate::error::AnalysisError;
use crate::stored_view::StoredView;
use fsl_core::runner::PlannedRow;
use fsl_core::store::StoreError;
use fsl_metrics::{self as metrics, ComparisonInput, Evidence, Metric};
use fsl_report::{Compared, ComparedRow, Comparison, Missing};

/// A comparison before its verdict, which depends on the others'.
struct Draft {
    rows: [ComparedRow; 2],
    pairing: String,
    evidence: Evidence,
}

/// Compares pairs of rows (indices into the plan's) by the metric, or by the one that the first row's table is ranked by; `remedy` is the
/// command that makes missing results.
///
/// # Errors
/// Rows over different test texts; results that cannot be read.
pub fn compare(
    view: StoredView,
    pairs: &[[usize; 2]],
    metric: Option<&'static Metric>,
    margin: f64,
    remedy: &str,
) -> Result<Compared, AnalysisError> {
    let plan = view.plan;
    let mut entries: Vec<Option<LoadedRow>> = plan.rows.iter().map(|_| None).collect();
    for &row in pairs.iter().flatten() {
        if entries[row].is_none() {
            entries[row] = Some(pairing::load(&plan.rows[row], view)?);
        }
    }
    let (mut drafts, mut missing) = (Vec::new(), Vec::new());
    for &[a, b] in pairs {
        pairing::same_texts(&plan.rows[a], &plan.rows[b], plan)?;
        let found = [a, b].map(|row| entries[row].as_ref());
        if let [
            Some(LoadedRow::Complete(first)),
            Some(LoadedRow::Complete(second)),
        ] = found
        {
            let metric = metric.unwrap_or_else(|| view.metric(&plan.rows[a]));
            let sides = [first.as_ref(), second.as_ref()];
            drafts.push(draft(view, metric, [a, b], sides)?);
        } else {
            missing.push(Missing {
                rows: [a, b].map(|row| plan.rows[row].name.clone()),
                lacking: found
                    .into_iter()
                    .flatten()
                    .filter_map(LoadedRow::lacking)
                    .collect(),
                command: remedy.to_owned(),
            });
        }
    }
    let gathered: Vec<Evidence> = drafts.iter().map(|draft| draft.evidence.clone()).collect();
    let judged = drafts.into_iter().zip(metrics::decide(&gathered, margin));
    let comparisons = judged.map(|(draft, decision)| Comparison {
        rows: draft.rows,
        pairing: draft.pairing,
        evidence: draft.evidence,
        decision,
    });
    Ok(Compared {
        margin,
        comparisons: comparisons.collect(),
        missing,
    })
}

/// How the trials of two rows belong together, and what follows from their predictions.
fn draft(
    view: StoredView,
    metric: &'static Metric,
    rows: [usize; 2],
    sides: [&RowEntry; 2],
) -> Result<Draft, AnalysisError> {
    let plan = view.plan;
    let [a, b] = rows.map(|row| &plan.rows[row]);
    let [first, second] = sides;
    if first.classes != second.classes {
        return Err(CompareError::OtherClasses {
            rows: [a, b].map(|row| row.name.clone()),
            classes: [first, second].map(|side| fsl_report::classes_sentence(&side.classes)),
        }
        .into());
    }
    if !metric.suits(&first.classes) {
        return Err(CompareError::NeedsPositive {
            metric: metric.label,
            row: a.name.clone(),
        }
        .into());
    }
    if first.labels != second.labels {
        return Err(pairing::different(a, b, plan).into());
    }
    if metric.needs_positive && !first.labels.contains(&1) {
        return Err(CompareError::NoPositives {
            row: a.name.clone(),
        }
        .into());
    }
    let linked = pairing::link([a, b], sides, plan);
    let input = ComparisonInput {
        metric,
        classes: &first.classes,
        labels: &first.labels,
        a: &linked.sides[0],
        b: &linked.sides[1],
        pairing: linked.link,
        one_teacher: linked.one_teacher,
    };
    let evidence = metrics::measure(&input).ok_or_else(|| CompareError::Undefined {
        metric: metric.label,
        row: a.name.clone(),
    })?;
    Ok(Draft {
        rows: [row(view, a, first)?, row(view, b, second)?],
        pairing: linked.pairing,
        evidence,
    })
}

fn row(
    view: StoredView,
    planned: &PlannedRow,
    entry: &RowEntry,
) -> Result<ComparedRow, StoreError> {
    let collapses = view.collapses(planned)?;
    Ok(ComparedRow {
        name: planned.name.clone(),
        label: view.declared(planned).label.clone(),
        members: entry.members(),
        collapsed: collapses.iter().filter(|kinds| !kinds.is_empty()).count(),
    })
}
