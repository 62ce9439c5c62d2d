//! Sentence encoders: what a folder of sentence-transformers declares beside the weights. modules.json names the modules that make a
//! text's vector (Pooling, Dense, Normalize), other files the prompts and the longest text.
//!
//! Formats: sentence-transformers 6.2.0 (`base/model.py`, `base/modules/`, `sentence_transformer/modules/pooling.py`), which still reads
//! what its version 2 wrote.

mod fault;
mod keys;
mod layout;
mod parse;
mod prompt;
mod read;

pub use fault::SentenceFault;
pub use layout::{CONFIG, Kind, Layout, MODULES, PROMPTS, SENTENCE_BERT, WEIGHTS};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use parse::faults;
pub use parse::{DenseActivation, DenseConfig};
pub use prompt::{PromptFault, Prompts};
pub use read::{DenseSource, SentenceEncoder, VectorModule, described, read_layout, shown_prompt};

#[cfg(test)]
mod tests;
