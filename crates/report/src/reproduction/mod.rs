//! Published cells against ours: one verdict per cell, with its reason in words.

mod checked;
mod document;
mod reason;

pub use checked::{CheckedCell, CheckedTable, VerdictCounts, check_published};

#[cfg(test)]
mod tests;
