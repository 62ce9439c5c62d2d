//! The permutation test of two rows whose trials are not paired (Fisher 1935, Pitman 1937), of Welch's t (Janssen 1997).

use rayon::prelude::*;

use super::super::draws::{Draws, below};
use super::{DRAWS, SeedTest, TIE, drawn_p};

/// Divisions up to which every one is counted.
const EXACT_UP_TO: f64 = 200_000.0;
/// A variance this small beside all values' squares is what rounding leaves of 0.
const NO_VARIANCE: f64 = 1e-12;

/// Whether two rows' means differ: were the rows alike, the values could be divided between them in any other way. p is twice the
/// smaller of the shares of divisions whose t is at least, or at most, the observed one. `None` where a row has no value.
///
/// The statistic is Welch's t, not the difference of the means: rows with the same mean may well have other spreads, and where the rows'
/// sizes differ too, a bare difference is then called too rarely or too often; divided by its standard error it is not, up to what few values
/// leave. Up to 200,000 divisions every one is counted, beyond that [`DRAWS`] random ones.
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
    let exact = divisions(a.len(), b.len()) <= EXACT_UP_TO;
    let (above, below, of) = if exact {
        enumerated(&pool, bounds)
    } else {
        random(&pool, bounds)
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
        least: least_of_divisions(a.len(), b.len()),
    })
}

/// The smallest p that the test of so many values can give.
pub(in super::super) fn least_of_divisions(n: usize, m: usize) -> f64 {
    let all = divisions(n, m);
    let smallest = if all <= EXACT_UP_TO {
        1.0 / all
    } else {
        drawn_p(0, DRAWS)
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
fn enumerated(pool: &Pool, [least, most]: [f64; 2]) -> (usize, usize, usize) {
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

fn random(pool: &Pool, [least, most]: [f64; 2]) -> (usize, usize, usize) {
    let draws = Draws::of("permutation");
    let one = |number: usize| {
        let mut random = draws.resample(number);
        let mut places: Vec<usize> = (0..pool.values.len()).collect();
        for place in 0..pool.size {
            let left = (places.len() - place) as u32;
            places.swap(place, place + below(&mut random, left) as usize);
        }
        let t = pool.t(&places[..pool.size]);
        (usize::from(t >= least), usize::from(t <= most))
    };
    let (above, below) = (0..DRAWS)
        .into_par_iter()
        .map(one)
        .reduce(|| (0, 0), |one, other| (one.0 + other.0, one.1 + other.1));
    (above, below, DRAWS)
}
