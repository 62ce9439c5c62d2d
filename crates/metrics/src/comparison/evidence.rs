//! The evidence of one comparison: the difference with its noise, the tests and the effect sizes.

use super::noise::{self, Noise};
use super::predictions::{ComparisonInput, Pairing, RowPredictions};
use super::text_values::TextValues;
use crate::distribution::mean;
use crate::effect_size::{
    Effect, Superiority, standardized, standardized_paired, superiority, superiority_paired,
};
use crate::hypothesis_tests::{McNemar, SeedTest, mcnemar, permutation, sign_flip};
use crate::interval::{Interval, UPPER};
use crate::{Metric, Range};

/// What a verdict rests on; figures are in the metric's unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// What the rows are compared by.
    pub metric: &'static Metric,
    /// Its values of both rows: the mean over trials, or that of the mean.
    pub values: [f64; 2],
    /// Trials of both rows; 1 for a mean.
    pub trials: [usize; 2],
    /// The test texts.
    pub texts: usize,
    /// By how much the first row is better: the first value less the second one, or the second less the first where lower values are better.
    pub difference: f64,
    /// Of the difference, both noises included: as far as the [noise reaches](Noise::half_width).
    pub interval: Interval,
    /// Where the noise comes from.
    pub noise: Noise,
    /// Two-sided: the probability of a difference at least this large, were there none, with both noises.
    pub p: f64,
    /// The test over seeds.
    pub seeds: SeedEvidence,
    /// The difference beside the spread of seeds.
    pub effect: Option<Effect>,
    /// How often the first row's trial beats the second one's.
    pub superiority: Option<Superiority>,
    /// Of two single models.
    pub mcnemar: Option<McNemar>,
    /// Whether a row is a single trial of a method that draws random numbers, so that its seed noise is not known.
    pub unknown_seeds: bool,
    /// Whether all trials of a row learnt from one teacher that was drawn at random.
    pub one_teacher: bool,
}

/// The test over seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SeedEvidence {
    /// Pairs of trials with shared seeds: the sign-flip test.
    Pairs {
        /// How many.
        pairs: usize,
        /// What it says.
        test: SeedTest,
    },
    /// Trials against one model of which nothing is random: the sign-flip test of their distance to it.
    AgainstFixed {
        /// The trials.
        trials: usize,
        /// What it says.
        test: SeedTest,
    },
    /// Trials that share no seeds: the permutation test.
    Unpaired {
        /// The trials of both rows.
        trials: [usize; 2],
        /// What it says.
        test: SeedTest,
    },
    /// A mean of members that are drawn anew is a single value: no test counts it. Its members are part of both noises.
    Resampled {
        /// The fewest seeds, of trials or members, on either side.
        seeds: usize,
    },
    /// Nothing is random, or nothing is known of it.
    Nothing,
}

impl SeedEvidence {
    /// The test, where there is one.
    pub fn test(&self) -> Option<&SeedTest> {
        match self {
            Self::Pairs { test, .. }
            | Self::AgainstFixed { test, .. }
            | Self::Unpaired { test, .. } => Some(test),
            Self::Resampled { .. } | Self::Nothing => None,
        }
    }
}

impl Evidence {
    /// One-sided, the larger of both sides: the probability of a difference so far inside ± `margin`, were it on the edge (Schuirmann
    /// 1987, two one-sided tests).
    pub fn p_equivalent(&self, margin: f64) -> f64 {
        self.noise.upper_tail(margin - self.difference.abs())
    }
}

/// Measures both rows; `None` where one has no trial, the rows are not of these texts and classes, or the metric is not defined: such as F1
/// of the positive class without a text of it.
pub fn measure(input: &ComparisonInput) -> Option<Evidence> {
    let values = TextValues::new(input)?;
    let [a, b] = values.rows();
    let noise = noise::estimate(&values, values.resamples())?;
    let difference = mean(a) - mean(b);
    let seeds = seed_evidence(input, a, b);
    let (effect, superiority) = sizes(&seeds, a, b);
    let interval = Interval::around(difference, noise.half_width(UPPER));
    let sign = input.metric.direction.sign();
    Some(Evidence {
        metric: input.metric,
        values: [mean(a), mean(b)].map(|value| sign * value),
        trials: [a.len(), b.len()],
        texts: input.labels.len(),
        difference,
        interval: possible(input.metric.range, interval),
        p: (2.0 * noise.upper_tail(difference.abs())).min(1.0),
        seeds,
        effect,
        superiority,
        mcnemar: match values.answers.as_slice() {
            [first, second] => mcnemar(input.labels, first, second),
            _ => None,
        },
        one_teacher: input.one_teacher,
        unknown_seeds: input.a.is_one_draw() || input.b.is_one_draw(),
        noise,
    })
}

/// The part of an interval that differences of values in this range can have.
fn possible(range: Range, Interval { low, high }: Interval) -> Interval {
    let most = range.high - range.low;
    Interval {
        low: low.max(-most),
        high: high.min(most),
    }
}

fn differences(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn seed_evidence(input: &ComparisonInput, a: &[f64], b: &[f64]) -> SeedEvidence {
    let fixed = |against: f64, trials: &[f64]| {
        let distances: Vec<f64> = trials.iter().map(|one| one - against).collect();
        sign_flip(&distances).map(|test| SeedEvidence::AgainstFixed {
            trials: trials.len(),
            test,
        })
    };
    let is_trials = |side: &RowPredictions| matches!(side, RowPredictions::Trials { .. });
    let seeds = [input.a.seeds(), input.b.seeds()];
    let found = match seeds {
        [Some(n), Some(m)] if is_trials(input.a) && is_trials(input.b) => {
            if input.pairing == Pairing::Paired && n == m {
                let test = sign_flip(&differences(a, b));
                test.map(|test| SeedEvidence::Pairs { pairs: n, test })
            } else {
                let test = permutation(a, b);
                test.map(|test| SeedEvidence::Unpaired {
                    trials: [n, m],
                    test,
                })
            }
        }
        [Some(_), None] if is_trials(input.a) && input.b.is_fixed() => fixed(b[0], a),
        [None, Some(_)] if is_trials(input.b) && input.a.is_fixed() => fixed(a[0], b),
        _ => None,
    };
    let fewest = seeds.into_iter().flatten().min();
    found.unwrap_or(match fewest {
        Some(seeds) => SeedEvidence::Resampled { seeds },
        None => SeedEvidence::Nothing,
    })
}

fn sizes(seeds: &SeedEvidence, a: &[f64], b: &[f64]) -> (Option<Effect>, Option<Superiority>) {
    match seeds {
        SeedEvidence::Pairs { .. } => {
            let differences = differences(a, b);
            (
                standardized_paired(&differences),
                superiority_paired(&differences),
            )
        }
        SeedEvidence::AgainstFixed { .. } => {
            let differences: Vec<f64> = match (a, b) {
                ([one], many) => many.iter().map(|other| one - other).collect(),
                (many, others) => many.iter().map(|one| one - others[0]).collect(),
            };
            (
                standardized_paired(&differences),
                superiority_paired(&differences),
            )
        }
        SeedEvidence::Unpaired { .. } => (standardized(a, b), superiority(a, b)),
        SeedEvidence::Resampled { .. } if a.len() > 1 || b.len() > 1 => {
            (standardized(a, b), superiority(a, b))
        }
        SeedEvidence::Resampled { .. } | SeedEvidence::Nothing => (None, None),
    }
}
