//! The shape of an encoder, from a Hugging Face `config.json`.

use std::path::Path;

use serde_json::{Map, Value};

use super::NnError;
use super::tensor_names::quoted;
#[cfg(test)]
use fsl_common::fsio::OpenFile;

/// The longest config.json that is read, in bytes: one with thousands of class names has some hundred thousand.
pub(crate) const LONGEST_CONFIG: u64 = 16 << 20;

/// The family of an encoder: which names its checkpoint uses, and where dropout acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// BERT (arXiv 1810.04805) and what shares its code: MiniLM, XtremeDistil.
    Bert,
    /// DistilBERT (arXiv 1910.01108).
    DistilBert,
}

/// What stands between the two halves of a block's feed-forward part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `x·Φ(x)` with the exact normal distribution function (erf), not its tanh approximation.
    Gelu,
    /// `max(x, 0)`.
    Relu,
}

/// The shape of an encoder and its dropout, one struct for both families.
#[derive(Debug, Clone, PartialEq)]
pub struct EncoderConfig {
    /// BERT or DistilBERT: `model_type`.
    pub family: Family,
    /// Rows of the word embedding: `vocab_size`.
    pub vocab_size: i64,
    /// `H`: `hidden_size` or `dim`.
    pub hidden: i64,
    /// Blocks: `num_hidden_layers` or `n_layers`.
    pub layers: i64,
    /// `A`, a divisor of `H`: `num_attention_heads` or `n_heads`.
    pub heads: i64,
    /// Width of the feed-forward part: `intermediate_size` or `hidden_dim`.
    pub intermediate: i64,
    /// The longest text in tokens, special ones included: `max_position_embeddings`.
    pub max_positions: i64,
    /// Rows of the token-type embedding: `type_vocab_size`, 0 for DistilBERT, which has none.
    pub type_vocab_size: i64,
    /// The constant inside layer normalisation: `layer_norm_eps`, default 1e-12 (transformers); DistilBERT fixes it there.
    pub layer_norm_eps: f64,
    /// Dropout after the embeddings and after each half of a block, in [0, 1), default 0.1 (transformers).
    pub hidden_dropout: f64,
    /// Dropout of attention probabilities, in [0, 1), default 0.1 (transformers).
    pub attention_dropout: f64,
    /// `hidden_act` or `activation`, default `gelu` (transformers).
    pub activation: Activation,
    /// The row of the word embedding that never learns: `pad_token_id`, default 0 (transformers' `padding_idx`).
    pub pad_token_id: Option<i64>,
}

impl EncoderConfig {
    /// Reads the config.json at `path`; see [`parse`](Self::parse).
    ///
    /// # Errors
    /// [`NnError::Read`], and those of [`parse`](Self::parse).
    #[cfg(test)]
    pub(crate) fn read(path: &Path) -> Result<Self, NnError> {
        let bytes = OpenFile::open(path)
            .and_then(|file| file.read(LONGEST_CONFIG))
            .map_err(NnError::read(path))?;
        Self::parse(path, &bytes)
    }

    /// Checks a config.json, which errors call `path`.
    ///
    /// # Errors
    /// [`NnError::Malformed`] where it is no JSON object, [`NnError::Config`] for the first key that is missing or has a value that
    /// no encoder here can have.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, NnError> {
        let malformed = |problem: String| NnError::Malformed {
            path: path.into(),
            problem,
        };
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| malformed(format!("is not valid JSON: {error}")))?;
        let Value::Object(object) = value else {
            return Err(malformed("is not a JSON object".to_owned()));
        };
        Keys { path, object }.config()
    }
}

/// The keys of one config.json, read by kind.
struct Keys<'a> {
    path: &'a Path,
    object: Map<String, Value>,
}

