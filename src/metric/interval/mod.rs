//! Intervals that cover the truth in 95 % of experiments.

mod bootstrap;

use super::distribution::{mean, student_quantile, variance};

pub use bootstrap::{BOOTSTRAP_RESAMPLES, Statistic, bootstrap_interval};
pub(super) use bootstrap::{expanded_level, percentiles};

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

    /// The part of it that lies in [0, 1]: no F1, precision or recall lies elsewhere.
    #[must_use]
    pub fn clipped(self) -> Self {
        Self {
            low: self.low.clamp(0.0, 1.0),
            high: self.high.clamp(0.0, 1.0),
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

#[cfg(test)]
mod tests;
