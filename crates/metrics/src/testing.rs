//! Helpers for the tests of statistics.

use std::f64::consts::TAU;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde::de::DeserializeOwned;

use super::rng::StatisticRng;

/// A file of `tests/golden/statistics`.
pub(super) fn golden<T: DeserializeOwned>(file: &str) -> T {
    let path = fsl_test_support::golden("statistics").join(file);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[track_caller]
pub(super) fn close(what: &str, got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance,
        "{what}: {got} against {expected}"
    );
}

/// One standard normal number (Box & Muller).
pub(super) fn normal(random: &mut ChaCha8Rng) -> f64 {
    let (length, angle): (f64, f64) = (random.random(), random.random());
    (-2.0 * (1.0 - length).ln()).sqrt() * (TAU * angle).cos()
}

/// `n` standard normal numbers.
pub(super) fn normals(purpose: &str, number: usize, n: usize) -> Vec<f64> {
    let mut random = StatisticRng::new(purpose).for_resample(number);
    (0..n).map(|_| normal(&mut random)).collect()
}
