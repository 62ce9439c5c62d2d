//! The spread of a mean of several models' probabilities, by resampling the models.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{Confusion, Metrics, Resampled};

/// Resamples from which a spread is computed. Its own relative error is then 1/√(2·1000), about 2 %.
pub const RESAMPLES: usize = 1000;

/// The seed of the resampling: a table must not change from one look at it to the next.
const SEED: u64 = 0x656e_7365_6d62_6c65;

/// Standard deviations of an ensemble's figures, fractions in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EnsembleSpread {
    /// The number of members.
    pub members: usize,
    /// Of F1.
    pub f1: f64,
    /// Of precision.
    pub precision: f64,
    /// Of recall.
    pub recall: f64,
}

impl EnsembleSpread {
    /// F1, precision, recall, as a judgement takes them.
    pub fn columns(&self) -> [Resampled; 3] {
        let members = self.members;
        [self.f1, self.precision, self.recall].map(|sd| Resampled { sd, members })
    }
}

/// How much the mean's figures would vary, had other members been drawn: from [`RESAMPLES`] times as many members drawn with
/// replacement, the sample standard deviation (ddof 1) of each figure at `threshold`. It speaks of the draw of the members only,
/// not of the test texts.
///
/// `members` holds `[M][N]` probabilities, `labels` `[N]` of 0 and 1. `None` for fewer than two members, and where the lengths
/// differ.
pub fn ensemble_spread(
    members: &[Vec<f64>],
    labels: &[u8],
    threshold: f64,
) -> Option<EnsembleSpread> {
    if members.len() < 2 || members.iter().any(|member| member.len() != labels.len()) {
        return None;
    }
    let figures: Vec<[f64; 3]> = (0..RESAMPLES)
        .into_par_iter()
        .filter_map(|resample| {
            let mean = resampled(members, resample as u64);
            let confusion = Confusion::from_probabilities(labels, &mean, threshold).ok()?;
            let Metrics {
                f1,
                precision,
                recall,
                ..
            } = Metrics::from(confusion);
            Some([f1, precision, recall])
        })
        .collect();
    let sd = |figure: usize| {
        let values: Vec<f64> = figures.iter().map(|figures| figures[figure]).collect();
        super::summarize(&values, 1)?.sd
    };
    Some(EnsembleSpread {
        members: members.len(),
        f1: sd(0)?,
        precision: sd(1)?,
        recall: sd(2)?,
    })
}

/// The mean of as many members as there are, drawn with replacement.
fn resampled(members: &[Vec<f64>], resample: u64) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    random.set_stream(resample);
    let mut counts = vec![0_u32; members.len()];
    for _ in 0..members.len() {
        counts[random.random_range(0..members.len())] += 1;
    }
    let mut sums = vec![0.0; members[0].len()];
    for (member, count) in members.iter().zip(counts).filter(|&(_, count)| count > 0) {
        let weight = f64::from(count);
        for (sum, probability) in sums.iter_mut().zip(member) {
            *sum += weight * probability;
        }
    }
    let total = members.len() as f64;
    for sum in &mut sums {
        *sum = (*sum / total).min(1.0);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noisy(seed: u64, labels: &[u8], noise: f64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let bias = noise * (random.random::<f64>() - 0.5);
        let one = |&label: &u8| {
            let draw: f64 = random.random();
            (0.35 + 0.3 * f64::from(label) + bias + 0.6 * (draw - 0.5)).clamp(0.0, 1.0)
        };
        labels.iter().map(one).collect()
    }

    #[test]
    fn members_that_agree_have_no_spread_and_differing_ones_have() {
        let labels: Vec<u8> = (0..400).map(|index| u8::from(index % 2 == 0)).collect();
        let same = vec![noisy(1, &labels, 0.3); 5];
        let spread = ensemble_spread(&same, &labels, 0.5).unwrap();
        assert_eq!((spread.f1, spread.recall, spread.members), (0.0, 0.0, 5));
        let members: Vec<_> = (0..5).map(|seed| noisy(seed, &labels, 0.3)).collect();
        let spread = ensemble_spread(&members, &labels, 0.5).unwrap();
        assert!(spread.f1 > 0.0 && spread.recall > spread.f1, "{spread:?}");
        assert_eq!(ensemble_spread(&members, &labels, 0.5), Some(spread));
        assert_eq!(ensemble_spread(&members[..1], &labels, 0.5), None);
    }

    /// One case of `tests/golden/ensemble/cases.json`.
    #[derive(serde::Deserialize)]
    struct Case {
        members: Vec<Vec<f64>>,
        labels: Vec<u8>,
        f1: f64,
        precision: f64,
        recall: f64,
        sd: [f64; 3],
    }

    /// Witness: scikit-learn's figures of the mean, and numpy's standard deviations over 100,000 resamples. Ours over 1,000 have
    /// a relative standard error near 2.2 %, so 10 % is more than four of them.
    #[test]
    fn the_spread_is_that_of_the_golden_file() {
        let file = std::fs::read(crate::testing::golden("ensemble/cases.json")).unwrap();
        let cases: Vec<Case> = serde_json::from_slice(&file).unwrap();
        assert_eq!(cases.len(), 3);
        for case in cases {
            let count = case.members.len() as f64;
            let mean: Vec<f64> = (0..case.labels.len())
                .map(|text| case.members.iter().map(|member| member[text]).sum::<f64>() / count)
                .collect();
            let metrics =
                Metrics::from(Confusion::from_probabilities(&case.labels, &mean, 0.5).unwrap());
            for (ours, theirs) in [
                (metrics.f1, case.f1),
                (metrics.precision, case.precision),
                (metrics.recall, case.recall),
            ] {
                assert!((ours - theirs).abs() < 1e-12, "{ours} against {theirs}");
            }
            let spread = ensemble_spread(&case.members, &case.labels, 0.5).unwrap();
            for (ours, theirs) in spread.columns().iter().zip(case.sd) {
                assert!(
                    (ours.sd / theirs - 1.0).abs() < 0.1,
                    "{} against {theirs}",
                    ours.sd
                );
            }
        }
    }

    /// Witness: fresh ensembles. The spread told from one ensemble's members must be, on average, near that of ensembles made
    /// of members drawn anew; resampling M of M members is a little too narrow, by √((M − 1)/M).
    #[test]
    fn the_spread_is_that_of_ensembles_drawn_anew() {
        let labels: Vec<u8> = (0..300).map(|index| u8::from(index % 2 == 0)).collect();
        let ensemble = |number: u64| -> Vec<Vec<f64>> {
            (0..8)
                .map(|member| noisy(100 * number + member, &labels, 0.5))
                .collect()
        };
        let recall = |members: &[Vec<f64>]| {
            let mean: Vec<f64> = (0..labels.len())
                .map(|text| members.iter().map(|member| member[text]).sum::<f64>() / 8.0)
                .collect();
            Metrics::from(Confusion::from_probabilities(&labels, &mean, 0.5).unwrap()).recall
        };
        let anew: Vec<f64> = (1..201).map(|number| recall(&ensemble(number))).collect();
        let expected = super::super::summarize(&anew, 1).unwrap().sd.unwrap();
        let told: Vec<f64> = (1..21)
            .map(|number| {
                ensemble_spread(&ensemble(number), &labels, 0.5)
                    .unwrap()
                    .recall
            })
            .collect();
        let told = told.iter().sum::<f64>() / told.len() as f64;
        assert!(
            (0.75..1.15).contains(&(told / expected)),
            "{told} against {expected}"
        );
    }
}
