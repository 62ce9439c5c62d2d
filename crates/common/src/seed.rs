//! Named random streams: one seed in the spec, and every other seed derived from it.
//!
//! A trial never draws from a shared generator. Each purpose has its own [`Stream`], and the seed of a stream in a trial
//! is a hash of (the spec's seed, the stream's name, the trial's number). So adding a row, a trial or a step to the program
//! shifts nobody else's numbers, and a stream that a spec does not vary keeps the seed of trial 0 in every trial.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a random stream is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// Which labelled texts are drawn for training.
    Sample,
    /// The weights that training starts from, and the draws of the `random` baseline.
    Init,
    /// The order in which training visits the texts, and the parts of a cross-validation.
    Order,
    /// Which units dropout silences.
    Dropout,
}

impl Stream {
    /// Every stream, in the order in which captions name them.
    pub const ALL: [Self; 4] = [Self::Sample, Self::Init, Self::Order, Self::Dropout];

    /// The name by which specs and captions call the stream.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Init => "init",
            Self::Order => "order",
            Self::Dropout => "dropout",
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The seed of `stream` in trial number `trial` (from 0) of a spec whose seed is `seed`.
///
/// It is the first eight bytes, little end first, of the SHA-256 of the text `fsl-exp seed 1|SEED|STREAM|TRIAL`. The `1`
/// is the version of this rule: it is part of what a stored result means and never changes for it.
pub fn derive(seed: u64, stream: Stream, trial: u64) -> u64 {
    first_bytes(&format!("fsl-exp seed 1|{seed}|{stream}|{trial}"))
}

/// The seed of a statistic that draws at random, such as a bootstrap, by what it is for. It depends on nothing else, so that a table
/// does not change from one look at it to the next.
///
/// It is made as in [`derive()`], of the text `fsl-exp statistics 1|PURPOSE`.
pub fn derive_for_statistic(purpose: &str) -> u64 {
    first_bytes(&format!("fsl-exp statistics 1|{purpose}"))
}

fn first_bytes(text: &str) -> u64 {
    let digest = Sha256::digest(text);
    let mut first = [0_u8; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: Python, `int.from_bytes(hashlib.sha256(b"fsl-exp seed 1|42|init|0").digest()[:8], "little")`.
    #[test]
    fn seeds_are_those_that_python_derives() {
        assert_eq!(derive(42, Stream::Init, 0), 6_797_605_092_052_610_871);
        assert_eq!(derive(42, Stream::Dropout, 14), 12_354_914_845_280_497_810);
    }

    /// Witness: Python, as above.
    #[test]
    fn statistics_have_seeds_of_their_own() {
        assert_eq!(derive_for_statistic("interval"), 18_066_499_536_758_424_675);
    }

    #[test]
    fn streams_and_trials_do_not_share_seeds() {
        let mut seeds: Vec<u64> = Stream::ALL
            .iter()
            .flat_map(|&stream| (0..100).map(move |trial| derive(42, stream, trial)))
            .collect();
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), 400);
    }
}
