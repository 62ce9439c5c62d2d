//! Special and added tokens: which ones, and in which order they enter the tokenizer.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use serde_json::{Map, Value};

use super::config::TokenizerConfig;
use super::{ADDED_TOKENS, SPECIAL_TOKENS, TOKENIZER, TOKENIZER_CONFIG};
use super::{TokenizerClass, TokenizerFault, TokenizerFiles};

/// The names of special tokens that every class knows, in the order in which they are added.
const NAMES: [&str; 7] = [
    "bos_token",
    "eos_token",
    "unk_token",
    "sep_token",
    "pad_token",
    "cls_token",
    "mask_token",
];

/// The keys under which further special tokens are listed.
const FURTHER: [&str; 2] = ["extra_special_tokens", "additional_special_tokens"];

/// The most tokens beside the vocabulary; published encoders have up to some thousands.
const MOST_ADDED: usize = 100_000;

/// A token that is looked for in the raw text.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the options of tokenizer.json"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AddedToken {
    /// What is looked for.
    pub content: String,
    /// Whether it is found as a whole word only.
    pub single_word: bool,
    /// Whether it takes the white space before it.
    pub lstrip: bool,
    /// Whether it takes the white space behind it.
    pub rstrip: bool,
    /// Whether it is looked for in the normalised text.
    pub normalized: bool,
    /// Whether it is a special one.
    pub special: bool,
}

impl AddedToken {
    /// A special token with no options.
    pub(super) fn special(content: &str) -> Self {
        Self {
            content: content.to_owned(),
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            special: true,
        }
    }

    /// A token as files write it: a text, or an object with options.
    fn read(value: &Value, named: bool) -> Result<Self, String> {
        let object = match value {
            Value::String(content) => return Ok(Self::special(content)),
            Value::Object(object) => object,
            _ => return Err("has a token that is neither a text nor an object".to_owned()),
        };
        let Some(content) = object.get("content").and_then(Value::as_str) else {
            return Err("has a token without `content`".to_owned());
        };
        let flag = |name: &str| match object.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(format!("has a token whose `{name}` is not true or false")),
        };
        let special = named || flag("special")?.unwrap_or(false);
        Ok(Self {
            content: content.to_owned(),
            single_word: flag("single_word")?.unwrap_or(false),
            lstrip: flag("lstrip")?.unwrap_or(false),
            rstrip: flag("rstrip")?.unwrap_or(false),
            normalized: flag("normalized")?.unwrap_or(!special),
            special,
        })
    }
}

/// The tokens of one tokenizer beside its vocabulary.
#[derive(Debug, Clone, Default)]
pub(super) struct Tokens {
    /// Those that have an id in a file, by that id.
    numbered: BTreeMap<i64, AddedToken>,
    /// The special ones by name, in the order in which they are added.
    named: Vec<(String, AddedToken)>,
    /// Further special ones.
    further: Vec<AddedToken>,
}

impl Tokens {
    /// Those of the files beside tokenizer.json.
    pub(super) fn read(
        files: &TokenizerFiles,
        class: TokenizerClass,
        config: &TokenizerConfig,
    ) -> Result<Self, TokenizerFault> {
        let in_config = |problem: String| files.malformed(TOKENIZER_CONFIG, &problem);
        let mut given = Given::default();
        for (name, value) in config.iter() {
            given.take(name, value, false).map_err(in_config)?;
        }
        let mut tokens = Self::default();
        if let Some(Value::Object(decoder)) = config.get("added_tokens_decoder") {
            tokens.number(decoder).map_err(in_config)?;
        } else if let Some(map) = files.object(SPECIAL_TOKENS)? {
            for (name, value) in &map {
                let taken = given.take(name, value, true);
                taken.map_err(|problem| files.malformed(SPECIAL_TOKENS, &problem))?;
            }
        }
        if config.get("added_tokens_decoder").is_none()
            && let Some(added) = files.object(ADDED_TOKENS)?
        {
            let taken = tokens.number_by_content(&added, &given);
            taken.map_err(|problem| files.malformed(ADDED_TOKENS, &problem))?;
        }
        tokens.name(class, given);
        Ok(tokens)
    }

    /// `added_tokens_decoder`: tokens by id.
    fn number(&mut self, decoder: &Map<String, Value>) -> Result<(), String> {
        check_count(decoder.len())?;
        for (id, value) in decoder {
            let Ok(id) = id.parse::<i64>() else {
                return Err("has a key of `added_tokens_decoder` that is no id".to_owned());
            };
            self.numbered.insert(id, AddedToken::read(value, false)?);
        }
        Ok(())
    }

    /// added_tokens.json: ids by token. Those that have a name are special.
    fn number_by_content(
        &mut self,
        added: &Map<String, Value>,
        given: &Given,
    ) -> Result<(), String> {
        check_count(added.len())?;
        let special: HashSet<&str> = given.contents().collect();
        for (content, id) in added {
            let Some(id) = id.as_i64() else {
                return Err("must hold ids by token".to_owned());
            };
            let special = special.contains(content.as_str());
            let token = AddedToken {
                normalized: !special,
                special,
                ..AddedToken::special(content)
            };
            self.numbered.insert(id, token);
        }
        Ok(())
    }

