//! Intervals that cover the truth in 95 % of experiments: Student's t and the bootstrap.

use super::distribution::{mean, normal_below, sample_quantile, student_quantile, variance};
use super::rng::{StatisticRng, affordable, below};
use super::{Center, summary};

/// The share of experiments whose interval covers the truth.
pub const LEVEL: f64 = 0.95;

/// The quantile that leaves the same share out at either end.
pub(super) const UPPER: f64 = 0.5 + LEVEL / 2.0;

/// A range of values, in the unit of what it is about.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// `center` ± `half`.
    pub fn around(center: f64, half: f64) -> Self {
        Self {
            low: center - half,
            high: center + half,
        }
    }

    /// Whether `value` lies within, ends included.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// Student's interval of a mean: x̄ ± t s / √n with s the sample standard deviation and t the 97.5 % quantile for n − 1 degrees of
/// freedom (Student 1908). `None` for fewer than two values.
pub fn t_interval(values: &[f64]) -> Option<Interval> {
    let n = values.len() as f64;
    (values.len() > 1).then(|| {
        let error = (variance(values) / n).sqrt();
        Interval::around(mean(values), student_quantile(UPPER, n - 1.0) * error)
    })
}

/// The interval of a mean of several models, as if they had been drawn at random: `value` ± t √(M / (M − 1)) `sd`, where `sd` is the standard
/// deviation with M members drawn anew with replacement, and t has M − 1 degrees of freedom.
pub fn member_interval(value: f64, sd: f64, members: usize) -> Interval {
    let degrees = members.saturating_sub(1).max(1) as f64;
    let mended = (members as f64 / degrees).sqrt() * sd;
    Interval::around(value, student_quantile(UPPER, degrees) * mended)
}

/// Resamples behind a bootstrap interval of up to 2,000 values. Its ends then wobble by about 2 % of its width.
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
    pub fn compute(self, values: &[f64]) -> f64 {
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
    let draws = StatisticRng::new("interval");
    let mut resample = vec![0.0; n];
    let mut figures: Vec<f64> = (0..affordable(BOOTSTRAP_RESAMPLES, n))
        .map(|number| {
            let mut random = draws.for_resample(number);
            for value in &mut resample {
                *value = values[below(&mut random, n as u32) as usize];
            }
            statistic.compute(&resample)
        })
        .collect();
    Some(percentiles(&mut figures, expanded_level(n)))
}

/// The upper percentile at which an interval of `n` values is read off.
pub(super) fn expanded_level(n: usize) -> f64 {
    let n = n as f64;
    let t = student_quantile(UPPER, n - 1.0);
    normal_below(t * (n / (n - 1.0)).sqrt())
}

/// The values at `upper` and 1 − `upper`; sorts them.
pub(super) fn percentiles(figures: &mut [f64], upper: f64) -> Interval {
    figures.sort_by(f64::total_cmp);
    Interval {
        low: sample_quantile(figures, 1.0 - upper),
        high: sample_quantile(figures, upper),
    }
}

#[cfg(test)]
mod tests;
