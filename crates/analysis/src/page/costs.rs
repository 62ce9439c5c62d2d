//! What scores cost: the primary metric against the time of a trial.

use std::collections::BTreeMap;

use serde_json::Value;

use super::curves::{Arm, MOST_ARMS, center_word};
use crate::error::AnalysisError;
use fsl_core::runner::PlannedRow;
use fsl_core::store::StoreError;
use fsl_metrics::summarize;
use fsl_report::html::Figure;
use fsl_report::plot::{self, CurvePlot, Point, Series};
use fsl_report::{Style, interval_words};

use crate::stored_view::StoredView;

/// Lines of one plot at most: more cannot be told apart.
const LINES: usize = 14;

/// The median seconds of a row's stored trials, of an ensemble those of all members together; `None` where nothing is stored.
///
/// # Errors
/// Results that cannot be read.
pub(crate) fn secs(row: &PlannedRow, view: StoredView) -> Result<Option<f64>, StoreError> {
    let mut all = Vec::new();
    for trial in view.trials(row) {
        all.extend(view.result(trial)?.map(|result| result.secs));
    }
    if row.members.is_empty() {
        return Ok(summarize(&all, 1).map(|summary| summary.median));
    }
    Ok((all.len() == row.members.len()).then(|| all.iter().sum()))
}

/// A plot for each dataset, or for each value of another swept key that is no number. A row is a line, its arms are points.
pub(crate) fn costs(
    arms: &[Arm],
    heading: &str,
    style: &Style,
) -> Result<Vec<Figure>, AnalysisError> {
    if arms.len() > MOST_ARMS {
        return Ok(Vec::new());
    }
    let mut places: BTreeMap<Vec<String>, Vec<Series>> = BTreeMap::new();
    for arm in arms {
        let (Some(x), Some(y)) = (arm.secs, arm.row.center(style)) else {
            continue;
        };
        let (own, place) = words(arm);
        let label = match own.as_slice() {
            [] => arm.row.arm_of.clone(),
            own => format!("{} ({})", arm.row.arm_of, own.join(", ")),
        };
        let band = arm.row.interval(style).map(|ends| (ends.low, ends.high));
        let trials = Vec::new();
        let point = Point { x, y, band, trials };
        let lines = places.entry(place).or_default();
        match lines.iter_mut().find(|line| line.label == label) {
            Some(line) => line.points.push(point),
            None => lines.push(Series {
                label,
                points: vec![point],
            }),
        }
    }
    let several = places
        .into_iter()
        .filter(|(_, lines)| (2..=LINES).contains(&lines.len()));
    several
        .map(|(place, lines)| figure(&place, lines, heading, style))
        .collect()
}

/// The swept values of an arm that are no numbers: those of its row, and those of data and trials.
fn words(arm: &Arm) -> (Vec<String>, Vec<String>) {
    let swept = arm.row.point.iter();
    let words = swept.filter_map(|(key, value)| match value {
        Value::String(text) => {
            let short = key.rsplit('.').next().unwrap_or(key);
            Some((key.starts_with("row."), format!("{short}={text}")))
        }
        _ => None,
    });
    let (own, others): (Vec<_>, Vec<_>) = words.partition(|(is_own, _)| *is_own);
    let text = |all: Vec<(bool, String)>| all.into_iter().map(|(_, text)| text).collect();
    (text(own), text(others))
}

fn figure(
    place: &[String],
    mut lines: Vec<Series>,
    heading: &str,
    style: &Style,
) -> Result<Figure, AnalysisError> {
    for line in &mut lines {
        line.points.sort_by(|one, other| one.x.total_cmp(&other.x));
    }
    let plot = plot::curve(&CurvePlot {
        x: "seconds of a trial".to_owned(),
        figure: heading.to_owned(),
        series: lines,
    })?;
    let values = place.iter().filter_map(|part| part.split_once('='));
    let name = values.fold("cost".to_owned(), |name, (_, value)| {
        format!("{name}-{value}")
    });
    let at = match place {
        [] => String::new(),
        place => format!(" at {}", place.join(", ")),
    };
    Ok(Figure {
        name,
        plot,
        caption: format!(
            "{heading} against the median seconds of a trial{at}: the {} and its 95 % interval (bands; {}). The further up and to the left, the better. Times are those of the machine, of trials that found texts' vectors in the cache or did not, and without those of teachers; of an ensemble those of all members.",
            center_word(style),
            interval_words(style.center)
        ),
    })
}
