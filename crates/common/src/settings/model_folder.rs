//! The files of a model folder, as `train` and `distill` write it and `infer` reads it.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// The encoder's configuration.
pub const CONFIG: &str = "config.json";
/// The tokenizer's vocabulary.
pub const VOCAB: &str = "vocab.txt";
/// The encoder's weights.
pub const WEIGHTS: &str = "model.safetensors";
/// Whether the tokenizer lower-cases.
pub const TOKENIZER: &str = "tokenizer_config.json";
/// The head's weights.
pub const HEAD: &str = "head.safetensors";
/// What inference needs to know beside the weights; written last.
pub const FACTS: &str = "fsl-exp.json";

/// The text rules that made the texts which a model learnt from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextRules {
    /// Texts are used as they are.
    None,
    /// The published rules.
    Reference,
    /// The tidy ones.
    Tidy,
}

/// What the published programs call the column of a model's probabilities.
pub const PROBABILITY_COLUMN: &str = "prob_hatred";

/// Every file that a model folder holds.
pub const MODEL_FILES: [&str; 6] = [CONFIG, VOCAB, TOKENIZER, WEIGHTS, HEAD, FACTS];

/// Whether there is a whole model in `folder`.
pub fn model_exists(folder: &Path) -> bool {
    folder.join(FACTS).is_file()
}
