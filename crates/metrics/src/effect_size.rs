//! Effect sizes: a difference in units of the spread over seeds, and the probability that one row beats the other.

use super::distribution::{mean, normal_quantile, variance};
use super::interval::{BOOTSTRAP_RESAMPLES, Interval, UPPER, expanded_level, percentiles};
use super::rng::{StatisticRng, affordable, below};

/// A difference in units of a standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effect {
    /// Cohen's d_z: the mean difference of pairs over the standard deviation of the differences.
    Paired(f64),
    /// Hedges' g: the difference of means over the pooled standard deviation, corrected for few values.
    Unpaired(f64),
}

/// P(A > B), ties counting one half.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Superiority {
    /// The share.
    pub share: f64,
    /// Its bootstrap interval over trials; where every pair says the same, which no resample can change, Wilson's (1927). `None` where there is
    /// one pair only.
    pub interval: Option<Interval>,
}

/// Cohen's d_z of paired differences (Cohen 1988, p. 48); `None` for fewer than two and where they do not vary.
pub fn standardized_paired(differences: &[f64]) -> Option<Effect> {
    let sd = variance(differences).sqrt();
    (sd > 0.0).then(|| Effect::Paired(mean(differences) / sd))
}

/// Hedges' g of unpaired values (Hedges 1981): Cohen's d with the pooled standard deviation times 1 − 3 / (4 ν − 1), ν = n + m − 2.
/// `None` where no row has two values, and where they do not vary.
pub fn standardized(a: &[f64], b: &[f64]) -> Option<Effect> {
    let degrees = (a.len() + b.len())
        .checked_sub(2)
        .filter(|&degrees| degrees > 0)? as f64;
    let squares = variance(a) * (a.len() as f64 - 1.0) + variance(b) * (b.len() as f64 - 1.0);
    let pooled = (squares / degrees).sqrt();
    let correction = 1.0 - 3.0 / (4.0 * degrees - 1.0);
    (pooled > 0.0).then(|| Effect::Unpaired((mean(a) - mean(b)) / pooled * correction))
}

/// The share of pairs in which the first row is ahead (Bouthillier et al. 2021, arXiv 2103.03098); `None` for no pairs.
pub fn superiority_paired(differences: &[f64]) -> Option<Superiority> {
    let n = differences.len();
    if n == 0 {
        return None;
    }
    let wins: Vec<f64> = differences.iter().map(|&one| win(one)).collect();
    let draws = StatisticRng::new("superiority");
    let interval = (n > 1).then(|| {
        if let Some(interval) = unanimous(&wins, n) {
            return interval;
        }
        let share = |number: usize| {
            let mut random = draws.for_resample(number);
            let sum: f64 = (0..n)
                .map(|_| wins[below(&mut random, n as u32) as usize])
                .sum();
            sum / n as f64
        };
        let mut shares: Vec<f64> = (0..affordable(BOOTSTRAP_RESAMPLES, n)).map(share).collect();
        percentiles(&mut shares, expanded_level(n))
    });
    Some(Superiority {
        share: mean(&wins),
        interval,
    })
}

/// The share of all n · m pairs of trials in which the first row is ahead: the Mann–Whitney statistic over n · m. `None` where a row
/// has no value.
pub fn superiority(a: &[f64], b: &[f64]) -> Option<Superiority> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let wins = Wins::new(a, b);
    let draws = StatisticRng::new("superiority");
    let share = |number: usize| {
        let mut random = draws.for_resample(number);
        let mut of_b = vec![0; b.len()];
        for _ in 0..b.len() {
            of_b[below(&mut random, b.len() as u32) as usize] += 1;
        }
        let of_a = (0..a.len()).map(|_| below(&mut random, a.len() as u32) as usize);
        wins.share(of_a, &of_b)
    };
    let all = wins.share(0..a.len(), &vec![1; b.len()]);
    let smaller = [a.len(), b.len()].into_iter().filter(|&n| n > 1).min();
    let interval = smaller.map(|n| {
        // Of all pairs of trials, no more are independent than the smaller row has.
        if let Some(interval) = wins.unanimous().and_then(|win| unanimous(&[win], n)) {
            return interval;
        }
        let resamples = affordable(BOOTSTRAP_RESAMPLES, a.len() + b.len());
        let mut shares: Vec<f64> = (0..resamples).map(share).collect();
        percentiles(&mut shares, expanded_level(n))
    });
    Some(Superiority {
        share: all,
        interval,
    })
}

/// Which values of the first row beat which of the second one: places in the order of the latter, not a cell for every pair.
struct Wins {
    /// The values of the second row by rank: their places.
    order: Vec<usize>,
    /// Of each value of the first row: how many of the second one's are below it, and how many are not above.
    ranks: Vec<[usize; 2]>,
}

impl Wins {
    fn new(a: &[f64], b: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..b.len()).collect();
        order.sort_by(|&one, &other| b[one].total_cmp(&b[other]));
        let ranks = a.iter().map(|value| {
            let below = order.partition_point(|&place| b[place] < *value);
            let not_above = order.partition_point(|&place| b[place] <= *value);
            [below, not_above]
        });
        Self {
            ranks: ranks.collect(),
            order,
        }
    }

    /// The share of pairs that the first row's values at `of_a` win where the second row's count `of_b` times, ties counting one half. Sums of
    /// halves are exact.
    fn share(&self, of_a: impl ExactSizeIterator<Item = usize>, of_b: &[u32]) -> f64 {
        let mut before = Vec::with_capacity(self.order.len() + 1);
        let mut sum = 0_u64;
        before.push(sum);
        for &place in &self.order {
            sum += u64::from(of_b[place]);
            before.push(sum);
        }
        let pairs = of_a.len() as u64 * sum;
        let halves = of_a.map(|place| {
            let [below, not_above] = self.ranks[place];
            before[below] + before[not_above]
        });
        halves.sum::<u64>() as f64 / 2.0 / pairs as f64
    }

    /// What every pair says: 1 for a win, one half for a tie, 0; `None` where they differ.
    fn unanimous(&self) -> Option<f64> {
        let all = self.order.len();
        let halves = |ranks: &[usize; 2]| match *ranks {
            [0, 0] => Some(0_u8),
            [0, not_above] if not_above == all => Some(1),
            [below, _] if below == all => Some(2),
            _ => None,
        };
        let first = halves(self.ranks.first()?)?;
        let mut same = self.ranks.iter();
        same.all(|one| halves(one) == Some(first))
            .then_some(f64::from(first) / 2.0)
    }
}

/// Wilson's interval of a share that n trials agree on; `None` where they do not.
fn unanimous(wins: &[f64], n: usize) -> Option<Interval> {
    let first = *wins.first()?;
    if wins.iter().any(|&one| one.total_cmp(&first).is_ne()) {
        return None;
    }
    let (n, z) = (n as f64, normal_quantile(UPPER));
    let center = (first + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z * (first * (1.0 - first) / n + (z / (2.0 * n)).powi(2)).sqrt() / (1.0 + z * z / n);
    Some(Interval {
        low: (center - half).max(0.0),
        high: (center + half).min(1.0),
    })
}

fn win(difference: f64) -> f64 {
    if difference > 0.0 {
        1.0
    } else if difference < 0.0 {
        0.0
    } else {
        0.5
    }
}
