//! Tokenizers that come down to vocab.txt and a case: what the program read before it knew any other.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::tokenizer_json::TokenizerJson;
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
        let made = matches!(self.class, TokenizerClass::Bert | TokenizerClass::AsWritten);
        if !made || self.unknown_class.is_some() || !self.has_plain_options() {
            return Ok(None);
        }
        let (Some(text), json) = (files.text(VOCAB)?, TokenizerJson::read(files)?) else {
            return Ok(None);
        };
        let mut lowercase = Some(self.lowercase());
        let mut tokens = self.tokens.clone();
        if let Some(json) = json {
            let entries = entries(&text);
            if self.cuts_left(json.direction()) || !has_entries(&json, &entries) {
                return Ok(None);
            }
            tokens.take_listed(files, &self.config, json.added_tokens())?;
            if self.class == TokenizerClass::AsWritten {
                lowercase = written_plainly(&json, &entries);
            }
        }
        let names = SPECIALS.iter();
        let named = names
            .clone()
            .all(|(name, content)| match tokens.named(name) {
                None => self.class == TokenizerClass::AsWritten,
                Some(named) => named == *content,
            });
        let added = tokens.to_add(&HashSet::new());
        let plain = |content: &str| added.contains(&AddedToken::special(content));
        let all = added.len() == SPECIALS.len() && names.clone().all(|(_, content)| plain(content));
        Ok(lowercase.filter(|_| named && all))
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

/// Whether texts are lower-cased by a tokenizer.json that is read as it is written, where nothing else is special about it.
fn written_plainly(json: &TokenizerJson, entries: &HashMap<&str, i64>) -> Option<bool> {
    let normalizer = json.normalizer();
    let lowercase = normalizer["lowercase"].as_bool()?;
    let accents = normalizer["strip_accents"].as_bool().unwrap_or(lowercase);
    let model = json.model();
    let plain = normalizer["type"] == "BertNormalizer"
        && normalizer["clean_text"] == true
        && normalizer["handle_chinese_chars"] == true
        && accents == lowercase
        && json.part("pre_tokenizer")["type"] == "BertPreTokenizer"
        && model["unk_token"] == "[UNK]"
        && model["continuing_subword_prefix"] == "##"
        && model["max_input_chars_per_word"] == 100
        && has_plain_template(json.part("post_processor"), entries);
    plain.then_some(lowercase)
}

/// Whether `[CLS]` and `[SEP]` stand around a text.
fn has_plain_template(processor: &Value, entries: &HashMap<&str, i64>) -> bool {
    let id = |content: &str| entries.get(content).map(|id| json!([content, id]));
    if processor["type"] == "BertProcessing" {
        return Some(&processor["cls"]) == id("[CLS]").as_ref()
            && Some(&processor["sep"]) == id("[SEP]").as_ref();
    }
    let single = processor["single"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let [first, text, last] = single else {
        return false;
    };
    let special = |piece: &Value, content: &str| {
        let listed = &processor["special_tokens"][content]["ids"];
        piece["SpecialToken"]["id"] == content
            && entries
                .get(content)
                .is_some_and(|id| *listed == json!([id]))
    };
    processor["type"] == "TemplateProcessing"
        && special(first, "[CLS]")
        && text["Sequence"]["id"] == "A"
        && special(last, "[SEP]")
}
