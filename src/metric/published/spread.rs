//! The tolerance that follows from the spread of runs.

use std::f64::consts::PI;

use super::super::distribution::student_quantile;
use super::super::{Center, summarize};
use super::{CenterError, Grounds, Ours, PublishedCell, Resampled, SpreadSource};

/// The share of differences between equals that a tolerance covers is 2 · 0.975 − 1 = 95 %.
const QUANTILE: f64 = 0.975;

/// The tolerance from both sides' runs and the test set; `None` where neither side has a spread.
pub(super) fn tolerance(ours: &Ours, cell: &PublishedCell) -> Option<(Grounds, f64)> {
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
    let grounds = Grounds::Spread {
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
    fn ours(ours: &Ours) -> Option<Self> {
        if let Some(sd) = summarize(ours.values, 1)?.sd {
            let degrees = (ours.values.len() - 1) as f64;
            return Some(Self {
                sd,
                degrees,
                members: None,
            });
        }
        let Resampled { sd, members } = ours.resampled.filter(|one| one.members > 1)?;
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
pub(super) fn center_variance(center: Center, n: usize) -> f64 {
    let n = n.max(1) as f64;
    match center {
        Center::Median if n > 2.0 => PI / (2.0 * n + PI - 2.0),
        Center::Median | Center::Mean => 1.0 / n,
    }
}

/// The 97.5 % quantile of Student's t for at least one degree of freedom; the normal one beyond 100,000.
pub(super) fn quantile(degrees: f64) -> f64 {
    student_quantile(QUANTILE, degrees)
}
