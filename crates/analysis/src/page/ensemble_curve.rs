//! F1 of means against the number of models in them, of models that are stored.

use super::swept_keys::names;
use crate::error::AnalysisError;
use fsl_core::runner::PlannedRow;
use fsl_report::html::Figure;
use fsl_report::plot::{self, CurvePlot, Point, Series};
use fsl_report::{ExperimentTable, TableRow};

/// Lines in the plot at most: more cannot be told apart.
const LINES: usize = 6;

/// A plot with a line per mean, or nothing where no mean of several members is complete. `rows` are those of the table.
pub(crate) fn ensemble_curve(
    table: &ExperimentTable,
    rows: &[&PlannedRow],
) -> Result<Option<Figure>, AnalysisError> {
    let names = names(&table.rows);
    let all: Vec<(&TableRow, &PlannedRow, &str)> = (table.rows.iter())
        .zip(rows)
        .zip(&names)
        .map(|((row, planned), name)| (row, *planned, name.as_str()))
        .collect();
    let widest: Vec<_> = all
        .iter()
        .filter(|one| one.1.members.len() > 1 && !all.iter().any(|other| holds(other, one)))
        .collect();
    let left_out = widest.len().saturating_sub(LINES);
    let mut series = Vec::new();
    for (row, _, name) in widest.into_iter().skip(left_out) {
        if row.diagnostics.sizes.is_empty() {
            continue;
        }
        let points = row.diagnostics.sizes.iter().map(|size| Point {
            x: size.members as f64,
            y: size.value,
            band: Some((size.low, size.high)),
            trials: Vec::new(),
        });
        series.push(Series {
            label: (*name).to_owned(),
            points: points.collect(),
        });
    }
    if series.is_empty() {
        return Ok(None);
    }
    let heading = table.metrics.heading(table.metrics.primary());
    let plot = plot::curve(&CurvePlot {
        x: "ensemble size".to_owned(),
        figure: heading.to_owned(),
        series,
    })?;
    Ok(Some(Figure {
        name: "members".to_owned(),
        plot,
        caption: caption(heading, left_out),
    }))
}

/// Whether the mean of `one` is one of fewer of the models of `other`, which its own line passes.
fn holds(other: &(&TableRow, &PlannedRow, &str), one: &(&TableRow, &PlannedRow, &str)) -> bool {
    other.0.arm_of == one.0.arm_of
        && other.1.members.len() > one.1.members.len()
        && one
            .1
            .members
            .iter()
            .all(|trial| other.1.members.contains(trial))
}

fn caption(heading: &str, left_out: usize) -> String {
    let last = if left_out > 0 {
        format!(" (the last {LINES} of {} ensembles)", left_out + LINES)
    } else {
        String::new()
    };
    format!(
        "{heading} of ensembles of a row's models{last} by ensemble size: the mean over subsets of that size, and the central 95 % of subsets (bands). Larger subsets share more models, so the bands always narrow to the right; they are not confidence intervals for other models."
    )
}
