//! The shape of an encoder, from a Hugging Face `config.json`.

use std::ops::RangeInclusive;
use std::path::Path;

use serde_json::{Map, Value};

use super::NnError;
use super::activation::Activation;
use super::family::Family;
use super::settings::FamilySettings;
use super::tensor_names::quoted;

/// No encoder reaches it, and a product of two cannot overflow.
pub(crate) const LARGEST_SIZE: i64 = 10_000_000;

/// The shape of an encoder and its dropout, one struct for all families.
#[derive(Debug, Clone, PartialEq)]
pub struct EncoderConfig {
    /// Which blocks, names and dropout: `model_type`.
    pub family: Family,
    /// Rows of the word embedding: `vocab_size`.
    pub vocab_size: i64,
    /// Numbers per row of the embeddings: `embedding_size` where a family has that key, otherwise `H`.
    pub embedding_size: i64,
    /// `H`: `hidden_size` or `dim`.
    pub hidden: i64,
    /// Blocks: `num_hidden_layers` or `n_layers`.
    pub layers: i64,
    /// `A`, a divisor of `H`: `num_attention_heads` or `n_heads`.
    pub heads: i64,
    /// Width of the feed-forward part: `intermediate_size` or `hidden_dim`.
    pub intermediate: i64,
    /// The longest text in tokens, special ones included: `max_position_embeddings`, less what comes before the first position.
    pub max_positions: i64,
    /// The row of the position embedding that the first token has: the padding index + 1 in RoBERTa and its kin, 0 elsewhere.
    pub first_position: i64,
    /// Rows of the token-type embedding: `type_vocab_size`, 0 for families that have none.
    pub type_vocab_size: i64,
    /// The constant inside layer normalisation: `layer_norm_eps`, default 1e-12 (transformers).
    pub layer_norm_eps: f64,
    /// Dropout after the embeddings and after each half of a block, in [0, 1), mostly 0.1 by default (transformers).
    pub hidden_dropout: f64,
    /// Dropout of attention probabilities, in [0, 1), mostly 0.1 by default (transformers).
    pub attention_dropout: f64,
    /// `hidden_act` or `activation`, mostly `gelu` by default (transformers).
    pub activation: Activation,
    /// The row of the word embedding that never learns: `pad_token_id`, mostly 0 by default (transformers' `padding_idx`).
    pub pad_token_id: Option<i64>,
    /// What only the family has.
    pub(crate) settings: FamilySettings,
}

impl EncoderConfig {
    /// The keys of hidden size, layers and intermediate size.
    pub(crate) fn size_keys(&self) -> [&'static str; 3] {
        match self.family {
            Family::DistilBert => ["dim", "n_layers", "hidden_dim"],
            _ => ["hidden_size", "num_hidden_layers", "intermediate_size"],
        }
    }

    /// The key that the size of a tensor's dimension comes from, where it is certain.
    pub(crate) fn key_of(&self, tensor: &str, dimension: usize, size: i64) -> Option<&'static str> {
        // Its sizes are those of the weights.
        if self.family == Family::Model2Vec {
            return None;
        }
        let tables = [
            ("word_embeddings.weight", "vocab_size"),
            ("tok_embeddings.weight", "vocab_size"),
            ("position_embeddings.weight", "max_position_embeddings"),
            ("token_type_embeddings.weight", "type_vocab_size"),
        ];
        let mut tables = tables.into_iter();
        let table = tables.find(|(name, _)| dimension == 0 && tensor.ends_with(name));
        if let Some((_, key)) = table {
            return Some(key);
        }
        // Their rows come from several keys, or are as many as a size of another tensor by chance.
        let mut others = ["rel_embeddings.weight", "relative_attention_bias.weight"].into_iter();
        if dimension == 0 && others.any(|name| tensor.ends_with(name)) {
            return None;
        }
        let [hidden, _, intermediate] = self.size_keys();
        let sizes = [
            (self.hidden, hidden),
            (self.intermediate, intermediate),
            (self.embedding_size, "embedding_size"),
        ];
        let mut sizes = sizes.into_iter();
        sizes.find_map(|(known, key)| (known == size).then_some(key))
    }

    /// Tokens that are read of a text unless another limit is asked for, where the family says it in config.json.
    pub fn usual_tokens(&self) -> Option<u32> {
        match self.settings {
            FamilySettings::Static(settings) => {
                Some(settings.tokens.unwrap_or(LARGEST_SIZE as u32))
            }
            _ => None,
        }
    }

    /// Whether a static encoder's file says which vector each token has.
    pub(crate) fn maps_tokens(&self) -> bool {
        matches!(&self.settings, FamilySettings::Static(settings) if settings.mapped)
    }

    /// The token that stands for a text without tokens, where the family reads such texts.
    pub fn empty_text(&self) -> Option<i64> {
        match self.family {
            Family::Model2Vec => Some(self.vocab_size - 1),
            _ => None,
        }
    }
}

/// The keys of one config.json, read by kind.
pub(crate) struct Keys<'a> {
    path: &'a Path,
    object: Map<String, Value>,
}

