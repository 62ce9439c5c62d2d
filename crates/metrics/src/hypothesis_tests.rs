//! Tests of two rows: the sign-flip and the permutation test over seeds, McNemar's over texts, and Holm's correction for several.

use fsl_common::classes::Label;
use rand::Rng as _;
use rayon::prelude::*;
use statrs::distribution::{Binomial, DiscreteCDF};

use super::rng::{StatisticRng, below};

/// Random draws of a test that is too large to be enumerated, of up to 2,000 values.
pub const DRAWS: usize = 100_000;

/// Values that the draws of a test go over in all, where these are more.
const DRAWN_VALUES: usize = 200_000_000;

/// The fewest draws, which can tell p = 0.0001.
const FEWEST_DRAWS: usize = 10_000;

/// Draws of a test of so many values.
fn draws(values: usize) -> usize {
    (DRAWN_VALUES / values.max(1)).clamp(FEWEST_DRAWS, DRAWS)
}

/// A difference this close to another, beside the sum of all values, counts as equal: sums differ in their last digits by order.
const TIE: f64 = 1e-9;

/// A two-sided test by counting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeedTest {
    /// The probability of a difference at least this large, were both rows alike.
    pub p: f64,
    /// Whether every arrangement was counted; otherwise random ones were, the observed one added (Phipson & Smyth 2010).
    pub exact: bool,
    /// How many random ones: [`DRAWS`], or fewer of more than 2,000 values; 0 where every one was counted.
    pub draws: usize,
    /// The smallest p that so few values can give.
    pub least: f64,
}

impl SeedTest {
    /// Whether the test can come out below a level at all.
    pub fn can_decide(&self, level: f64) -> bool {
        self.least < level
    }
}

/// p of a random test: `as_far` of `draws` arrangements are at least as far out as the observed one, which counts as one of them.
fn drawn_p(as_far: usize, draws: usize) -> f64 {
    (as_far + 1) as f64 / (draws + 1) as f64
}

/// Pairs up to which every arrangement of signs is counted.
const EXACT_PAIRS: usize = 20;

/// Whether paired differences lie around 0: were the rows alike, each difference could as well have had the other sign. p is the
/// share of the 2ⁿ arrangements of signs whose mean is at least as far from 0 as the observed one. `None` for no pairs.
///
/// Up to 20 pairs every arrangement is counted, beyond that [`DRAWS`] random ones or fewer of many pairs. With n pairs p cannot be smaller than 2 / 2ⁿ:
/// fewer than six pairs never reach 5 %.
pub fn sign_flip(differences: &[f64]) -> Option<SeedTest> {
    let n = differences.len();
    if n == 0 {
        return None;
    }
    let scale: f64 = differences.iter().map(|one| one.abs()).sum();
    let bound = differences.iter().sum::<f64>().abs() - TIE * scale;
    let exact = n <= EXACT_PAIRS;
    let p = if exact {
        enumerated_flips(differences, bound)
    } else {
        drawn_flips(differences, bound)
    };
    Some(SeedTest {
        p,
        exact,
        draws: if exact { 0 } else { draws(n) },
        least: least_of_flips(n),
    })
}

/// The smallest p that the test of so many pairs can give.
pub(super) fn least_of_flips(n: usize) -> f64 {
    if n <= EXACT_PAIRS {
        2.0_f64.powi(1 - n as i32)
    } else {
        drawn_p(0, draws(n))
    }
}

/// Every arrangement in which the last sign stays: the others are their mirror images.
fn enumerated_flips(differences: &[f64], bound: f64) -> f64 {
    let (last, flipped) = match differences.split_last() {
        Some((last, others)) => (*last, others),
        None => return 1.0,
    };
    let arrangements = 1_u32 << flipped.len();
    let mut sum = last + flipped.iter().sum::<f64>();
    let mut as_far = u32::from(sum.abs() >= bound);
    // In Gray's order each arrangement differs from the one before by a single sign.
    let mut negative = 0_u32;
    for step in 1..arrangements {
        let place = step.trailing_zeros();
        negative ^= 1 << place;
        let change = 2.0 * flipped[place as usize];
        sum += if negative >> place & 1 == 1 {
            -change
        } else {
            change
        };
        as_far += u32::from(sum.abs() >= bound);
    }
    f64::from(as_far) / f64::from(arrangements)
}

