//! Two rows over seeds: exact tests, effect sizes, and how often one beats the other.

mod effect;
mod permutation;
mod sign_flip;

pub use effect::{
    Effect, Superiority, standardized, standardized_paired, superiority, superiority_paired,
};
pub(super) use permutation::least_of_divisions;
pub use permutation::permutation;
pub(super) use sign_flip::least_of_flips;
pub use sign_flip::sign_flip;

/// Random draws of a test that is too large to be enumerated.
pub const DRAWS: usize = 100_000;

/// A difference this close to another, beside the sum of all values, counts as equal: sums differ in their last digits by order.
const TIE: f64 = 1e-9;

/// A two-sided test by counting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeedTest {
    /// The probability of a difference at least this large, were both rows alike.
    pub p: f64,
    /// Whether every arrangement was counted; otherwise [`DRAWS`] random ones were, the observed one added (Phipson & Smyth 2010).
    pub exact: bool,
    /// The smallest p that so few values can give.
    pub least: f64,
}

impl SeedTest {
    /// Whether the test can come out below a level at all.
    pub fn can_decide(&self, level: f64) -> bool {
        self.least < level
    }
}

/// p of a random test: `as_far` of `draws` arrangements are at least as far out as the observed one, which counts as one of them.
fn drawn_p(as_far: usize, draws: usize) -> f64 {
    (as_far + 1) as f64 / (draws + 1) as f64
}

#[cfg(test)]
mod tests;