    /// Gives names to the special tokens: those of the files, else those of the class.
    fn name(&mut self, class: TokenizerClass, given: Given) {
        let Given { mut named, further } = given;
        let usual = class.special_tokens();
        for name in NAMES {
            let given = named.iter().position(|(given, _)| given == name);
            let given = given.map(|index| named.remove(index).1);
            let (token, plain) = match given {
                Some(None) => continue,
                Some(Some((token, plain))) => (token, plain),
                None => match usual.iter().find(|(usual, _)| *usual == name) {
                    Some((_, content)) => (AddedToken::special(content), true),
                    None => continue,
                },
            };
            // MPNet's mask takes the space before it, where nothing else is said of it.
            let lstrip = plain && class == TokenizerClass::MpNet && name == "mask_token";
            let token = AddedToken {
                lstrip: token.lstrip || lstrip,
                ..token
            };
            self.named.push((name.to_owned(), token));
        }
        let others = named
            .into_iter()
            .filter_map(|(name, token)| Some((name, token?.0)));
        self.named.extend(others);
        self.further = further;
    }

    /// Takes in the tokens that tokenizer.json lists, by id; those of tokenizer_config.json count alone where there are some.
    pub(super) fn take_listed(
        &mut self,
        files: &TokenizerFiles,
        config: &TokenizerConfig,
        listed: Option<&Value>,
    ) -> Result<(), TokenizerFault> {
        if config.get("added_tokens_decoder").is_some() {
            return Ok(());
        }
        let malformed = |problem: String| files.malformed(TOKENIZER, &problem);
        let listed = match listed {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Array(listed)) => listed,
            Some(_) => return Err(malformed("has `added_tokens` that are no list".to_owned())),
        };
        check_count(listed.len()).map_err(malformed)?;
        for value in listed {
            let Some(id) = value.get("id").and_then(Value::as_i64) else {
                return Err(malformed("has a token without `id`".to_owned()));
            };
            let token = AddedToken::read(value, false).map_err(malformed)?;
            self.numbered.insert(id, token);
        }
        Ok(())
    }

    /// The token of this name.
    pub(super) fn named(&self, name: &str) -> Option<&str> {
        let found = self.named.iter().find(|(named, _)| named == name);
        found.map(|(_, token)| token.content.as_str())
    }

    /// What is added to a tokenizer that has tokens of these contents already, in order.
    pub(super) fn to_add(&self, already: &HashSet<String>) -> Vec<AddedToken> {
        let names: HashSet<&str> = self
            .named
            .iter()
            .map(|(_, token)| token.content.as_str())
            .collect();
        let mut added: Vec<AddedToken> = self.numbered.values().cloned().collect();
        let mut known: HashSet<String> = already.clone();
        known.extend(added.iter().map(|token| token.content.clone()));
        let special = self
            .named
            .iter()
            .map(|(_, token)| token)
            .chain(&self.further);
        for token in special {
            if known.insert(token.content.clone()) {
                added.push(token.clone());
            }
        }
        for token in &mut added {
            token.special |= names.contains(token.content.as_str());
        }
        added
    }
}

fn check_count(count: usize) -> Result<(), String> {
    if count > MOST_ADDED {
        return Err(format!(
            "adds {count} tokens, at most {MOST_ADDED} are read"
        ));
    }
    Ok(())
}

/// Special tokens as the files give them.
#[derive(Debug, Default)]
struct Given {
    /// By name; the flag says that only the text was given. `None` where a file says that there is none.
    named: Vec<(String, Option<(AddedToken, bool)>)>,
    further: Vec<AddedToken>,
}

impl Given {
    /// Takes in a key of a file, if it is about special tokens. `always` says that objects are special tokens whatever they say.
    fn take(&mut self, name: &str, value: &Value, always: bool) -> Result<(), String> {
        if FURTHER.contains(&name) {
            return self.take_further(value);
        }
        if !name.ends_with("_token") || !(value.is_string() || value.is_object() || value.is_null())
        {
            return Ok(());
        }
        let token = match value {
            Value::Null => None,
            _ => Some((AddedToken::read(value, always)?, value.is_string())),
        };
        self.named.retain(|(known, _)| known != name);
        self.named.push((name.to_owned(), token));
        Ok(())
    }

    fn take_further(&mut self, value: &Value) -> Result<(), String> {
        match value {
            Value::Array(list) => {
                check_count(list.len())?;
                for value in list {
                    let token = AddedToken::read(value, true)?;
                    if !self.further.contains(&token) {
                        self.further.push(token);
                    }
                }
                Ok(())
            }
            Value::Object(named) => {
                let mut named = named.iter();
                named.try_for_each(|(name, value)| {
                    let token = AddedToken::read(value, true)?;
                    self.named
                        .push((name.clone(), Some((token, value.is_string()))));
                    Ok(())
                })
            }
            _ => Err("has special tokens that are no list".to_owned()),
        }
    }

    fn contents(&self) -> impl Iterator<Item = &str> {
        let named = self.named.iter().filter_map(|(_, token)| token.as_ref());
        named
            .map(|(token, _)| token.content.as_str())
            .chain(self.further.iter().map(|token| token.content.as_str()))
    }
}
