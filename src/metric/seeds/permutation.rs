//! The permutation test of two rows whose trials are not paired (Fisher 1935, Pitman 1937).

use rayon::prelude::*;

use super::super::distribution::mean;
use super::super::draws::{Draws, below};
use super::{DRAWS, SeedTest, TIE, drawn_p};

/// Divisions up to which every one is counted.
const EXACT_UP_TO: f64 = 200_000.0;

/// Whether two rows' means differ: were the rows alike, the values could be divided between them in any other way. p is twice the
/// smaller of the shares of divisions whose difference is at least, or at most, the observed one. `None` where a row has no value.
///
/// Up to 200,000 divisions every one is counted, beyond that [`DRAWS`] random ones.
pub fn permutation(a: &[f64], b: &[f64]) -> Option<SeedTest> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let values: Vec<f64> = a.iter().chain(b).copied().collect();
    let scale: f64 = values.iter().map(|value| value.abs()).sum();
    let tie = TIE * scale;
    // For fixed values the difference of means rises with the sum of the first row.
    let observed = mean(a) * a.len() as f64;
    let divisions = binomial(values.len(), a.len());
    let exact = divisions <= EXACT_UP_TO;
    let (above, below, of) = if exact {
        enumerated(&values, a.len(), observed, tie)
    } else {
        random(&values, a.len(), observed, tie)
    };
    let share = |count: usize| {
        if exact {
            count as f64 / of as f64
        } else {
            drawn_p(count, of)
        }
    };
    let smallest = if exact {
        1.0 / divisions
    } else {
        drawn_p(0, DRAWS)
    };
    Some(SeedTest {
        p: (2.0 * share(above.min(below))).min(1.0),
        exact,
        least: (2.0 * smallest).min(1.0),
    })
}

fn binomial(n: usize, k: usize) -> f64 {
    (0..k.min(n - k)).fold(1.0, |product, step| {
        product * (n - step) as f64 / (step + 1) as f64
    })
}

/// How many divisions have a sum at least as high, how many one at most as high, and how many there are.
fn enumerated(values: &[f64], size: usize, observed: f64, tie: f64) -> (usize, usize, usize) {
    let mut chosen: Vec<usize> = (0..size).collect();
    let (mut above, mut below, mut all) = (0, 0, 0);
    loop {
        let sum: f64 = chosen.iter().map(|&place| values[place]).sum();
        above += usize::from(sum >= observed - tie);
        below += usize::from(sum <= observed + tie);
        all += 1;
        // The next choice in lexicographic order.
        let movable = |&place: &usize| chosen[place] < values.len() - size + place;
        let Some(place) = (0..size).rev().find(movable) else {
            return (above, below, all);
        };
        chosen[place] += 1;
        for next in place + 1..size {
            chosen[next] = chosen[next - 1] + 1;
        }
    }
}

fn random(values: &[f64], size: usize, observed: f64, tie: f64) -> (usize, usize, usize) {
    let draws = Draws::of("permutation");
    let one = |number: usize| {
        let mut random = draws.resample(number);
        let mut shuffled = values.to_vec();
        for place in 0..size {
            let left = (values.len() - place) as u32;
            shuffled.swap(place, place + below(&mut random, left) as usize);
        }
        let sum: f64 = shuffled[..size].iter().sum();
        (
            usize::from(sum >= observed - tie),
            usize::from(sum <= observed + tie),
        )
    };
    let (above, below) = (0..DRAWS)
        .into_par_iter()
        .map(one)
        .reduce(|| (0, 0), |one, other| (one.0 + other.0, one.1 + other.1));
    (above, below, DRAWS)
}
