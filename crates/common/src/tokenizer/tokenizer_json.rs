//! tokenizer.json: its parts.

use serde_json::{Map, Value};

use super::{TOKENIZER, TokenizerFault, TokenizerFiles};

/// A tokenizer.json that was read.
#[derive(Debug)]
pub(super) struct TokenizerJson(pub(super) Map<String, Value>);

impl TokenizerJson {
    /// Reads the tokenizer.json; `None` where there is none.
    pub(super) fn read(files: &TokenizerFiles) -> Result<Option<Self>, TokenizerFault> {
        let Some(object) = files.object(TOKENIZER)? else {
            return Ok(None);
        };
        if !object.get("model").is_some_and(Value::is_object) {
            return Err(files.malformed(
                TOKENIZER,
                "has no `model`: it is not a tokenizer of the `tokenizers` library",
            ));
        }
        Ok(Some(Self(object)))
    }

    /// The model.
    pub(super) fn model(&self) -> &Value {
        self.part("model")
    }

    /// A part by its key; nothing where there is none.
    pub(super) fn part(&self, key: &str) -> &Value {
        self.0.get(key).unwrap_or(&Value::Null)
    }

    /// The kind of model; old files do not name it.
    pub(super) fn model_kind(&self) -> Option<&str> {
        let model = self.model();
        match &model["type"] {
            Value::String(kind) => Some(kind),
            _ if model.get("merges").is_some() => Some("BPE"),
            _ if model["vocab"].is_array() => Some("Unigram"),
            _ if model.get("continuing_subword_prefix").is_some() => Some("WordPiece"),
            _ => None,
        }
    }

    /// The vocabulary.
    pub(super) fn vocabulary(&self) -> Option<&Value> {
        self.model().get("vocab")
    }

    /// The tokens beside the vocabulary.
    pub(super) fn added_tokens(&self) -> Option<&Value> {
        self.0.get("added_tokens")
    }

    /// What is done to texts first.
    pub(super) fn normalizer(&self) -> &Value {
        self.part("normalizer")
    }

    /// The side from which its own truncation cuts.
    pub(super) fn direction(&self) -> Option<&str> {
        self.0.get("truncation")?.get("direction")?.as_str()
    }

    /// The table of a SentencePiece normaliser, where it has one.
    pub(super) fn charsmap(&self) -> Option<&Value> {
        let normalizer = self.normalizer();
        let one = std::slice::from_ref(normalizer);
        let all = normalizer["normalizers"].as_array();
        let mut all = all.map_or(one, Vec::as_slice).iter();
        all.find(|one| one["type"] == "Precompiled" && one.get("precompiled_charsmap").is_some())
    }
}
