//! Lines of arms, without a picture.

use super::*;
use fsl_metrics::{Center, Confusion, Metric, Metrics, Randomness, RecordMetrics};
use fsl_report::{Diagnostics, RowState, TrialMetrics};

const WARMUP: &str = "row.fsl.method.finetune.warmup";

/// An arm of `fsl` with these F1.
fn arm(point: &[(&str, Value)], f1: &[f64]) -> TableRow {
    let trial = |(trial, &f1): (u64, &f64)| TrialMetrics {
        trial,
        metrics: RecordMetrics::from(Metrics {
            f1,
            ..Confusion::default().into()
        }),
    };
    TableRow {
        id: "fsl".into(),
        arm_of: "fsl".into(),
        point: (point.iter())
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
        label: "fsl".into(),
        state: RowState::Complete,
        primary: Metric::primary(),
        trials: (0..).zip(f1).map(trial).collect(),
        ensemble: None,
        chance: Randomness::Seeds,
        published: None,
        diagnostics: Diagnostics::default(),
    }
}

fn lines(rows: &[TableRow], style: &Style) -> Vec<Series> {
    let arms: Vec<Arm> = rows
        .iter()
        .map(|row| Arm {
            row,
            facts: None,
            secs: None,
        })
        .collect();
    series(&arms, WARMUP, style)
}

#[test]
fn zero_is_a_place_on_the_axis() {
    let rows = [
        arm(&[(WARMUP, 0.1.into())], &[0.5]),
        arm(&[(WARMUP, 0.into())], &[0.4]),
    ];
    let lines = lines(&rows, &Style::default());
    let points: Vec<(f64, f64)> = (lines[0].points.iter())
        .map(|point| (point.x, point.y))
        .collect();
    assert_eq!((lines.len(), points), (1, vec![(0.0, 0.4), (0.1, 0.5)]));
}

#[test]
fn seeds_are_one_line_and_every_seed_one_value() {
    let at = |seed: u64, warmup: f64, f1: &[f64]| {
        arm(&[(SEED, seed.into()), (WARMUP, warmup.into())], f1)
    };
    let rows = [
        at(1, 0.1, &[0.50, 0.60]),
        at(1, 0.2, &[0.70]),
        at(2, 0.1, &[0.57]),
        at(2, 0.2, &[0.75]),
        at(3, 0.1, &[0.56]),
    ];
    let lines = lines(&rows, &Style::default());
    assert_eq!((lines.len(), lines[0].points.len()), (1, 2));
    let first = &lines[0].points[0];
    assert!((first.y - 0.56).abs() < 1e-12, "{first:?}");
    assert_eq!(first.trials, [0.50, 0.60, 0.57, 0.56]);
    let (low, high) = first.band.unwrap();
    // Three values with a standard deviation of 0.01: 4.303 of it by √3 either way.
    assert!((high - low - 2.0 * 0.024_84).abs() < 1e-4, "{low} {high}");
}

#[test]
fn points_and_bands_are_of_the_style_s_centre() {
    let rows = [arm(&[(WARMUP, 0.1.into())], &[0.1, 0.6, 0.62, 0.61, 0.63])];
    let style = |center| Style {
        center,
        ..Style::default()
    };
    let median = &lines(&rows, &style(Center::Median))[0].points[0];
    assert!((median.y - 0.61).abs() < 1e-12, "{median:?}");
    let mean = &lines(&rows, &style(Center::Mean))[0].points[0];
    assert!((mean.y - 0.512).abs() < 1e-12, "{mean:?}");
    assert_ne!(mean.band, median.band);
}
