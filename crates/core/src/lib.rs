//! Trials: what they are, which must run, and where their results lie.
//!
//! [`spec`] checks a TOML file, [`runner`] plans its trials and has them run, [`trial`] is one fit and one scoring with its
//! key and its record, and [`store`] is the results folder.

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod runner;
pub mod spec;
pub mod store;
pub mod trial;
