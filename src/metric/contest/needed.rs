//! What would decide an undecided comparison.

use super::super::seeds;
use super::FEWEST_PAIRS;
use super::decide::ALPHA;
use super::evidence::{Evidence, SeedEvidence};
use super::noise::{Noise, Part};

/// The most seeds, and times as many texts, that are worth naming.
const MOST_SEEDS: usize = 200;
const MOST_TEXTS: f64 = 100.0;

/// What would decide, if the difference and both noises stay what they are now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// So many more seeds for every row that has some.
    Seeds(usize),
    /// No number of seeds up to 200: the test texts' noise is too large. So many test texts in all, of the same kind, with as many seeds
    /// as there are.
    Texts(u64),
    /// So many seeds more *and* so many test texts in all: neither alone.
    Both(usize, u64),
    /// The difference is so close to the margin that no sensible number decides.
    OnTheEdge,
}

/// `family`: the number of comparisons, by which Bonferroni's level stands in for Holm's.
pub(super) fn needed(evidence: &Evidence, margin: f64, family: usize) -> Needed {
    let texts: f64 = evidence.noise.texts;
    let decides = |more: usize, times: f64| {
        let noise = grown(&evidence.noise, more, texts / times);
        decided(evidence, &noise, more, margin, family)
    };
    let has_seeds = !evidence.noise.seeds.is_empty();
    let seeds = |times: f64| {
        let fewest = evidence.noise.seeds.iter().map(|part| part.n).min();
        let enough = FEWEST_PAIRS.saturating_sub(fewest.unwrap_or(FEWEST_PAIRS));
        let mut numbers =
            (enough.max(1)..=MOST_SEEDS).filter(|&more| takes_part(evidence, more, family));
        numbers.find(|&more| decides(more, times))
    };
    let count = |times: f64| (times * evidence.texts as f64).ceil() as u64;
    if has_seeds && let Some(more) = seeds(1.0) {
        return Needed::Seeds(more);
    }
    if let Some(times) = smallest(|times| decides(0, times)) {
        return Needed::Texts(count(times));
    }
    let both = [3.0, 10.0, 30.0, MOST_TEXTS];
    let both = both.into_iter().filter(|_| has_seeds);
    let mut both =
        both.filter_map(|times| seeds(times).map(|more| Needed::Both(more, count(times))));
    both.next().unwrap_or(Needed::OnTheEdge)
}

/// The smallest factor that will do, to a twentieth.
fn smallest(will_do: impl Fn(f64) -> bool) -> Option<f64> {
    let mut factors = std::iter::successors(Some(1.05), |factor| Some(factor * 1.05));
    factors
        .find(|&factor| factor > MOST_TEXTS || will_do(factor))
        .filter(|&factor| factor <= MOST_TEXTS)
}

/// The noise with more seeds and with other texts.
fn grown(noise: &Noise, more: usize, texts: f64) -> Noise {
    let part = |part: &Part| {
        let n = part.n + more;
        let variance = part.variance * part.n as f64 / n as f64;
        Part { variance, n }
    };
    Noise {
        seeds: noise.seeds.iter().map(part).collect(),
        texts,
        two_way: noise.two_way,
    }
}

fn decided(evidence: &Evidence, noise: &Noise, more: usize, margin: f64, family: usize) -> bool {
    let level = 1.0 - ALPHA / 2.0 / family as f64;
    let (size, reach) = (evidence.difference.abs(), noise.reach(level));
    margin - size > reach
        || size >= margin && size > reach && seeds_agree(evidence, noise, more, family)
}

/// Whether the test over seeds could come out below the level with so many more; there may be none, which hinders nothing.
fn takes_part(evidence: &Evidence, more: usize, family: usize) -> bool {
    let least = match evidence.seeds {
        SeedEvidence::Pairs { pairs: n, .. } | SeedEvidence::AgainstFixed { trials: n, .. } => {
            seeds::least_of_flips(n + more)
        }
        SeedEvidence::Unpaired { trials: [n, m], .. } => {
            seeds::least_of_divisions(n + more, m + more)
        }
        SeedEvidence::Resampled { .. } | SeedEvidence::Nothing => return true,
    };
    least < ALPHA / family as f64
}

/// Whether the test over seeds lets the difference be called. With more seeds, it will come out about as Student's t over the seeds alone.
fn seeds_agree(evidence: &Evidence, noise: &Noise, more: usize, family: usize) -> bool {
    let level = ALPHA / family as f64;
    match evidence.seeds.test() {
        None => true,
        Some(test) if more == 0 => !test.can_decide(level) || test.p < level,
        Some(_) => {
            let of_seeds = Noise {
                texts: 0.0,
                ..noise.clone()
            };
            evidence.difference.abs() > of_seeds.reach(1.0 - level / 2.0)
        }
    }
}