fn drawn_flips(differences: &[f64], bound: f64) -> f64 {
    let (draws, count) = (StatisticRng::new("sign-flip"), draws(differences.len()));
    let as_far = (0..count)
        .into_par_iter()
        .filter(|&number| {
            let mut random = draws.for_resample(number);
            let signs = differences.chunks(64).map(|part| {
                let bits = random.next_u64();
                let signed = |(place, value): (usize, &f64)| {
                    if bits >> place & 1 == 1 {
                        -value
                    } else {
                        *value
                    }
                };
                part.iter().enumerate().map(signed).sum::<f64>()
            });
            signs.sum::<f64>().abs() >= bound
        })
        .count();
    drawn_p(as_far, count)
}

/// Divisions up to which every one is counted.
const EXACT_DIVISIONS: f64 = 200_000.0;
/// A variance this small beside all values' squares is what rounding leaves of 0.
const NO_VARIANCE: f64 = 1e-12;

/// Whether two rows' means differ: were the rows alike, the values could be divided between them in any other way. p is twice the
/// smaller of the shares of divisions whose t is at least, or at most, the observed one. `None` where a row has no value.
///
/// The statistic is Welch's t, not the difference of the means: rows with the same mean may well have other spreads, and where the rows'
/// sizes differ too, a bare difference is then called too rarely or too often; divided by its standard error it is not, up to what few values
/// leave. Up to 200,000 divisions every one is counted, beyond that [`DRAWS`] random ones, fewer of many
/// values.
pub fn permutation(a: &[f64], b: &[f64]) -> Option<SeedTest> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let pool = Pool::new(a, b);
    let observed = pool.t(&(0..a.len()).collect::<Vec<usize>>());
    let tie = if observed.is_finite() {
        TIE * observed.abs().max(1.0)
    } else {
        0.0
    };
    let bounds = [observed - tie, observed + tie];
    let exact = divisions(a.len(), b.len()) <= EXACT_DIVISIONS;
    let (above, below, of) = if exact {
        enumerated_divisions(&pool, bounds)
    } else {
        drawn_divisions(&pool, bounds)
    };
    let share = |count: usize| {
        if exact {
            count as f64 / of as f64
        } else {
            drawn_p(count, of)
        }
    };
    Some(SeedTest {
        p: (2.0 * share(above.min(below))).min(1.0),
        exact,
        draws: if exact { 0 } else { of },
        least: least_of_divisions(a.len(), b.len()),
    })
}

/// The smallest p that the test of so many values can give.
pub(super) fn least_of_divisions(n: usize, m: usize) -> f64 {
    let all = divisions(n, m);
    let smallest = if all <= EXACT_DIVISIONS {
        1.0 / all
    } else {
        drawn_p(0, draws(n + m))
    };
    (2.0 * smallest).min(1.0)
}

fn divisions(n: usize, m: usize) -> f64 {
    binomial(n + m, n.min(m))
}

/// All values, less their mean, and how many are the first row's.
struct Pool {
    values: Vec<f64>,
    size: usize,
    squares: f64,
}

impl Pool {
    fn new(a: &[f64], b: &[f64]) -> Self {
        let count = (a.len() + b.len()) as f64;
        let mean = a.iter().chain(b).sum::<f64>() / count;
        let values: Vec<f64> = a.iter().chain(b).map(|value| value - mean).collect();
        Self {
            squares: values.iter().map(|value| value * value).sum(),
            values,
            size: a.len(),
        }
    }

    /// Welch's t where the values at these places are the first row's; infinite where neither row varies.
    fn t(&self, places: &[usize]) -> f64 {
        let (sum, squares) = places.iter().fold((0.0, 0.0), |(sum, squares), &place| {
            let value = self.values[place];
            (sum + value, squares + value * value)
        });
        // What is left of values whose mean is 0.
        let first = Half::new(sum, squares, self.size);
        let second = Half::new(-sum, self.squares - squares, self.values.len() - self.size);
        let error = first.error + second.error;
        let difference = first.mean - second.mean;
        if error > NO_VARIANCE * self.squares {
            difference / error.sqrt()
        } else if difference.abs() > TIE * self.squares.sqrt() {
            f64::INFINITY.copysign(difference)
        } else {
            0.0
        }
    }
}

/// One side of a division.
struct Half {
    mean: f64,
    /// The variance of the mean.
    error: f64,
}

impl Half {
    fn new(sum: f64, squares: f64, n: usize) -> Self {
        let n = n as f64;
        let mean = sum / n;
        let variance = (squares - sum * mean) / (n - 1.0).max(1.0);
        Self {
            mean,
            error: variance.max(0.0) / n,
        }
    }
}

fn binomial(n: usize, k: usize) -> f64 {
    (0..k.min(n - k)).fold(1.0, |product, step| {
        product * (n - step) as f64 / (step + 1) as f64
    })
}

