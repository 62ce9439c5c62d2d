//! Tokenizers that come down to vocab.txt and a case: what the program read before it knew any other.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::pipeline::TokenizerJson;
use super::{AddedToken, TokenizerClass, TokenizerFault, TokenizerFiles, TokenizerSettings, VOCAB};

/// The special tokens of such a tokenizer: all of them, by these names.
const SPECIALS: [(&str, &str); 5] = [
    ("pad_token", "[PAD]"),
    ("unk_token", "[UNK]"),
    ("cls_token", "[CLS]"),
    ("sep_token", "[SEP]"),
    ("mask_token", "[MASK]"),
];

/// The entries of a vocab.txt: of equal ones the last counts, and no text becomes an empty one.
pub(super) fn entries(text: &str) -> HashMap<&str, i64> {
    let lines = (0_i64..).zip(text.lines().map(str::trim_end));
    lines
        .filter(|(_, entry)| !entry.is_empty())
        .map(|(id, entry)| (entry, id))
        .collect()
}

impl TokenizerSettings {
    /// Whether texts are lower-cased, where the whole tokenizer is the file vocab.txt and that; `None` where it is more.
    ///
    /// # Errors
    /// A file that cannot be read, or a tokenizer.json that is none.
    pub fn plain(&self, files: &TokenizerFiles) -> Result<Option<bool>, TokenizerFault> {
        if self.class != TokenizerClass::Bert || !files.has(VOCAB) || !self.has_plain_options() {
            return Ok(None);
        }
        let mut tokens = self.tokens.clone();
        if let Some(json) = TokenizerJson::read(files)? {
            let Some(text) = files.text(VOCAB)? else {
                return Ok(None);
            };
            if self.cuts_left(json.direction()) || !has_entries(&json, &entries(&text)) {
                return Ok(None);
            }
            tokens.take_listed(files, &self.config, json.added_tokens())?;
        }
        let named = SPECIALS
            .iter()
            .all(|(name, content)| tokens.named(name) == Some(content));
        let added = tokens.to_add(&HashSet::new());
        let plain = |token: &AddedToken| {
            let known = SPECIALS
                .iter()
                .any(|(_, content)| token.content == *content);
            known && *token == AddedToken::special(&token.content)
        };
        Ok((named && added.iter().all(plain)).then(|| self.lowercase()))
    }

    /// Whether the options are those that such a tokenizer has.
    fn has_plain_options(&self) -> bool {
        let lowercase = self.lowercase();
        self.config.known_flag("strip_accents").unwrap_or(lowercase) == lowercase
            && self
                .config
                .known_flag("tokenize_chinese_chars")
                .unwrap_or(true)
            && !self
                .config
                .known_flag("split_special_tokens")
                .unwrap_or(false)
            && !self.cuts_left(None)
    }

    /// Whether texts are lower-cased, as far as that is an option of the class.
    pub fn lowercases(&self) -> bool {
        let option = !matches!(
            self.class,
            TokenizerClass::Roberta | TokenizerClass::XlmRoberta | TokenizerClass::AsWritten
        );
        option && self.lowercase()
    }

    /// `do_lower_case`, with what the class does without it.
    pub(super) fn lowercase(&self) -> bool {
        let usual = self.class != TokenizerClass::DebertaV2;
        self.config.known_flag("do_lower_case").unwrap_or(usual)
    }
}

/// Whether the vocabulary of tokenizer.json has these entries and no others.
fn has_entries(json: &TokenizerJson, entries: &HashMap<&str, i64>) -> bool {
    let Some(Value::Object(vocabulary)) = json.vocabulary() else {
        return false;
    };
    json.model_kind() == Some("WordPiece")
        && vocabulary.len() == entries.len()
        && vocabulary
            .iter()
            .all(|(entry, id)| id.is_i64() && entries.get(entry.as_str()).copied() == id.as_i64())
}