impl<'p> Keys<'p> {
    /// The keys of a config.json, which errors call `path`.
    pub(crate) fn parse(path: &'p Path, bytes: &[u8]) -> Result<Self, NnError> {
        let malformed = |problem: String| NnError::Malformed {
            path: path.into(),
            problem,
        };
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| malformed(format!("is not valid JSON: {error}")))?;
        let Value::Object(object) = value else {
            return Err(malformed("is not a JSON object".to_owned()));
        };
        Ok(Self { path, object })
    }

    /// All keys.
    pub(crate) fn object(&self) -> &Map<String, Value> {
        &self.object
    }

    /// The family, by `model_type`.
    pub(crate) fn family(&self) -> Result<Family, NnError> {
        let name = self.text("model_type", None)?;
        Family::parse(name).map_err(|all| self.refused("model_type", &all))
    }

    /// Checks that the heads, under the key `heads`, divide the hidden size, under the key `hidden`.
    pub(crate) fn divided(
        &self,
        config: EncoderConfig,
        hidden: &str,
        heads: &str,
    ) -> Result<EncoderConfig, NnError> {
        if config.hidden % config.heads == 0 {
            return Ok(config);
        }
        let allowed = format!("a multiple of `{heads}`, which is {}", config.heads);
        Err(self.refused(hidden, &allowed))
    }

    /// The config of a family that counts positions from the index of padding + 1.
    pub(crate) fn positions_after(
        &self,
        config: EncoderConfig,
        padding: i64,
    ) -> Result<EncoderConfig, NnError> {
        let first_position = padding.saturating_add(1);
        let max_positions = config.max_positions - first_position;
        if max_positions < 1 {
            let allowed = format!(
                "above {first_position}: positions begin behind the padding index, which is {padding}"
            );
            return Err(self.refused("max_position_embeddings", &allowed));
        }
        Ok(EncoderConfig {
            max_positions,
            first_position,
            pad_token_id: Some(padding),
            ..config
        })
    }

    /// Checks that a text, where there is one, is the only one that is implemented.
    pub(crate) fn only_text(&self, key: &str, only: &str) -> Result<(), NnError> {
        if self.text(key, Some(only))? == only {
            return Ok(());
        }
        Err(self.refused(key, &format!("`{only}`")))
    }

    /// Checks that a key, where there is one, is `false`.
    pub(crate) fn only_false(&self, key: &str) -> Result<(), NnError> {
        match self.object.get(key) {
            None | Some(Value::Bool(false)) => Ok(()),
            Some(_) => Err(self.refused(key, "`false`")),
        }
    }

    /// A size: a whole number from 1 to 10 million, which no encoder reaches and which cannot overflow a product of two.
    pub(crate) fn size(&self, key: &str) -> Result<i64, NnError> {
        self.object
            .get(key)
            .and_then(Value::as_i64)
            .filter(|size| (1..=LARGEST_SIZE).contains(size))
            .ok_or_else(|| self.refused(key, "a whole number from 1 to 10000000"))
    }

    /// A whole number in a range.
    pub(crate) fn whole(
        &self,
        key: &str,
        default: i64,
        range: RangeInclusive<i64>,
    ) -> Result<i64, NnError> {
        let Some(value) = self.object.get(key) else {
            return Ok(default);
        };
        let number = value.as_i64().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            let (first, last) = range.into_inner();
            let allowed = if first == last {
                format!("{first}")
            } else {
                format!("a whole number from {first} to {last}")
            };
            self.refused(key, &allowed)
        })
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, key: &str, default: bool) -> Result<bool, NnError> {
        match self.object.get(key) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.refused(key, "`true` or `false`")),
        }
    }

    /// Whatever the key has.
    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        self.object.get(key)
    }

    /// A whole number from 1 to `most`.
    pub(crate) fn size_within(&self, key: &str, default: i64, most: i64) -> Result<i64, NnError> {
        self.whole(key, default, 1..=most)
    }

    /// A rate of dropout.
    pub(crate) fn rate(&self, key: &str, default: f64) -> Result<f64, NnError> {
        self.number(key, default, "a number from 0 to below 1", |rate| {
            (0.0..1.0).contains(&rate)
        })
    }

    /// A number for which `fits` holds, `allowed` in words.
    pub(crate) fn number(
        &self,
        key: &str,
        default: f64,
        allowed: &str,
        fits: impl Fn(f64) -> bool,
    ) -> Result<f64, NnError> {
        match self.object.get(key) {
            None => Ok(default),
            Some(value) => value
                .as_f64()
                .filter(|&number| fits(number))
                .ok_or_else(|| self.refused(key, allowed)),
        }
    }

    /// A text.
    pub(crate) fn text<'a>(
        &'a self,
        key: &str,
        default: Option<&'a str>,
    ) -> Result<&'a str, NnError> {
        match (self.object.get(key), default) {
            (Some(Value::String(text)), _) => Ok(text),
            (None, Some(text)) => Ok(text),
            _ => Err(self.refused(key, "a text")),
        }
    }

    /// The name of an activation.
    pub(crate) fn activation(&self, key: &str, default: &str) -> Result<Activation, NnError> {
        Activation::parse(self.text(key, Some(default))?).map_err(|all| self.refused(key, &all))
    }

    /// The constant of layer normalisation, default 1e-12.
    pub(crate) fn layer_norm_eps(&self, key: &str) -> Result<f64, NnError> {
        self.number(key, 1e-12, "a number above 0", |value| value > 0.0)
    }

    /// The row of the word embedding that never learns.
    pub(crate) fn pad_token_id(&self, default: i64) -> Result<Option<i64>, NnError> {
        match self.object.get("pad_token_id") {
            None => Ok(Some(default)),
            Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_i64()
                .filter(|&id| id >= 0)
                .map(Some)
                .ok_or_else(|| self.refused("pad_token_id", "a whole number from 0, or null")),
        }
    }

    /// The error about the value of a key.
    pub(crate) fn refused(&self, key: &str, allowed: &str) -> NnError {
        NnError::Config {
            path: self.path.into(),
            key: key.to_owned(),
            got: self
                .object
                .get(key)
                .map_or_else(|| "nothing".to_owned(), |value| quoted(&value.to_string())),
            allowed: allowed.to_owned(),
        }
    }
}
