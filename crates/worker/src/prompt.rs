//! Prompts before texts.

use std::borrow::Cow;

use fsl_common::truncation::Truncation;
use fsl_nn::{TokenLimit, Tokenizer};

/// The texts with the prompt before each, if there is one.
pub(crate) fn prompted<'a>(prompt: Option<&str>, texts: &'a [String]) -> Cow<'a, [String]> {
    match prompt {
        None => Cow::Borrowed(texts),
        Some(prompt) => texts.iter().map(|text| prompt.to_owned() + text).collect(),
    }
}

/// A tokenizer, what stands before every text, and which tokens of both are read.
pub(crate) struct PromptedTokenizer {
    pub(crate) tokenizer: Tokenizer,
    pub(crate) prompt: Option<String>,
    pub(crate) limit: TokenLimit,
}

impl PromptedTokenizer {
    /// Token ids of texts, special ones included.
    pub(crate) fn encode_all(&self, texts: &[String]) -> Vec<Vec<i64>> {
        let texts = prompted(self.prompt.as_deref(), texts);
        self.tokenizer.encode_all(&texts, self.limit)
    }

    /// How much of the texts is not read.
    pub(crate) fn truncation(&self, texts: &[String]) -> Truncation {
        let texts = prompted(self.prompt.as_deref(), texts);
        self.tokenizer.truncation(&texts, self.limit)
    }
}
