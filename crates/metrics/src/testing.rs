//! Helpers for the tests of statistics.

use std::f64::consts::TAU;

use fsl_common::classes::Label;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::rng::StatisticRng;

/// A file of `tests/golden/statistics`.
pub(super) fn golden<T: DeserializeOwned>(file: &str) -> T {
    let path = fsl_test_support::golden("statistics").join(file);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Two rows over the same texts, and the noise of their difference in F1 by NumPy's resampling.
#[derive(Deserialize)]
pub(super) struct NoiseCase {
    pub(super) labels: Vec<Label>,
    /// Trials of predicted labels.
    pub(super) a: Vec<Vec<Label>>,
    pub(super) b: Vec<Vec<Label>>,
    pub(super) f1: [f64; 2],
    /// Standard deviation, 2.5 and 97.5 percentile over resamples of texts.
    pub(super) texts: [f64; 3],
    /// The same over resamples of texts and trials.
    pub(super) two_way: [f64; 3],
}

/// The cases of `texts.json`.
pub(super) fn noise_cases() -> Vec<NoiseCase> {
    #[derive(Deserialize)]
    struct Golden {
        contests: Vec<NoiseCase>,
    }
    golden::<Golden>("texts.json").contests
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
