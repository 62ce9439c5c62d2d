//! What the files of an encoder folder say about its tokenizer, as transformers 5 reads them. No libtorch: the front asks
//! too, for the encoder's id and for what it tells the user.
//!
//! transformers does not simply read `tokenizer.json`. The class that `tokenizer_config.json`, else the model's type names
//! makes the tokenizer anew out of the vocabulary, from its own rules and the options of `tokenizer_config.json`; only
//! classes without rules of their own take `tokenizer.json` as it is written. [`TokenizerSettings`] follows the same path:
//!
//! ```text
//! Files ─ Settings::read ─ class (which rules), config (options), tokens (special and added ones)
//!                        ├─ plain     whether all of it comes down to vocab.txt and a case
//!                        ├─ pipeline  the tokenizer.json that acts, for the `tokenizers` crate
//!                        └─ notices   where the files are at odds
//! ```
//!
//! Reference: transformers 5.23, `tokenization_utils_base.py`, `tokenization_utils_tokenizers.py` and
//! `models/*/tokenization_*.py`.

mod class;
mod config;
mod files;
mod notices;
mod pipeline;
mod plain;
mod settings;
#[cfg(test)]
mod tests;
mod tokenizer_json;
mod tokens;

pub use class::TokenizerClass;
pub use config::TokenizerConfig;
pub use files::{
    LONGEST_TOKENIZER, SENTENCEPIECE, TOKENIZER_FILES, TokenizerFault, TokenizerFiles, fit,
};
pub use pipeline::Pipeline;
pub use settings::TokenizerSettings;
pub use tokens::AddedToken;

/// tokenizer.json: a whole tokenizer.
pub const TOKENIZER: &str = "tokenizer.json";
/// tokenizer_config.json: the class and its options.
pub const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
/// special_tokens_map.json: the special tokens by name.
pub const SPECIAL_TOKENS: &str = "special_tokens_map.json";
/// added_tokens.json: the ids of tokens beside the vocabulary.
pub const ADDED_TOKENS: &str = "added_tokens.json";
/// vocab.txt: the vocabulary of WordPiece, an entry a line.
pub const VOCAB: &str = "vocab.txt";
/// vocab.json: the vocabulary of byte-level BPE.
pub const BPE_VOCAB: &str = "vocab.json";
/// merges.txt: the merges of byte-level BPE.
pub const MERGES: &str = "merges.txt";

/// What is wrong with a vocab.txt that holds JSON, after its name.
pub fn looks_like_json(text: &str) -> Option<String> {
    let opens = text.trim_start().starts_with('{');
    let problem = || {
        format!(
            "holds JSON, not an entry a line: it is a `{TOKENIZER}` or a `{BPE_VOCAB}`, and must be called so"
        )
    };
    (opens && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()).then(problem)
}
