//! Curves of an experiment with a sweep: the primary metric against every swept number.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::swept_keys::{self, value};
use crate::error::AnalysisError;
use fsl_core::trial::DatasetStats;
use fsl_metrics::{self as metric, Center};
use fsl_report::html::Figure;
use fsl_report::plot::{self, CurvePlot, Point, Series};
use fsl_report::{Style, TableRow, center_interval, interval_words};

/// What people call the sizes that are swept most.
const NAMES: [(&str, &str); 5] = [
    ("trials.train-size", "labelled texts"),
    ("trials.shots", "labelled texts of each class"),
    ("trials.count", "trials"),
    (".size", "experts"),
    (".transfer-size", "transfer texts"),
];

/// Arms of which curves are drawn, at most: more may make thousands of plots.
pub(crate) const MOST_ARMS: usize = 500;

/// A number that is no size.
const SEED: &str = "trials.seed";

/// A row with what its trials learnt from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arm<'a> {
    pub(crate) row: &'a TableRow,
    /// The facts of one of its stored trials.
    pub(crate) facts: Option<&'a DatasetStats>,
    /// The seconds of a trial.
    pub(crate) secs: Option<f64>,
}

/// A plot per swept key that has at least two numbers; where data or trials are swept as well, one for each of their values.
/// A key that another one determines has no plot of its own.
pub(crate) fn curves(
    arms: &[Arm],
    heading: &str,
    style: &Style,
) -> Result<Vec<Figure>, AnalysisError> {
    if arms.len() > MOST_ARMS {
        return Ok(Vec::new());
    }
    let mut keys: Vec<&str> = Vec::new();
    let mut seen = BTreeSet::new();
    for (key, value) in arms.iter().flat_map(|arm| &arm.row.point) {
        let new = value.is_number() && key != SEED && seen.insert(key);
        if new && !keys.iter().any(|known| determines(arms, known, key)) {
            keys.push(key);
        }
    }
    let mut figures = Vec::new();
    for key in keys {
        for (place, arms) in places(arms, key) {
            let series = series(&arms, key, style);
            if series.iter().any(|series| series.points.len() > 1) {
                let caption = caption(&arms, key, style);
                figures.push(figure(heading, key, &place, series, &caption)?);
            }
        }
    }
    Ok(figures)
}

/// What the points and bands of a plot are.
fn caption(arms: &[Arm], key: &str, style: &Style) -> String {
    let center = center_word(style);
    if !determines(arms, key, SEED) {
        return format!(
            "the {center} over the values of {SEED} (for each value the {center} of its trials), its 95 % interval over these values (bands), and every trial (circles)"
        );
    }
    format!(
        "the {center}, its 95 % interval (bands; {}), and every trial (circles)",
        interval_words(style.center)
    )
}

/// The number that stands for a row, in a word.
pub(crate) fn center_word(style: &Style) -> &'static str {
    match style.center {
        Center::Mean => "mean",
        Center::Median => "median",
    }
}

fn figure(
    figure_name: &str,
    key: &str,
    place: &[String],
    series: Vec<Series>,
    caption: &str,
) -> Result<Figure, AnalysisError> {
    let x = axis(key);
    let plot = plot::curve(&CurvePlot {
        x: x.clone(),
        figure: figure_name.to_owned(),
        series,
    })?;
    let values = place.iter().filter_map(|part| part.split_once('='));
    let mut name = format!("curve-{}", key.replace('.', "-"));
    for (_, value) in values {
        name += &format!("-{value}");
    }
    let at = if place.is_empty() {
        String::new()
    } else {
        format!(" at {}", place.join(", "))
    };
    Ok(Figure {
        name,
        plot,
        caption: format!("{figure_name} against {x}{at}: {caption}."),
    })
}

/// The rows by the values of the other swept keys that are no row's own, in the order of the table. Where the table has one
/// method only, they are lines of one plot.
fn places<'a>(arms: &[Arm<'a>], key: &str) -> Vec<(Vec<String>, Vec<Arm<'a>>)> {
    let methods: BTreeSet<&str> = arms.iter().map(|arm| arm.row.arm_of.as_str()).collect();
    let mut places: Vec<(Vec<String>, Vec<Arm>)> = Vec::new();
    for &arm in arms.iter().filter(|arm| size(arm, arms, key).is_some()) {
        let place = if methods.len() > 1 {
            others(&arm, arms, key, |other| !other.starts_with("row."))
        } else {
            Vec::new()
        };
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, arms)) => arms.push(arm),
            None => places.push((place, vec![arm])),
        }
    }
    places
}

