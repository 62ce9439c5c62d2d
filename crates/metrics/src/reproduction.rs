//! Reproduction of published figures: the check within the tolerance that the spread of runs and the test set imply.
//!
//! The rule, with its formulas and what it cannot know, is in `docs/published.md`.

use std::f64::consts::PI;

use super::distribution::student_quantile;
use super::{Center, summarize};

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
pub enum Randomness {
    /// Nothing: the method draws no random number.
    None,
    /// A random answer for each text on its own: its spread is the sampling error itself.
    PerText,
    /// Seeds of training.
    Seeds,
}

/// The spread of a single value that was made of several members, such as an ensemble's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MemberSpread {
    /// The value's standard deviation where as many members are drawn anew with replacement; a fraction.
    pub sd: f64,
    /// How many members there are; their number less one is the spread's degrees of freedom.
    pub members: usize,
}

/// One figure of a row of ours.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// Its value in every finished trial, fractions.
    pub values: &'a [f64],
    /// Whether every trial that was asked for is finished.
    pub complete: bool,
    /// What makes trials differ.
    pub chance: Randomness,
    /// The spread of a single value by resampling its members. Not looked at where there are several values.
    pub resampled: Option<MemberSpread>,
    /// The figure's standard error over test sets ([`Metric::sampling_error`](super::Metric::sampling_error)).
    pub sampling_error: f64,
}

/// The outcome of a check against a published figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reproduction {
    /// The difference is no larger than the tolerance.
    Reproduced,
    /// The difference is larger.
    Outside,
    /// There is nothing to compare, or no spread to compare by.
    CannotTell,
}

/// A verdict and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReproductionCheck {
    /// The verdict.
    pub verdict: Reproduction,
    /// Our figure in the published cell's statistic (mean or median); of the finished trials where some are missing.
    pub ours: Option<f64>,
    /// The published figure.
    pub published: Option<f64>,
    /// The largest difference that counts as none. 0 where figures must be equal as printed, `None` where nothing is compared.
    pub tolerance: Option<f64>,
    /// Why.
    pub grounds: Basis,
}

