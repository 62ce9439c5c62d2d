//! How model2vec reads a text: no special tokens, no unknown ones, and less of a long text than its first tokens.
//!
//! Reference: model2vec 0.10, `model.py` (`encode`, `tokenize`, `_get_unk_token_id`). A limit of `n` tokens first leaves `n` times the
//! median length of the vocabulary's entries in characters of a text, then `n` tokens of that; then unknown tokens are left out.

use serde_json::Value;
use tokenizers::Tokenizer as Inner;

/// What is done for a static encoder.
pub(super) struct StaticRules {
    unknown: Option<u32>,
    /// The median length of the vocabulary's entries in characters, rounded down.
    median: usize,
    /// The token that stands for a text without tokens.
    pub(super) empty: Option<i64>,
}

impl StaticRules {
    /// Those of a tokenizer, `json` in the file.
    pub(super) fn new(inner: &Inner, json: &Value) -> Self {
        let vocabulary = inner.get_vocab(true);
        let mut lengths: Vec<usize> = vocabulary
            .keys()
            .map(|token| token.chars().count())
            .collect();
        lengths.sort_unstable();
        let middle = |index: usize| lengths.get(index).copied().unwrap_or(0);
        let count = lengths.len();
        let model = &json["model"];
        let unknown = match model["unk_token"].as_str() {
            Some(token) => inner.token_to_id(token),
            None => model["unk_id"].as_u64().map(|id| id as u32),
        };
        Self {
            unknown,
            median: usize::midpoint(middle(count.saturating_sub(1) / 2), middle(count / 2)),
            empty: None,
        }
    }

    /// What is looked at of a text.
    pub(super) fn beginning<'a>(&self, text: &'a str, max_tokens: usize) -> &'a str {
        let characters = max_tokens.saturating_mul(self.median);
        if text.len() <= characters {
            return text;
        }
        let end = text.char_indices().nth(characters);
        end.map_or(text, |(end, _)| &text[..end])
    }

    /// What is left of the tokens of a text.
    pub(super) fn kept(&self, ids: &[u32], max_tokens: usize) -> Vec<i64> {
        let read = &ids[..ids.len().min(max_tokens)];
        let known = read.iter().filter(|id| Some(**id) != self.unknown);
        let mut kept: Vec<i64> = known.copied().map(i64::from).collect();
        if kept.is_empty() {
            kept.extend(self.empty);
        }
        kept
    }

    /// How many tokens there are, the one that stands for none not counted.
    pub(super) fn count(&self, ids: &[i64]) -> u64 {
        match ids {
            [only] if Some(*only) == self.empty => 0,
            ids => ids.len() as u64,
        }
    }
}
