//! Rows against each other: a verdict on every pair, and what it rests on.

mod compared;
mod document;
mod explain;
mod json;

pub use compared::{Compared, ComparedRow, Comparison, Missing};

#[cfg(test)]
mod tests;
