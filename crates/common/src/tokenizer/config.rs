//! tokenizer_config.json: the class of the tokenizer and its options.

use serde_json::{Map, Value};

/// A tokenizer_config.json. An option that is `null` counts as absent.
#[derive(Debug, Clone, Default)]
pub struct TokenizerConfig(Map<String, Value>);

/// The side of a text that is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Its beginning.
    Left,
    /// Its end.
    Right,
}

impl TokenizerConfig {
    /// Takes in the file's bytes.
    ///
    /// # Errors
    /// What is wrong with them: no JSON object, or an option of the wrong kind.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let object = serde_json::from_slice(bytes)
            .map_err(|error| format!("is not a JSON object: {error}"))?;
        let config = Self(object);
        for name in [
            "do_lower_case",
            "strip_accents",
            "tokenize_chinese_chars",
            "keep_accents",
            "split_by_punct",
            "add_prefix_space",
            "split_special_tokens",
        ] {
            config.flag(name)?;
        }
        config.class()?;
        config.truncation_side()?;
        config.check_max_length()?;
        config.unk_id()?;
        if config.get("fast_tokenizer_files").is_some() {
            let problem = "has `fast_tokenizer_files`, a tokenizer.json per version, which this program does not \
                           choose from; remove the key, with the right file as `tokenizer.json`";
            return Err(problem.to_owned());
        }
        Ok(config)
    }

    /// The value of an option.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// All options, those that are `null` too, in the file's order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// An option that is true or false.
    ///
    /// # Errors
    /// It is something else.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(format!("has `{name}` that is not true, false or null")),
        }
    }

    /// An option that is true or false, and was found to be.
    pub(super) fn known_flag(&self, name: &str) -> Option<bool> {
        self.get(name).and_then(Value::as_bool)
    }

    /// The class that it names.
    pub(super) fn class(&self) -> Result<Option<&str>, String> {
        match self.get("tokenizer_class") {
            None => Ok(None),
            Some(Value::String(class)) => Ok(Some(class)),
            Some(_) => Err("has `tokenizer_class` that is no text".to_owned()),
        }
    }

    /// Which side of a long text is cut off.
    pub(super) fn truncation_side(&self) -> Result<Option<Side>, String> {
        match self.get("truncation_side").map(Value::as_str) {
            None => Ok(None),
            Some(Some("left")) => Ok(Some(Side::Left)),
            Some(Some("right")) => Ok(Some(Side::Right)),
            Some(_) => Err("has `truncation_side` that is not \"left\" or \"right\"".to_owned()),
        }
    }

    /// Checks the most tokens that texts are meant to have. It does not act: whoever names a limit, names another one.
    fn check_max_length(&self) -> Result<(), String> {
        let length = self.get("model_max_length").or_else(|| self.get("max_len"));
        match length.map(Value::as_f64) {
            None => Ok(()),
            Some(Some(length)) if length >= 1.0 => Ok(()),
            Some(_) => Err("has `model_max_length` that is not a number from 1".to_owned()),
        }
    }

    /// The place of the unknown token in a vocabulary of DeBERTa.
    pub(super) fn unk_id(&self) -> Result<Option<u64>, String> {
        match self.get("unk_id").map(Value::as_u64) {
            None => Ok(None),
            Some(Some(id)) => Ok(Some(id)),
            Some(None) => Err("has `unk_id` that is not a whole number".to_owned()),
        }
    }
}
