//! The base of all packages: files written whole or not at all, child processes, derived seeds, uniform
//! draws, classes and their probabilities, the settings of training and of encoders, and strings as messages show them. No
//! libtorch, no printing.

pub mod child;
pub mod classes;
pub mod fsio;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod probabilities;
pub mod random;
pub mod seed;
pub mod sentence;
pub mod settings;
pub mod shown;
pub mod spelling;
pub mod spreadsheet;
pub mod tokenizer;
pub mod truncation;
