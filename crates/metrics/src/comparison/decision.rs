//! The verdict on a comparison, and what would decide an undecided one.

use super::evidence::{Evidence, SeedEvidence};
use super::noise::Noise;
use super::resampling::SeedNoise;
use crate::hypothesis_tests::{self, SeedTest, holm};

/// The level of every test: the chance of calling a difference where there is none.
pub const ALPHA: f64 = 0.05;

/// Seeds below which no exact two-sided test over pairs can reach 5 %: 2 / 2⁵ is 0.0625.
pub const FEWEST_PAIRS: usize = 6;

/// The verdict on the first row against the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Ahead beyond chance, by at least the margin as far as anyone can tell.
    Better,
    /// Behind likewise.
    Worse,
    /// The difference is smaller than the margin.
    Equivalent,
    /// Neither can be told.
    Undecided,
}

impl Verdict {
    /// `better`, `worse`, `equivalent` or `undecided`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Equivalent => "equivalent",
            Self::Undecided => "undecided",
        }
    }
}

/// What a verdict is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The methods: other seeds and other texts of the same kind.
    Methods,
    /// Students of this one teacher: its own draw is no part of the noise.
    OneTeacher,
    /// Only the models that were trained: there are too few seeds to speak of others.
    TheseModels,
}

/// A verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Better, worse, equivalent or undecided.
    pub verdict: Verdict,
    /// What it is about.
    pub scope: Scope,
    /// The p-value that a difference is called by: the larger of the test with both noises and the test over seeds, where that
    /// [takes part](Self::seed_test).
    pub p: f64,
    /// The same after Holm, over all comparisons of the call.
    pub p_adjusted: f64,
    /// The p-value of a difference within the margin, after Holm.
    pub p_equivalent: f64,
    /// What would decide it, where it is undecided.
    pub needed: Option<Needed>,
    /// Comparisons of the call.
    pub family: usize,
    /// Whether the test over seeds takes part: where it can come out below the level among so many comparisons at all.
    pub seed_test: bool,
}

/// Judges every comparison of one call, at a margin in the metric's unit.
pub fn decide(evidence: &[Evidence], margin: f64) -> Vec<Decision> {
    let family = evidence.len();
    let p: Vec<f64> = evidence.iter().map(|one| called_by(one, family)).collect();
    let within: Vec<f64> = evidence
        .iter()
        .map(|one| one.p_equivalent(margin))
        .collect();
    let adjusted = p.iter().copied().zip(holm(&p)).zip(holm(&within));
    evidence
        .iter()
        .zip(adjusted)
        .map(|(one, ((p, p_adjusted), p_equivalent))| {
            let verdict = verdict(one.difference, p_adjusted, p_equivalent, margin);
            Decision {
                verdict,
                scope: scope(one, family),
                p,
                p_adjusted,
                p_equivalent,
                needed: (verdict == Verdict::Undecided).then(|| needed(one, margin, family)),
                family,
                seed_test: decisive(one, family).is_some(),
            }
        })
        .collect()
}

/// The rule. That both tests must agree keeps the level (Berger 1982); that the difference itself must reach the margin keeps a trifle
/// from being called better (the dual criterion of Roychoudhury, Scheuer & Neuenschwander 2018).
pub(super) fn verdict(difference: f64, p: f64, p_equivalent: f64, margin: f64) -> Verdict {
    // Inside the margin at 2.5 % on either side is the 95 % interval inside the margin.
    if p_equivalent < ALPHA / 2.0 {
        Verdict::Equivalent
    } else if p < ALPHA && difference >= margin {
        Verdict::Better
    } else if p < ALPHA && -difference >= margin {
        Verdict::Worse
    } else {
        Verdict::Undecided
    }
}

/// The test over seeds where it can come out below the level after Holm's first step. One that cannot would overrule any evidence.
fn decisive(evidence: &Evidence, family: usize) -> Option<&SeedTest> {
    let test = evidence.seeds.test();
    test.filter(|test| test.can_decide(ALPHA / family as f64))
}

fn called_by(evidence: &Evidence, family: usize) -> f64 {
    decisive(evidence, family).map_or(evidence.p, |test| test.p.max(evidence.p))
}

fn scope(evidence: &Evidence, family: usize) -> Scope {
    let few = match &evidence.seeds {
        SeedEvidence::Resampled { seeds } => *seeds < FEWEST_PAIRS,
        SeedEvidence::Nothing => false,
        _ => decisive(evidence, family).is_none(),
    };
    if few || evidence.unknown_seeds {
        Scope::TheseModels
    } else if evidence.one_teacher {
        Scope::OneTeacher
    } else {
        Scope::Methods
    }
}

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
    Unresolvable,
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
    both.next().unwrap_or(Needed::Unresolvable)
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
    let part = |part: &SeedNoise| {
        let n = part.n + more;
        let variance = part.variance * part.n as f64 / n as f64;
        SeedNoise { variance, n }
    };
    Noise {
        seeds: noise.seeds.iter().map(part).collect(),
        texts,
        few_texts: noise.few_texts,
        two_way: noise.two_way,
    }
}

fn decided(evidence: &Evidence, noise: &Noise, more: usize, margin: f64, family: usize) -> bool {
    let level = 1.0 - ALPHA / 2.0 / family as f64;
    let (size, reach) = (evidence.difference.abs(), noise.half_width(level));
    margin - size > reach
        || size >= margin && size > reach && seeds_agree(evidence, noise, more, family)
}

/// Whether the test over seeds could come out below the level with so many more; there may be none, which hinders nothing.
fn takes_part(evidence: &Evidence, more: usize, family: usize) -> bool {
    let least = match evidence.seeds {
        SeedEvidence::Pairs { pairs: n, .. } | SeedEvidence::AgainstFixed { trials: n, .. } => {
            hypothesis_tests::least_of_flips(n + more)
        }
        SeedEvidence::Unpaired { trials: [n, m], .. } => {
            hypothesis_tests::least_of_divisions(n + more, m + more)
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
            evidence.difference.abs() > of_seeds.half_width(1.0 - level / 2.0)
        }
    }
}