/// How many divisions have a t at least as high, how many one at most as high, and how many there are.
fn enumerated_divisions(pool: &Pool, [least, most]: [f64; 2]) -> (usize, usize, usize) {
    let (all_values, size) = (pool.values.len(), pool.size);
    let mut chosen: Vec<usize> = (0..size).collect();
    let (mut above, mut below, mut all) = (0, 0, 0);
    loop {
        let t = pool.t(&chosen);
        above += usize::from(t >= least);
        below += usize::from(t <= most);
        all += 1;
        // The next choice in lexicographic order.
        let movable = |&place: &usize| chosen[place] < all_values - size + place;
        let Some(place) = (0..size).rev().find(movable) else {
            return (above, below, all);
        };
        chosen[place] += 1;
        for next in place + 1..size {
            chosen[next] = chosen[next - 1] + 1;
        }
    }
}

fn drawn_divisions(pool: &Pool, [least, most]: [f64; 2]) -> (usize, usize, usize) {
    let (draws, count) = (StatisticRng::new("permutation"), draws(pool.values.len()));
    let one = |number: usize| {
        let mut random = draws.for_resample(number);
        let mut places: Vec<usize> = (0..pool.values.len()).collect();
        for place in 0..pool.size {
            let left = (places.len() - place) as u32;
            places.swap(place, place + below(&mut random, left) as usize);
        }
        let t = pool.t(&places[..pool.size]);
        (usize::from(t >= least), usize::from(t <= most))
    };
    let (above, below) = (0..count)
        .into_par_iter()
        .map(one)
        .reduce(|| (0, 0), |one, other| (one.0 + other.0, one.1 + other.1));
    (above, below, count)
}

/// Discordant texts from which terms are summed here: below, `statrs` is as exact, and numbers that were printed stay to their last digit.
const SUMMED_FROM: u64 = 25;

/// Two models' answers to the same texts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McNemar {
    /// Texts that only the first one has right.
    pub only_first: u64,
    /// Texts that only the second one has right.
    pub only_second: u64,
    /// The probability of so uneven a division of the discordant texts, were the models equally accurate.
    pub p: f64,
}

/// McNemar's test (1947) of what two models predict: whether one of them is more *accurate*; of F1 it says nothing. p is the exact two-sided
/// binomial one for any number of texts: the usual approximation, χ² = (|b − c| − 1)² / (b + c), gives equal counts a p below 1. `None` where
/// the lengths differ.
pub fn mcnemar(labels: &[Label], first: &[Label], second: &[Label]) -> Option<McNemar> {
    if labels.len() != first.len() || labels.len() != second.len() {
        return None;
    }
    let (mut only_first, mut only_second) = (0, 0);
    for ((label, first), second) in labels.iter().zip(first).zip(second) {
        only_first += u64::from(first == label && second != label);
        only_second += u64::from(first != label && second == label);
    }
    Some(McNemar {
        only_first,
        only_second,
        p: even_division_p(only_first, only_second),
    })
}

/// The probability that n = `a` + `b` tosses of a fair coin divide at least as unevenly: twice the sum of C(n, k) / 2ⁿ for k up to the smaller
/// count, at most 1.
///
/// The terms are formed from the largest one outwards, C(n, k − 1) = C(n, k) k / (n − k + 1), in its unit, until they are too small to count.
/// That takes some ten standard deviations, √n / 2 each, and the sum has a relative error of about as many roundings.
fn even_division_p(a: u64, b: u64) -> f64 {
    let (n, fewer) = (a + b, a.min(b));
    if n < SUMMED_FROM {
        return Binomial::new(0.5, n).map_or(1.0, |coins| (2.0 * coins.cdf(fewer)).min(1.0));
    }
    let middle = n / 2;
    let (mut term, mut all, mut as_uneven) = (1.0, 0.0, 0.0);
    for k in (0..=middle).rev() {
        // Each term stands for its mirror image as well; the middle one of an even number has none.
        let times = if 2 * k == n { 1.0 } else { 2.0 };
        all += times * term;
        if k <= fewer {
            as_uneven += times * term;
        }
        term *= k as f64 / (n - k + 1) as f64;
        if term == 0.0 {
            break;
        }
    }
    as_uneven / all
}

/// Holm's adjusted p-values (Holm 1979), in the order given: sorted upwards, the k-th smallest of m is multiplied by m − k + 1, is no
/// smaller than those before it and at most 1. The chance of even one false rejection stays below the level, whatever the
/// dependence between the tests.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&left, &right| p[left].total_cmp(&p[right]));
    let mut adjusted = vec![1.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, &place) in order.iter().enumerate() {
        largest = largest.max(p[place] * (p.len() - rank) as f64).min(1.0);
        adjusted[place] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests;
