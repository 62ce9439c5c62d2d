//! Curves of an experiment with a sweep: F1 against every swept number.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cli::error::CliError;
use crate::metric;
use crate::report::html::Figure;
use crate::report::plot::{self, CurvePlot, Point, Series};
use crate::report::{ExperimentTable, TableRow};

/// What people call the sizes that are swept most.
const NAMES: [(&str, &str); 4] = [
    ("trials.train-size", "labelled texts"),
    ("trials.count", "trials"),
    (".size", "experts"),
    (".transfer-size", "transfer texts"),
];

/// A plot per swept key that has at least two numbers.
pub(super) fn of(table: &ExperimentTable) -> Result<Vec<Figure>, CliError> {
    let mut keys: Vec<&str> = Vec::new();
    for (key, value) in table.rows.iter().flat_map(|row| &row.point) {
        if value.is_number() && !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    let mut figures = Vec::new();
    for key in keys {
        let series = series(table, key);
        if !series.iter().any(|series| series.points.len() > 1) {
            continue;
        }
        let x = axis(key);
        let plot = plot::curve(&CurvePlot {
            x: x.clone(),
            figure: "F1".to_owned(),
            series,
        })?;
        figures.push(Figure {
            name: format!("curve-{}", key.replace('.', "-")),
            plot,
            caption: format!(
                "F1 against {x}: means, 95 % intervals (bands; of single trials by Student's t, of means of experts by resampling them), and every trial (circles)."
            ),
        });
    }
    Ok(figures)
}

/// The rows that differ in nothing but this key are one line.
fn series(table: &ExperimentTable, key: &str) -> Vec<Series> {
    let mut order: Vec<String> = Vec::new();
    let mut lines: BTreeMap<String, Vec<Point>> = BTreeMap::new();
    for row in &table.rows {
        let Some(x) = number(row, key).filter(|&x| x > 0.0) else {
            continue;
        };
        let Some(point) = point(row, x) else { continue };
        let name = name(row, key);
        if !order.contains(&name) {
            order.push(name.clone());
        }
        lines.entry(name).or_default().push(point);
    }
    order
        .into_iter()
        .map(|label| {
            let mut points = lines.remove(&label).unwrap_or_default();
            points.sort_by(|left, right| left.x.total_cmp(&right.x));
            Series { label, points }
        })
        .collect()
}

fn number(row: &TableRow, key: &str) -> Option<f64> {
    let found = row.point.iter().find(|(name, _)| name == key);
    found.and_then(|(_, value)| value.as_f64())
}

fn point(row: &TableRow, x: f64) -> Option<Point> {
    let trials: Vec<f64> = row.trials.iter().map(|trial| trial.f1).collect();
    let y = metric::summarize(&trials, 1)?.mean;
    Some(Point {
        x,
        y,
        band: row.interval(),
        trials: if trials.len() > 1 { trials } else { Vec::new() },
    })
}

/// The row as declared, with the other keys of its point.
fn name(row: &TableRow, key: &str) -> String {
    let others = row.point.iter().filter(|(name, _)| name != key);
    let others: Vec<String> = others
        .map(|(name, value)| {
            let short = name.rsplit('.').next().unwrap_or(name);
            match value {
                Value::String(text) => format!("{short}={text}"),
                value => format!("{short}={value}"),
            }
        })
        .collect();
    if others.is_empty() {
        row.arm_of.clone()
    } else {
        format!("{} ({})", row.arm_of, others.join(", "))
    }
}

fn axis(key: &str) -> String {
    let known = NAMES.iter().find(|(end, _)| key.ends_with(end));
    known.map_or_else(|| key.to_owned(), |(_, name)| (*name).to_owned())
}