/// What a verdict rests on. Errors are standard errors, as fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Basis {
    /// No such figure was published.
    NotPublished,
    /// Trials are missing.
    Unfinished,
    /// Nothing is random: figures must be equal in percent with two decimals.
    Exact,
    /// Random answers on both sides.
    PerText {
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

impl ReproductionCheck {
    /// Observed less published.
    pub fn difference(&self) -> Option<f64> {
        Some(self.ours? - self.published?)
    }
}

/// Judges one figure.
pub fn check_reproduction(ours: &Observed, published: Option<&PublishedCell>) -> ReproductionCheck {
    let center = published.map_or(Center::Mean, |cell| cell.center);
    let mut judgement = ReproductionCheck {
        verdict: Reproduction::CannotTell,
        ours: summarize(ours.values, 1).map(|summary| summary.center(center)),
        published: published.map(|cell| cell.value),
        tolerance: None,
        grounds: Basis::NotPublished,
    };
    let Some(cell) = published else {
        return judgement;
    };
    let Some(value) = judgement.ours.filter(|_| ours.complete) else {
        judgement.grounds = Basis::Unfinished;
        return judgement;
    };
    let (grounds, tolerance) = tolerance(ours, cell);
    let met = match grounds {
        Basis::Exact => hundredths(value) == hundredths(cell.value),
        _ => (value - cell.value).abs() <= tolerance,
    };
    judgement.verdict = match (met, grounds) {
        (true, _) => Reproduction::Reproduced,
        // Other seeds might bridge the gap: how much they move the figure is not known.
        (false, Basis::TestSetOnly { .. }) => Reproduction::CannotTell,
        (false, _) => Reproduction::Outside,
    };
    judgement.grounds = grounds;
    judgement.tolerance = Some(tolerance);
    judgement
}

/// Percent with two decimals, as a whole number of hundredths; halves go to the even one, as in NumPy.
fn hundredths(fraction: f64) -> i64 {
    (100.0 * fraction * 100.0).round_ties_even() as i64
}

fn tolerance(ours: &Observed, cell: &PublishedCell) -> (Basis, f64) {
    let sampling = ours.sampling_error;
    if ours.chance == Randomness::None && cell.sd.is_none_or(|sd| sd == 0.0) {
        return (Basis::Exact, 0.0);
    }
    if ours.chance == Randomness::PerText {
        let error = |n| sampling * center_variance(cell.center, n).sqrt();
        let (here, published) = (error(ours.values.len()), error(cell.n));
        let tolerance = quantile(f64::INFINITY) * here.hypot(published);
        return (Basis::PerText { here, published }, tolerance);
    }
    tolerance_from_spread(ours, cell).unwrap_or_else(|| {
        let tolerance = quantile(f64::INFINITY) * sampling;
        (Basis::TestSetOnly { sampling }, tolerance)
    })
}

/// The share of differences between equals that a tolerance covers is 2 · 0.975 − 1 = 95 %.
const QUANTILE: f64 = 0.975;

/// The tolerance from both sides' runs and the test set; `None` where neither side has a spread.
fn tolerance_from_spread(ours: &Observed, cell: &PublishedCell) -> Option<(Basis, f64)> {
    let (mine, theirs) = (RunSpread::ours(ours), RunSpread::published(cell));
    let shared = mine.or(theirs)?;
    let side = |own: Option<RunSpread>, n: usize| CenterError {
        error: own.unwrap_or(shared).sd * center_variance(cell.center, n).sqrt(),
        n: own.and_then(|own| own.members).unwrap_or(n),
        source: match own {
            None => SpreadSource::OtherSide,
            Some(own) if own.members.is_some() => SpreadSource::Members,
            Some(_) => SpreadSource::Runs,
        },
    };
    let (here, published) = (side(mine, ours.values.len()), side(theirs, cell.n));
    let [a, b] = [here.error.powi(2), published.error.powi(2)];
    // Satterthwaite 1946: the variance of a sum of estimated variances. A spread that serves both sides is estimated once.
    let doubt = match (mine, theirs) {
        (Some(mine), Some(theirs)) => a * a / mine.degrees + b * b / theirs.degrees,
        _ => (a + b).powi(2) / shared.degrees,
    };
    let degrees = if doubt > 0.0 {
        (a + b).powi(2) / doubt
    } else {
        f64::INFINITY
    };
    // Student's quantile is for the estimated part only: over both, a spread that came out small by chance would take the
    // doubt about it along.
    let student = quantile(degrees);
    let texts = quantile(f64::INFINITY) * ours.sampling_error;
    let grounds = Basis::Spread {
        here,
        published,
        sampling: ours.sampling_error,
        degrees,
        quantile: student,
    };
    Some((
        grounds,
        (student * student * (a + b) + texts * texts).sqrt(),
    ))
}

/// The spread of a single run.
#[derive(Debug, Clone, Copy)]
struct RunSpread {
    /// The sample standard deviation.
    sd: f64,
    degrees: f64,
    /// Of a value whose members were drawn anew.
    members: Option<usize>,
}

impl RunSpread {
    fn ours(ours: &Observed) -> Option<Self> {
        if let Some(sd) = summarize(ours.values, 1)?.sd {
            let degrees = (ours.values.len() - 1) as f64;
            return Some(Self {
                sd,
                degrees,
                members: None,
            });
        }
        let MemberSpread { sd, members } = ours.resampled.filter(|one| one.members > 1)?;
        Some(Self {
            sd,
            degrees: (members - 1) as f64,
            members: Some(members),
        })
    }

    fn published(cell: &PublishedCell) -> Option<Self> {
        let sd = cell.sd.filter(|_| cell.n > 1)?;
        let (n, degrees) = (cell.n as f64, (cell.n - 1) as f64);
        let to_sample = n - f64::from(cell.ddof);
        Some(Self {
            sd: sd * (to_sample / degrees).sqrt(),
            degrees,
            members: None,
        })
    }
}

/// The variance of a centre over `n` runs, where a single run has the variance 1: 1 / n for means, π / (2 n + π − 2) for
/// medians of normal runs. The latter is 1 at n = 1 and the usual π / (2 n) for large n; in between, the error that follows
/// from it is at most 1 % too narrow (odd n) and 8 % too wide (even n). A median of two is a mean.
fn center_variance(center: Center, n: usize) -> f64 {
    let n = n.max(1) as f64;
    match center {
        Center::Median if n > 2.0 => PI / (2.0 * n + PI - 2.0),
        Center::Median | Center::Mean => 1.0 / n,
    }
}

/// The 97.5 % quantile of Student's t for at least one degree of freedom; the normal one beyond 100,000.
fn quantile(degrees: f64) -> f64 {
    student_quantile(QUANTILE, degrees)
}

#[cfg(test)]
mod tests;
