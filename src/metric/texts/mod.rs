//! The noise of the test texts: how figures would move on other texts of the same kind.

mod lanes;
mod mcnemar;
mod resample;

pub(super) use lanes::{Counts, Lanes};
pub use mcnemar::{McNemar, mcnemar};
pub use resample::TEXT_RESAMPLES;
pub(super) use resample::{Change, over_texts};

#[cfg(test)]
mod tests;
