//! Intervals against SciPy's, and how often they cover the truth.

use serde::Deserialize;

use super::*;
use crate::testing::{close, golden, normals};
use crate::{Center, summarize};

#[derive(Deserialize)]
struct Golden {
    rows: Vec<Row>,
    student: Vec<(f64, f64, f64)>,
}

#[derive(Deserialize)]
struct Row {
    values: Vec<f64>,
    iqm: f64,
    t: [f64; 2],
    bootstrap: Bootstrap,
}

#[derive(Deserialize)]
struct Bootstrap {
    mean: [f64; 2],
    median: [f64; 2],
    iqm: [f64; 2],
}

const MEAN: Statistic = Statistic::Center(Center::Mean);
const MEDIAN: Statistic = Statistic::Center(Center::Median);

#[test]
fn quantiles_of_student_are_scipys() {
    let golden: Golden = golden("seeds.json");
    for (probability, degrees, expected) in golden.student {
        let got = student_quantile(probability, degrees);
        close(
            &format!("t({probability}, {degrees})"),
            got,
            expected,
            1e-9 * expected,
        );
    }
}

#[test]
fn t_intervals_and_interquartile_means_are_scipys() {
    let golden: Golden = golden("seeds.json");
    for row in golden.rows {
        let n = row.values.len();
        let Interval { low, high } = t_interval(&row.values).unwrap();
        close(&format!("low of {n}"), low, row.t[0], 1e-10);
        close(&format!("high of {n}"), high, row.t[1], 1e-10);
        close(
            "iqm",
            summarize(&row.values, 1).unwrap().iqm,
            row.iqm,
            1e-14,
        );
    }
}

/// SciPy draws 200,000 resamples, we 10,000. A percentile q of a normal distribution has the standard error √(q (1 − q) / 10,000) / φ in
/// units of its standard deviation: at q = 0.988, the expanded level for n = 15, that is 0.035, for half a width of 2.2. Medians move in
/// steps. So a tenth of the width is allowed.
#[test]
fn bootstrap_intervals_are_scipys() {
    let golden: Golden = golden("seeds.json");
    for row in golden.rows.iter().filter(|row| row.values.len() > 3) {
        for (statistic, expected) in [
            (MEAN, row.bootstrap.mean),
            (MEDIAN, row.bootstrap.median),
            (Statistic::InterquartileMean, row.bootstrap.iqm),
        ] {
            let Interval { low, high } = bootstrap_interval(&row.values, statistic).unwrap();
            let tolerance = 0.1 * (expected[1] - expected[0]);
            let what = format!("{statistic:?} of {}", row.values.len());
            close(&what, low, expected[0], tolerance);
            close(&what, high, expected[1], tolerance);
        }
    }
}

#[test]
fn one_value_has_no_interval_and_equal_ones_have_no_width() {
    assert_eq!(t_interval(&[0.5]), None);
    assert_eq!(bootstrap_interval(&[0.5], MEAN), None);
    let all = Interval {
        low: 0.5,
        high: 0.5,
    };
    assert_eq!(bootstrap_interval(&[0.5; 5], MEAN), Some(all));
    assert_eq!(t_interval(&[0.5; 5]), Some(all));
}

/// The share of `experiments` of `n` normal values whose interval covers the true centre.
fn coverage(experiments: usize, n: usize, interval: impl Fn(&[f64]) -> Interval) -> f64 {
    let covered = (0..experiments).filter(|&number| {
        let values = normals("coverage", number, n);
        interval(&values).contains(0.0)
    });
    covered.count() as f64 / experiments as f64
}

/// 2,000 experiments have a standard error of 0.5 %.
#[test]
fn t_intervals_cover_95_percent() {
    for n in [3, 5, 15] {
        let share = coverage(2000, n, |values| t_interval(values).unwrap());
        assert!((0.93..=0.97).contains(&share), "n = {n}: {share}");
    }
}

/// 1,000 experiments have a standard error of 0.7 %.
#[test]
fn bootstrap_intervals_cover_95_percent() {
    let share = coverage(1000, 15, |values| bootstrap_interval(values, MEAN).unwrap());
    assert!((0.93..=0.97).contains(&share), "{share}");
}

/// The figures of docs/statistics.md: `cargo test --release -p fsl-metrics --lib -- --ignored --nocapture coverage_table`.
#[test]
#[ignore = "takes minutes; prints the figures of docs/statistics.md"]
fn coverage_table() {
    for n in [5, 10, 15, 30] {
        let t = coverage(20_000, n, |values| t_interval(values).unwrap());
        let [mean, median, iqm] = [MEAN, MEDIAN, Statistic::InterquartileMean].map(|statistic| {
            coverage(4000, n, |values| {
                bootstrap_interval(values, statistic).unwrap()
            })
        });
        println!("n = {n}: t {t:.3}, bootstrap mean {mean:.3}, median {median:.3}, iqm {iqm:.3}");
    }
}
