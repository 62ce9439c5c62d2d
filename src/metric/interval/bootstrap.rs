//! The bootstrap interval of any statistic of a few trials.

use super::super::distribution::{normal_below, sample_quantile, student_quantile};
use super::super::draws::{Draws, below};
use super::super::{Center, summary};
use super::{Interval, UPPER};

/// Resamples behind a bootstrap interval. Its ends then wobble by about 2 % of its width.
pub const BOOTSTRAP_RESAMPLES: usize = 10_000;

/// What is computed of every resample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// The mean or the median.
    Center(Center),
    /// The mean of the middle half.
    InterquartileMean,
}

impl Statistic {
    /// Its value for at least one value.
    pub fn of(self, values: &[f64]) -> f64 {
        match self {
            Self::Center(Center::Mean) => values.iter().sum::<f64>() / values.len() as f64,
            Self::Center(Center::Median) => summary::median(values),
            Self::InterquartileMean => summary::interquartile_mean(values),
        }
    }
}

/// The expanded percentile interval (Hesterberg 2015, arXiv 1411.5279, section 5.3) of a statistic, from [`BOOTSTRAP_RESAMPLES`] times
/// n values drawn with replacement. `None` for fewer than two values.
///
/// The plain percentile interval is too narrow for few trials: it has the population's standard deviation (ddof 0) and the normal
/// quantile where Student's t has s and t. Taking the percentiles at Φ(∓ t √(n / (n − 1))) mends both. With n ≤ 4 these are the
/// smallest and the largest resample.
pub fn bootstrap_interval(values: &[f64], statistic: Statistic) -> Option<Interval> {
    let n = values.len();
    if n < 2 {
        return None;
    }
    let draws = Draws::of("interval");
    let mut resample = vec![0.0; n];
    let mut figures: Vec<f64> = (0..BOOTSTRAP_RESAMPLES)
        .map(|number| {
            let mut random = draws.resample(number);
            for value in &mut resample {
                *value = values[below(&mut random, n as u32) as usize];
            }
            statistic.of(&resample)
        })
        .collect();
    Some(percentiles(&mut figures, expanded_level(n)))
}

/// The upper percentile at which an interval of `n` values is read off.
pub(in super::super) fn expanded_level(n: usize) -> f64 {
    let n = n as f64;
    let t = student_quantile(UPPER, n - 1.0);
    normal_below(t * (n / (n - 1.0)).sqrt())
}

/// The values at `upper` and 1 − `upper`; sorts them.
pub(in super::super) fn percentiles(figures: &mut [f64], upper: f64) -> Interval {
    figures.sort_by(f64::total_cmp);
    Interval {
        low: sample_quantile(figures, 1.0 - upper),
        high: sample_quantile(figures, upper),
    }
}
