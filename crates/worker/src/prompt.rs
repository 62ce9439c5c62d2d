//! Prompts before texts.

use std::borrow::Cow;

use fsl_common::truncation::Truncation;
use fsl_nn::Tokenizer;

/// The texts with the prompt before each, if there is one.
pub(crate) fn prompted<'a>(prompt: Option<&str>, texts: &'a [String]) -> Cow<'a, [String]> {
    match prompt {
        None => Cow::Borrowed(texts),
        Some(prompt) => texts.iter().map(|text| prompt.to_owned() + text).collect(),
    }
}

/// A tokenizer, and what stands before every text.
pub(crate) struct PromptedTokenizer {
    pub(crate) tokenizer: Tokenizer,
    pub(crate) prompt: Option<String>,
}

impl PromptedTokenizer {
    /// Token ids of texts, special ones included, at most `max_tokens` of each.
    pub(crate) fn encode_all(&self, texts: &[String], max_tokens: usize) -> Vec<Vec<i64>> {
        let texts = prompted(self.prompt.as_deref(), texts);
        self.tokenizer.encode_all(&texts, max_tokens)
    }

    /// How much of the texts is not read.
    pub(crate) fn truncation(&self, texts: &[String], max_tokens: usize) -> Truncation {
        let texts = prompted(self.prompt.as_deref(), texts);
        self.tokenizer.truncation(&texts, max_tokens)
    }
}
