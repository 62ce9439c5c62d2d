//! The sign-flip test of paired differences (Fisher 1935).

use rand::Rng as _;
use rayon::prelude::*;

use super::super::draws::Draws;
use super::{DRAWS, SeedTest, TIE, drawn_p};

/// Pairs up to which every arrangement of signs is counted.
const EXACT_UP_TO: usize = 20;

/// Whether paired differences lie around 0: were the rows alike, each difference could as well have had the other sign. p is the
/// share of the 2ⁿ arrangements of signs whose mean is at least as far from 0 as the observed one. `None` for no pairs.
///
/// Up to 20 pairs every arrangement is counted, beyond that [`DRAWS`] random ones. With n pairs p cannot be smaller than 2 / 2ⁿ:
/// fewer than six pairs never reach 5 %.
pub fn sign_flip(differences: &[f64]) -> Option<SeedTest> {
    let n = differences.len();
    if n == 0 {
        return None;
    }
    let scale: f64 = differences.iter().map(|one| one.abs()).sum();
    let bound = differences.iter().sum::<f64>().abs() - TIE * scale;
    let exact = n <= EXACT_UP_TO;
    let p = if exact {
        enumerated(differences, bound)
    } else {
        random(differences, bound)
    };
    Some(SeedTest {
        p,
        exact,
        least: least_of_flips(n),
    })
}

/// The smallest p that the test of so many pairs can give.
pub(in super::super) fn least_of_flips(n: usize) -> f64 {
    if n <= EXACT_UP_TO {
        2.0_f64.powi(1 - n as i32)
    } else {
        drawn_p(0, DRAWS)
    }
}

/// Every arrangement in which the last sign stays: the others are their mirror images.
fn enumerated(differences: &[f64], bound: f64) -> f64 {
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

fn random(differences: &[f64], bound: f64) -> f64 {
    let draws = Draws::of("sign-flip");
    let as_far = (0..DRAWS)
        .into_par_iter()
        .filter(|&number| {
            let mut random = draws.resample(number);
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
    drawn_p(as_far, DRAWS)
}
