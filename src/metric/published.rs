//! Whether a figure equals a published one, as far as the runs' own spread and the test set can tell.
//!
//! The rule, with its formulas and what it cannot know, is in `docs/published.md`.

mod spread;

use super::{Center, summarize};
use spread::{center_variance, quantile};

/// A published cell, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PublishedCell {
    /// The figure.
    pub value: f64,
    /// Its standard deviation over runs, where one was printed.
    pub sd: Option<f64>,
    /// The runs behind it; at least 1.
    pub n: usize,
    /// What `value` is of several runs.
    pub center: Center,
    /// Degrees of freedom taken off `n` in `sd`: 0 or 1.
    pub ddof: u8,
}

/// What makes the runs of a row differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chance {
    /// Nothing: the method draws no random number.
    None,
    /// Coins, thrown for each text on its own: their spread is the sampling error itself.
    Coins,
    /// Seeds of training.
    Seeds,
}

/// The spread of a single value that was made of several members, such as an ensemble's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resampled {
    /// The value's standard deviation where as many members are drawn anew with replacement; a fraction.
    pub sd: f64,
    /// How many members there are; their number less one is the spread's degrees of freedom.
    pub members: usize,
}

/// One figure of a row of ours.
#[derive(Debug, Clone, Copy)]
pub struct Ours<'a> {
    /// Its value in every finished trial, fractions.
    pub values: &'a [f64],
    /// Whether every trial that was asked for is finished.
    pub complete: bool,
    /// What makes trials differ.
    pub chance: Chance,
    /// The spread of a single value by resampling its members. Not looked at where there are several values.
    pub resampled: Option<Resampled>,
    /// The figure's standard error over test sets ([`SamplingErrors`](super::SamplingErrors)).
    pub sampling_error: f64,
}

/// Whether a published figure was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The difference is no larger than the tolerance.
    Reproduced,
    /// The difference is larger.
    Outside,
    /// There is nothing to compare, or no spread to compare by.
    CannotTell,
}

/// A verdict and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Our figure in the published cell's statistic (mean or median); of the finished trials where some are missing.
    pub ours: Option<f64>,
    /// The published figure.
    pub published: Option<f64>,
    /// The largest difference that counts as none. 0 where figures must be equal as printed, `None` where nothing is compared.
    pub tolerance: Option<f64>,
    /// Why.
    pub grounds: Grounds,
}

/// What a verdict rests on. Errors are standard errors, as fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Grounds {
    /// No such figure was published.
    NotPublished,
    /// Trials are missing.
    Unfinished,
    /// Nothing is random: figures must be equal in percent with two decimals.
    Exact,
    /// Coins on both sides.
    Coins {
        /// The error of our centre.
        here: f64,
        /// The error of the published centre.
        published: f64,
    },
    /// Neither side has a spread; only the test set is known.
    TestSetOnly {
        /// The figure's sampling error.
        sampling: f64,
    },
    /// The spread of runs and the test set.
    Spread {
        /// Our centre's error.
        here: CenterError,
        /// The published centre's error.
        published: CenterError,
        /// The figure's sampling error.
        sampling: f64,
        /// Student's degrees of freedom of both centres' difference, after Welch and Satterthwaite; infinite where runs do
        /// not vary.
        degrees: f64,
        /// Student's 97.5 % quantile for them.
        quantile: f64,
    },
}

/// How well a centre over runs is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CenterError {
    /// The standard error.
    pub error: f64,
    /// The runs, or the members of a single resampled value.
    pub n: usize,
    /// Where the spread of a single run comes from.
    pub source: SpreadSource,
}

/// Where the spread of a single run comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpreadSource {
    /// The side's own runs.
    Runs,
    /// Members drawn anew.
    Members,
    /// The other side: this one has none of its own.
    OtherSide,
}

impl Judgement {
    /// Ours less published.
    pub fn difference(&self) -> Option<f64> {
        Some(self.ours? - self.published?)
    }
}

/// Judges one figure.
pub fn judge(ours: &Ours, published: Option<&PublishedCell>) -> Judgement {
    let center = published.map_or(Center::Mean, |cell| cell.center);
    let mut judgement = Judgement {
        verdict: Verdict::CannotTell,
        ours: summarize(ours.values, 1).map(|summary| summary.center(center)),
        published: published.map(|cell| cell.value),
        tolerance: None,
        grounds: Grounds::NotPublished,
    };
    let Some(cell) = published else {
        return judgement;
    };
    let Some(value) = judgement.ours.filter(|_| ours.complete) else {
        judgement.grounds = Grounds::Unfinished;
        return judgement;
    };
    let (grounds, tolerance) = tolerance(ours, cell);
    let met = match grounds {
        Grounds::Exact => hundredths(value) == hundredths(cell.value),
        _ => (value - cell.value).abs() <= tolerance,
    };
    judgement.verdict = match (met, grounds) {
        (true, _) => Verdict::Reproduced,
        // Other seeds might bridge the gap: how much they move the figure is not known.
        (false, Grounds::TestSetOnly { .. }) => Verdict::CannotTell,
        (false, _) => Verdict::Outside,
    };
    judgement.grounds = grounds;
    judgement.tolerance = Some(tolerance);
    judgement
}

/// Percent with two decimals, as a whole number of hundredths; halves go to the even one, as in NumPy.
fn hundredths(fraction: f64) -> i64 {
    (100.0 * fraction * 100.0).round_ties_even() as i64
}

fn tolerance(ours: &Ours, cell: &PublishedCell) -> (Grounds, f64) {
    let sampling = ours.sampling_error;
    if ours.chance == Chance::None && cell.sd.is_none_or(|sd| sd == 0.0) {
        return (Grounds::Exact, 0.0);
    }
    if ours.chance == Chance::Coins {
        let error = |n| sampling * center_variance(cell.center, n).sqrt();
        let (here, published) = (error(ours.values.len()), error(cell.n));
        let tolerance = quantile(f64::INFINITY) * here.hypot(published);
        return (Grounds::Coins { here, published }, tolerance);
    }
    spread::tolerance(ours, cell).unwrap_or_else(|| {
        let tolerance = quantile(f64::INFINITY) * sampling;
        (Grounds::TestSetOnly { sampling }, tolerance)
    })
}

#[cfg(test)]
mod tests;
