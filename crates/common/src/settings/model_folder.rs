//! The files of a model folder, as `train` and `distill` write it and `infer` reads it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::classes::Classes;
use crate::fsio;
use crate::tokenizer;

/// The encoder's configuration.
pub use super::encoder::CONFIG;
/// The tokenizer's vocabulary, where that and the case are all of it; otherwise there are more of the tokenizer's files.
pub const VOCAB: &str = "vocab.txt";
/// The encoder's weights.
pub const WEIGHTS: &str = "model.safetensors";
/// What transformers needs to know of the tokenizer.
pub const TOKENIZER: &str = "tokenizer_config.json";
/// The head's weights.
pub const HEAD: &str = "head.safetensors";
/// What inference needs to know beside the weights; written last.
pub const FACTS: &str = "fsl-exp.json";
/// The checksums of all other files, as `sha256sum` writes and checks them. Models of earlier programs have none.
pub const SUMS: &str = "SHA256SUMS";

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

/// How the columns of the probabilities of more than two classes begin.
pub const CLASS_COLUMNS: &str = "prob";

/// The column of the probabilities of two classes, or how those of more begin: as given, otherwise the usual name.
pub fn probability_stem(classes: &Classes, given: Option<&str>) -> String {
    let usual = if classes.count() == 2 {
        PROBABILITY_COLUMN
    } else {
        CLASS_COLUMNS
    };
    given.unwrap_or(usual).to_owned()
}

/// What the columns of probabilities are called: of two classes that of label 1, of more one per class, by label.
pub fn probability_columns(classes: &Classes, given: Option<&str>) -> Vec<String> {
    let stem = probability_stem(classes, given);
    if classes.count() == 2 {
        return vec![stem];
    }
    let names = classes.names().iter();
    names.map(|name| format!("{stem}_{name}")).collect()
}

/// Every file that a model folder may hold.
pub const MODEL_FILES: [&str; 12] = [
    CONFIG,
    VOCAB,
    TOKENIZER,
    tokenizer::TOKENIZER,
    tokenizer::SPECIAL_TOKENS,
    tokenizer::ADDED_TOKENS,
    tokenizer::BPE_VOCAB,
    tokenizer::MERGES,
    WEIGHTS,
    HEAD,
    SUMS,
    FACTS,
];

/// Whether there is a whole model in `folder`.
pub fn model_exists(folder: &Path) -> bool {
    folder.join(FACTS).is_file()
}

/// Whether this program wrote the description of a model that is in `folder`: others may have files of that name.
pub fn is_model(folder: &Path) -> bool {
    let bytes = fsio::read_plain(&folder.join(FACTS));
    let facts = bytes
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    facts.is_some_and(|facts: serde_json::Value| {
        facts["format"].is_u64() && facts["pooling"].is_string() && facts["max-tokens"].is_u64()
    })
}
