//! Crossed designs: which streams, how many levels of each, and how many trials that makes.

use super::check::Check;
use super::error::Problem;
use super::experiment::Crossed;
use super::raw::{RawRow, RawTrials};
use fsl_common::seed::Stream;

/// The most trials that a design may have: as many as `trials.count` allows.
const MOST_TRIALS: u32 = 10_000;

/// How many combinations of levels there are: 1 of none. Designs that pass the check have few; others stop at the largest number.
pub(super) fn combinations(cross: &[Crossed]) -> u32 {
    cross
        .iter()
        .fold(1, |product, crossed| product.saturating_mul(crossed.levels))
}

impl Check<'_> {
    /// The crossed streams with their levels, in the order of [`Stream::ALL`].
    pub(super) fn cross(&mut self, raw: &RawTrials, row: &RawRow) -> Vec<Crossed> {
        let Some(written) = raw.cross else {
            return Vec::new();
        };
        let levels = |stream| match stream {
            Stream::Sample => written.sample,
            Stream::Init => written.init,
            Stream::Order => written.order,
            Stream::Dropout => written.dropout,
        };
        let crossed = |stream| levels(stream).map(|levels| Crossed { stream, levels });
        let cross: Vec<Crossed> = Stream::ALL.into_iter().filter_map(crossed).collect();
        if written.sample.is_some() && !self.may_sample(raw, row) {
            let problem = Problem::Conflict(
                "`sample` can only be crossed where `trials.train-size` says how many texts to draw"
                    .to_owned(),
            );
            let key = "trials.cross.sample".to_owned();
            self.fault(&["trials", "cross", "sample"], key, problem);
        }
        match combinations(&cross) {
            _ if cross.is_empty() => self.not_crossed(
                "an empty table".to_owned(),
                "a table of streams with their levels, such as `{ sample = 5, init = 5 }`"
                    .to_owned(),
            ),
            trials if trials > MOST_TRIALS => self.not_crossed(
                format!("levels whose product is above {MOST_TRIALS}"),
                format!("levels that make at most {MOST_TRIALS} trials"),
            ),
            trials => self.same_count(trials, raw, row),
        }
        cross
    }

    fn not_crossed(&mut self, got: String, allowed: String) {
        let problem = Problem::NotAllowed { got, allowed };
        self.fault(&["trials", "cross"], "trials.cross".to_owned(), problem);
    }

    /// A number of trials that stands beside the levels must be what follows from these.
    fn same_count(&mut self, trials: u32, raw: &RawTrials, row: &RawRow) {
        let problem = |got: u32| Problem::NotAllowed {
            got: got.to_string(),
            allowed: format!("{trials}, the product of the levels in `trials.cross`, or left out"),
        };
        if self.is_written("count") && raw.count != trials {
            let key = "trials.count".to_owned();
            self.fault(&["trials", "count"], key, problem(raw.count));
        }
        if let Some(own) = row.trials.filter(|&own| own != trials) {
            let key = format!("row.{}.trials", row.id);
            self.fault(&["row", "0", "trials"], key, problem(own));
        }
    }
}
