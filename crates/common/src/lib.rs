//! The base of all packages: files written whole or not at all, child processes, derived seeds, uniform
//! draws, classes and their probabilities, and the settings of training and of encoders. No libtorch, no printing.

pub mod child;
pub mod classes;
pub mod fsio;
pub mod probabilities;
pub mod random;
pub mod seed;
pub mod settings;
pub mod spelling;
pub mod truncation;
