//! The plots of an experiment.

use super::costs::costs;
use super::curves::{Arm, MOST_ARMS, center_word, curves};
use super::swept_keys::names;
use crate::error::AnalysisError;
use fsl_core::trial::DatasetStats;
use fsl_metrics as metric;
use fsl_report::html::{Figure, TextRow, TextSet};
use fsl_report::plot::{self, Line, RowPoints, SquarePlot};
use fsl_report::{ExperimentTable, Style, interval_words, second_class};

/// Lines in one plot at most: more cannot be told apart.
const LINES: usize = 6;
/// Points of a line at most.
const POINTS: usize = 600;
/// Circles of a row at most, and rows of circles.
const CIRCLES: usize = 300;
const ROWS: usize = 150;

/// Of a row: what one of its trials learnt from, and the seconds of a trial.
pub(crate) type Facts = (Option<DatasetStats>, Option<f64>);

/// What can be plotted of the experiment in the table's style; `facts` are about one trial of each row of the table, and how long one takes.
pub(crate) fn figures(
    table: &ExperimentTable,
    style: &Style,
    facts: &[Facts],
    texts: Option<&TextSet>,
) -> Result<Vec<Figure>, AnalysisError> {
    let mut figures = Vec::new();
    let heading = table.metrics.heading(table.metrics.primary());
    let rows = points(table, style);
    if !rows.is_empty() {
        figures.push(Figure {
            name: "seeds".to_owned(),
            plot: plot::points(heading, &rows)?,
            caption: format!(
                "{heading} of every trial (circles), the {} (bar) and its 95 % interval (thick line): {}.{}",
                center_word(style),
                interval_words(style.center),
                left_out(table)
            ),
        });
    }
    let arms: Vec<Arm> = (table.rows.iter().zip(facts))
        .map(|(row, (facts, secs))| Arm {
            row,
            facts: facts.as_ref(),
            secs: *secs,
        })
        .collect();
    figures.extend(curves(&arms, heading, style)?);
    figures.extend(costs(&arms, heading, style)?);
    if let Some(texts) = texts.filter(|texts| texts.classes.count() == 2) {
        figures.push(precision_recall(texts)?);
        figures.push(calibration(texts)?);
    }
    Ok(figures)
}

fn points(table: &ExperimentTable, style: &Style) -> Vec<RowPoints> {
    let named = names(&table.rows).into_iter().zip(&table.rows);
    let shown = named.take(ROWS).filter_map(|(label, row)| {
        Some(RowPoints {
            label,
            center: row.center(style)?,
            interval: row.interval(style).map(|ends| (ends.low, ends.high)),
            values: spaced(row.primary_values(style)),
        })
    });
    shown.collect()
}

/// What the plot of trials leaves out, as sentences.
fn left_out(table: &ExperimentTable) -> String {
    let mut said = String::new();
    if table.rows.iter().any(|row| row.trials.len() > CIRCLES) {
        said += &format!(
            " Rows of more than {CIRCLES} trials show {CIRCLES} of them, evenly spaced by rank."
        );
    }
    if table.rows.len() > MOST_ARMS && table.rows.iter().any(|row| !row.point.is_empty()) {
        said += &format!(" Curves of more than {MOST_ARMS} arms are not drawn.");
    }
    if table.rows.len() > ROWS {
        said += &format!(" The first {ROWS} rows are shown.");
    }
    said
}

/// At most as many values as there is room for circles, evenly spaced by rank, both ends among them.
pub(crate) fn spaced(mut values: Vec<f64>) -> Vec<f64> {
    if values.len() <= CIRCLES {
        return values;
    }
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    (0..CIRCLES)
        .map(|place| values[place * last / (CIRCLES - 1)])
        .collect()
}

fn precision_recall(texts: &TextSet) -> Result<Figure, AnalysisError> {
    let mut lines = Vec::new();
    for TextRow {
        label,
        probabilities: said,
        ..
    } in texts.rows.iter().rev().take(LINES).rev()
    {
        let curve = metric::threshold_curve(&texts.labels, said.values())?;
        let points = curve.iter().map(|point| (point.recall, point.precision));
        lines.push(Line {
            label: label.clone(),
            points: thinned(points.collect()),
        });
    }
    let of_class = if texts.classes.are_zero_one() {
        String::new()
    } else {
        format!(" of {}", second_class(&texts.classes))
    };
    let plot = plot::square(&SquarePlot {
        x: "recall".to_owned(),
        y: "precision".to_owned(),
        diagonal: false,
        lines,
    })?;
    Ok(Figure {
        name: "precision-recall".to_owned(),
        plot,
        caption: format!(
            "Precision{of_class} against recall at every threshold, for each row's mean probabilities{}. For illustration only: a threshold chosen on the test texts overstates the model's quality.",
            last(texts)
        ),
    })
}

fn calibration(texts: &TextSet) -> Result<Figure, AnalysisError> {
    let class = second_class(&texts.classes);
    let mut lines = Vec::new();
    for TextRow {
        label,
        probabilities: said,
        ..
    } in texts.rows.iter().rev().take(LINES).rev()
    {
        let bins = metric::calibration_bins(&texts.labels, said.values())?;
        let error = metric::calibration_error(&texts.labels, said.values())?;
        lines.push(Line {
            label: format!("{label} (ECE {:.1})", 100.0 * error),
            points: bins
                .iter()
                .map(|bin| (bin.probability, bin.positives))
                .collect(),
        });
    }
    let plot = plot::square(&SquarePlot {
        x: format!("mean probability of {class}"),
        y: format!("share of {class}"),
        diagonal: true,
        lines,
    })?;
    Ok(Figure {
        name: "calibration".to_owned(),
        plot,
        caption: format!(
            "Share of {class} among texts of similar predicted probability, in {} bins of equal width, for each row's mean probabilities{}. On the diagonal, probabilities are calibrated; ECE is the mean distance from it in points.",
            metric::CALIBRATION_BINS,
            last(texts)
        ),
    })
}

/// What a caption says where not every row is shown.
fn last(texts: &TextSet) -> String {
    if texts.rows.len() > LINES {
        format!(" (the last {LINES} rows)")
    } else {
        String::new()
    }
}

/// A curve of many points with as many as a plot is wide, the ends among them.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let every = points.len().div_ceil(POINTS).max(1);
    let end = points.last().copied();
    let mut kept: Vec<_> = points.into_iter().step_by(every).collect();
    if kept.last() != end.as_ref() {
        kept.extend(end);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_values_keep_their_ends_and_their_middle() {
        let many = spaced((0..10_001).rev().map(f64::from).collect());
        assert_eq!(many.len(), CIRCLES);
        assert_eq!(
            (many[0].to_string(), many[CIRCLES - 1].to_string()),
            ("0".into(), "10000".into())
        );
        let middle = f64::midpoint(many[149], many[150]);
        assert!((middle - 5000.0).abs() < 20.0, "{middle}");
        let few = vec![3.0, 1.0];
        assert_eq!(spaced(few.clone()), few);
    }
}