impl Keys<'_> {
    fn config(&self) -> Result<EncoderConfig, NnError> {
        let config = match self.text("model_type", None)? {
            "bert" => self.bert()?,
            "distilbert" => self.distilbert()?,
            _ => return Err(self.refused("model_type", "`bert` or `distilbert`")),
        };
        if config.hidden % config.heads != 0 {
            let (key, heads) = match config.family {
                Family::Bert => ("hidden_size", "num_attention_heads"),
                Family::DistilBert => ("dim", "n_heads"),
            };
            return Err(self.refused(
                key,
                &format!("a multiple of `{heads}`, which is {}", config.heads),
            ));
        }
        Ok(config)
    }

    fn bert(&self) -> Result<EncoderConfig, NnError> {
        if self.text("position_embedding_type", Some("absolute"))? != "absolute" {
            return Err(self.refused("position_embedding_type", "`absolute`"));
        }
        if self
            .object
            .get("is_decoder")
            .is_some_and(|value| value != &Value::Bool(false))
        {
            return Err(self.refused("is_decoder", "`false`"));
        }
        Ok(EncoderConfig {
            family: Family::Bert,
            vocab_size: self.size("vocab_size")?,
            hidden: self.size("hidden_size")?,
            layers: self.size("num_hidden_layers")?,
            heads: self.size("num_attention_heads")?,
            intermediate: self.size("intermediate_size")?,
            max_positions: self.size("max_position_embeddings")?,
            type_vocab_size: self.size("type_vocab_size")?,
            layer_norm_eps: self.number("layer_norm_eps", 1e-12, "a number above 0", |value| {
                value > 0.0
            })?,
            hidden_dropout: self.rate("hidden_dropout_prob")?,
            attention_dropout: self.rate("attention_probs_dropout_prob")?,
            activation: self.activation("hidden_act")?,
            pad_token_id: self.pad_token_id()?,
        })
    }

    fn distilbert(&self) -> Result<EncoderConfig, NnError> {
        Ok(EncoderConfig {
            family: Family::DistilBert,
            vocab_size: self.size("vocab_size")?,
            hidden: self.size("dim")?,
            layers: self.size("n_layers")?,
            heads: self.size("n_heads")?,
            intermediate: self.size("hidden_dim")?,
            max_positions: self.size("max_position_embeddings")?,
            type_vocab_size: 0,
            // transformers, modeling_distilbert.py: a constant, not a key.
            layer_norm_eps: 1e-12,
            hidden_dropout: self.rate("dropout")?,
            attention_dropout: self.rate("attention_dropout")?,
            activation: self.activation("activation")?,
            pad_token_id: self.pad_token_id()?,
        })
    }

    /// A size: a whole number from 1 to 10 million, which no encoder reaches and which cannot overflow a product of two.
    fn size(&self, key: &str) -> Result<i64, NnError> {
        self.object
            .get(key)
            .and_then(Value::as_i64)
            .filter(|size| (1..=10_000_000).contains(size))
            .ok_or_else(|| self.refused(key, "a whole number from 1 to 10000000"))
    }

    fn rate(&self, key: &str) -> Result<f64, NnError> {
        // 0.1: transformers, the default of each of the four dropout keys.
        self.number(key, 0.1, "a number from 0 to below 1", |rate| {
            (0.0..1.0).contains(&rate)
        })
    }

    fn number(
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

    fn text<'a>(&'a self, key: &str, default: Option<&'a str>) -> Result<&'a str, NnError> {
        match (self.object.get(key), default) {
            (Some(Value::String(text)), _) => Ok(text),
            (None, Some(text)) => Ok(text),
            _ => Err(self.refused(key, "a text")),
        }
    }

    fn activation(&self, key: &str) -> Result<Activation, NnError> {
        match self.text(key, Some("gelu"))? {
            "gelu" => Ok(Activation::Gelu),
            "relu" => Ok(Activation::Relu),
            _ => Err(self.refused(key, "`gelu` or `relu`")),
        }
    }

    fn pad_token_id(&self) -> Result<Option<i64>, NnError> {
        match self.object.get("pad_token_id") {
            None => Ok(Some(0)),
            Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_i64()
                .filter(|&id| id >= 0)
                .map(Some)
                .ok_or_else(|| self.refused("pad_token_id", "a whole number from 0, or null")),
        }
    }

    fn refused(&self, key: &str, allowed: &str) -> NnError {
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
