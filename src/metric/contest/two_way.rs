//! Trials and texts drawn at once.

use super::super::distribution::variance;
use super::super::draws::Draws;
use super::super::interval::{Interval, UPPER, percentiles};
use super::super::texts::{Change, Lanes, over_texts};
use super::row::{self, MEMBER_RESAMPLES, Row};
use super::side::{Contest, Link};

/// The two-way bootstrap: trials and texts drawn with replacement in every resample (Owen 2007, *The pigeonhole bootstrap*).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoWay {
    /// The standard deviation of the resamples.
    pub sd: f64,
    /// Their percentiles.
    pub interval: Interval,
    /// The share of resamples in which the first row is ahead, ties counting one half.
    pub ahead: f64,
}

pub(super) fn two_way(
    contest: &Contest,
    lanes: &Lanes,
    rows: &[Row; 2],
    resamples: usize,
) -> TwoWay {
    let draws = Draws::of("trials");
    let replace = |number: usize, lanes: &mut Lanes| {
        for row in rows {
            let drawn = row.drawn.get(number % MEMBER_RESAMPLES);
            if let Some(predictions) = drawn.and_then(|one| one.predictions.as_ref()) {
                lanes.replace(row.first, predictions.each_ref().map(Vec::as_slice));
            }
        }
    };
    let replaces = rows.iter().any(|row| !row.drawn.is_empty());
    let change: Option<&Change> = if replaces { Some(&replace) } else { None };
    let mut figures = over_texts(lanes, resamples, "two-way", change, |number, counts| {
        let [a, b] = weights(contest, rows, &draws, number);
        rows[0].figure(counts, a.as_deref()) - rows[1].figure(counts, b.as_deref())
    });
    let ahead = figures.iter().map(|&one| {
        if one > 0.0 {
            1.0
        } else if one < 0.0 {
            0.0
        } else {
            0.5
        }
    });
    let ahead = ahead.sum::<f64>() / figures.len() as f64;
    TwoWay {
        sd: variance(&figures).sqrt(),
        interval: percentiles(&mut figures, UPPER),
        ahead,
    }
}

/// How often each row's trials, or members, count in a resample; `None` for what stays as it is.
fn weights(
    contest: &Contest,
    rows: &[Row; 2],
    draws: &Draws,
    number: usize,
) -> [Option<Vec<u32>>; 2] {
    let mut random = draws.resample(number);
    let mut own = rows.each_ref().map(|row| {
        let drawn = row.drawn.get(number % MEMBER_RESAMPLES);
        drawn
            .map(|one| one.weights.clone())
            .or_else(|| (row.trials > 1).then(|| row::weights(&mut random, row.trials)))
    });
    let [first, second] = &mut own;
    if contest.link == Link::Paired && rows[0].trials == rows[1].trials {
        second.clone_from(first);
    }
    own
}
