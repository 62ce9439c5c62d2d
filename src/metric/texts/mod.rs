//! The noise of the test texts: how figures would move on other texts of the same kind.

mod lanes;
mod mcnemar;
mod resample;

pub(super) use lanes::{Counts, Lanes};
pub use mcnemar::{McNemar, mcnemar};
pub(super) use resample::{Change, over_texts};
pub use resample::{TEXT_RESAMPLES, text_bootstrap};

#[cfg(test)]
mod tests;
