//! One of four words.

use super::super::multiple::holm;
use super::super::seeds::SeedTest;
use super::FEWEST_PAIRS;
use super::evidence::{Evidence, SeedEvidence};
use super::needed::{Needed, needed};

/// The level of every test: the chance of calling a difference where there is none.
pub const ALPHA: f64 = 0.05;

/// The verdict on the first row against the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Ahead beyond chance, by at least the margin as far as anyone can tell.
    Better,
    /// Behind likewise.
    Worse,
    /// The difference is smaller than the margin.
    Equivalent,
    /// Neither can be told.
    Undecided,
}

impl Word {
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
    /// The word.
    pub word: Word,
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

/// Judges every comparison of one call, at a margin as a fraction.
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
            let word = word(one.difference, p_adjusted, p_equivalent, margin);
            Decision {
                word,
                scope: scope(one, family),
                p,
                p_adjusted,
                p_equivalent,
                needed: (word == Word::Undecided).then(|| needed(one, margin, family)),
                family,
                seed_test: decisive(one, family).is_some(),
            }
        })
        .collect()
}

/// The rule. That both tests must agree keeps the level (Berger 1982); that the difference itself must reach the margin keeps a trifle
/// from being called better (the dual criterion of Roychoudhury, Scheuer & Neuenschwander 2018).
pub(super) fn word(difference: f64, p: f64, p_equivalent: f64, margin: f64) -> Word {
    // Inside the margin at 2.5 % on either side is the 95 % interval inside the margin.
    if p_equivalent < ALPHA / 2.0 {
        Word::Equivalent
    } else if p < ALPHA && difference >= margin {
        Word::Better
    } else if p < ALPHA && -difference >= margin {
        Word::Worse
    } else {
        Word::Undecided
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
