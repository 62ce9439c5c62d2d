//! What would decide an undecided comparison.

use super::super::distribution::student_above;
use super::FEWEST_PAIRS;
use super::decide::{Word, word};
use super::evidence::Evidence;
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
        decided(
            evidence,
            &grown(&evidence.noise, more, texts / times),
            margin,
            family,
        )
    };
    let has_seeds = !evidence.noise.seeds.is_empty();
    let seeds = |times: f64| {
        let fewest = evidence.noise.seeds.iter().map(|part| part.n).min();
        let enough = FEWEST_PAIRS.saturating_sub(fewest.unwrap_or(FEWEST_PAIRS));
        (enough.max(1)..=MOST_SEEDS).find(|&more| decides(more, times))
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

fn decided(evidence: &Evidence, noise: &Noise, margin: f64, family: usize) -> bool {
    let (error, degrees) = (noise.error(), noise.degrees());
    let times = family as f64;
    let ahead = 2.0 * student_above((evidence.difference / error).abs(), degrees) * times;
    let inside = student_above((margin - evidence.difference.abs()) / error, degrees) * times;
    word(evidence.difference, ahead, inside, margin) != Word::Undecided
}
