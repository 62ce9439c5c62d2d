//! Two rows against each other: a difference of F1 with the noise of seeds and of texts, and one of four words.
//!
//! The rule is explained in `docs/statistics.md`.

mod decide;
mod evidence;
mod needed;
mod noise;
mod row;
mod side;
mod two_way;

pub use decide::{ALPHA, Decision, Scope, Word, decide};
pub use evidence::{Evidence, SeedEvidence, gather};
pub use needed::Needed;
pub use noise::{Noise, Part};
pub use side::{Contest, Link, Mean, Side};
pub use two_way::TwoWay;

/// Seeds below which no exact two-sided test over pairs can reach 5 %: 2 / 2⁵ is 0.0625.
pub const FEWEST_PAIRS: usize = 6;

#[cfg(test)]
mod tests;