/// The rows that differ in nothing but this key, and the seed, are one line; those that differ in the seed only are one point.
fn series(arms: &[Arm], key: &str, style: &Style) -> Vec<Series> {
    let methods: BTreeSet<&str> = arms.iter().map(|arm| arm.row.arm_of.as_str()).collect();
    let mut order: Vec<String> = Vec::new();
    let mut lines: BTreeMap<String, Vec<(f64, &TableRow)>> = BTreeMap::new();
    for arm in arms {
        let Some(x) = size(arm, arms, key) else {
            continue;
        };
        if arm.row.trials.is_empty() {
            continue;
        }
        let own = |other: &str| methods.len() < 2 || other.starts_with("row.");
        let others = others(arm, arms, key, own);
        let name = if others.is_empty() {
            arm.row.arm_of.clone()
        } else {
            format!("{} ({})", arm.row.arm_of, others.join(", "))
        };
        if !order.contains(&name) {
            order.push(name.clone());
        }
        lines.entry(name).or_default().push((x, arm.row));
    }
    order
        .into_iter()
        .map(|label| {
            let mut rows = lines.remove(&label).unwrap_or_default();
            rows.sort_by(|left, right| left.0.total_cmp(&right.0));
            let groups = rows.chunk_by(|left, right| left.0.total_cmp(&right.0).is_eq());
            let points = groups.filter_map(|rows| point(rows, style)).collect();
            Series { label, points }
        })
        .collect()
}

/// The value of a swept key. An arm that leaves a number of texts to the data has what its trials found there.
fn size(arm: &Arm, arms: &[Arm], key: &str) -> Option<f64> {
    if let Some(value) = value(arm.row, key) {
        return value.as_f64();
    }
    let is_swept = |other: &&Arm| other.row.arm_of == arm.row.arm_of;
    let swept = |other: &Arm| value(other.row, key).is_some();
    if !arms.iter().filter(is_swept).any(swept) {
        return None;
    }
    let facts = arm.facts?;
    let texts = match key.rsplit('.').next()? {
        "transfer-size" => facts.transfer_texts?,
        "train-size" => facts.train_texts,
        _ => return None,
    };
    Some(texts as f64)
}

/// Whether rows of one method that have the same value of `key` have the same of `other`, too: they were swept together.
fn determines(arms: &[Arm], key: &str, other: &str) -> bool {
    swept_keys::determines(arms.iter().map(|arm| {
        let size = size(arm, arms, key);
        let size = size.map(|size| format!("{} {size}", arm.row.arm_of));
        (size, value(arm.row, other).map(Value::to_string))
    }))
}

/// One row, or the rows of one method at several seeds: each seed is one value then, as the trials of one may share a sample.
fn point(rows: &[(f64, &TableRow)], style: &Style) -> Option<Point> {
    let trials: Vec<f64> = rows
        .iter()
        .flat_map(|(_, row)| row.primary_values(style))
        .collect();
    let &(x, first) = rows.first()?;
    let (y, band) = if rows.len() == 1 {
        (first.center(style)?, first.interval(style))
    } else {
        let centers: Vec<f64> = (rows.iter())
            .filter_map(|(_, row)| row.center(style))
            .collect();
        let y = metric::summarize(&centers, style.ddof)?.center(style.center);
        (y, center_interval(first.primary, style.center, &centers))
    };
    Some(Point {
        x,
        y,
        band: band.map(|ends| (ends.low, ends.high)),
        trials: if trials.len() > 1 { trials } else { Vec::new() },
    })
}

/// The other swept keys of a kind with their values, as `dataset=tweets`, but for the seed and those that this one determines.
fn others(arm: &Arm, arms: &[Arm], key: &str, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let others = arm.row.point.iter();
    others
        .filter(|(name, _)| name != key && name != SEED && wanted(name))
        .filter(|(name, _)| !determines(arms, key, name))
        .map(|(name, value)| {
            let short = name.rsplit('.').next().unwrap_or(name);
            match value {
                Value::String(text) => format!("{short}={text}"),
                value => format!("{short}={value}"),
            }
        })
        .collect()
}

fn axis(key: &str) -> String {
    let known = NAMES.iter().find(|(end, _)| key.ends_with(end));
    known.map_or_else(|| key.to_owned(), |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests;
