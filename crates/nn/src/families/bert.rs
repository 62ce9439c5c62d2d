//! BERT, and what shares its code: MiniLM, XtremeDistil.
//!
//! Paper: arXiv 1810.04805. Reference: `models/bert/modeling_bert.py`. Absolute positions from 0, token types, post-layer-norm
//! blocks. Dropout on the embeddings, on attention probabilities, on attention's output and on the feed-forward output.

use super::definition::{Definition, Parts, one_block_per_layer};
use crate::NnError;
use crate::config::{EncoderConfig, Keys};
use crate::embeddings::{EmbeddingNames, Embeddings};
use crate::family::Family;
use crate::layers::Take;
use crate::post_norm::{NothingShared, PostNormBlock, PostNormDesign};
use crate::settings::FamilySettings;
use crate::shapes::Shapes;
use crate::stack::Stack;

pub(super) const DEFINITION: Definition = Definition {
    prefix: "bert.",
    class: "Bert",
    tokenizer_class: "BertTokenizer",
    config,
    shapes,
    counts: |config| one_block_per_layer(config, LAYERS),
    load,
};

pub(super) const EMBEDDINGS: EmbeddingNames = EmbeddingNames {
    word: "embeddings.word_embeddings.weight",
    position: Some("embeddings.position_embeddings"),
    token_type: Some("embeddings.token_type_embeddings"),
    widened: None,
    norm: Some("embeddings.LayerNorm"),
    norm_bias: true,
    projection: None,
};

pub(super) const BLOCK: PostNormDesign = PostNormDesign {
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    attention_output: "attention.output.dense",
    attention_norm: "attention.output.LayerNorm",
    intermediate: "intermediate.dense",
    output: "output.dense",
    output_norm: "output.LayerNorm",
    attention_output_dropout: true,
    output_dropout: true,
};

const LAYERS: &str = "encoder.layer.";

/// Each block's name in a checkpoint.
pub(super) fn layer_name(layer: i64) -> String {
    format!("{LAYERS}{layer}")
}

/// What differs in the keys of BERT's kin.
pub(super) struct Defaults {
    pub(super) activation: &'static str,
    pub(super) dropout: f64,
    pub(super) pad_token_id: i64,
    /// Whether there is a table of token types.
    pub(super) token_types: bool,
}

/// Those of BERT.
pub(super) const DEFAULTS: Defaults = Defaults {
    activation: "gelu",
    dropout: 0.1,
    pad_token_id: 0,
    token_types: true,
};

fn config(keys: &Keys, family: Family) -> Result<EncoderConfig, NnError> {
    keys_of_bert(keys, family, &DEFAULTS)
}

/// The keys that BERT's kin have in common.
pub(super) fn keys_of_bert(
    keys: &Keys,
    family: Family,
    defaults: &Defaults,
) -> Result<EncoderConfig, NnError> {
    keys.only_text("position_embedding_type", "absolute")?;
    keys.only_false("is_decoder")?;
    let (vocab_size, hidden) = (keys.size("vocab_size")?, keys.size("hidden_size")?);
    let config = EncoderConfig {
        family,
        vocab_size,
        embedding_size: hidden,
        hidden,
        layers: keys.size("num_hidden_layers")?,
        heads: keys.size("num_attention_heads")?,
        intermediate: keys.size("intermediate_size")?,
        max_positions: keys.size("max_position_embeddings")?,
        first_position: 0,
        type_vocab_size: if defaults.token_types {
            keys.size("type_vocab_size")?
        } else {
            0
        },
        layer_norm_eps: keys.layer_norm_eps("layer_norm_eps")?,
        hidden_dropout: keys.rate("hidden_dropout_prob", defaults.dropout)?,
        attention_dropout: keys.rate("attention_probs_dropout_prob", defaults.dropout)?,
        activation: keys.activation("hidden_act", defaults.activation)?,
        pad_token_id: keys.pad_token_id(defaults.pad_token_id)?,
        settings: FamilySettings::None,
    };
    keys.divided(config, "hidden_size", "num_attention_heads")
}

fn shapes(config: &EncoderConfig) -> Shapes {
    shapes_of(config, &EMBEDDINGS, &BLOCK, layer_name)
}

/// The tensors of embeddings and of post-layer-norm blocks, and their shapes.
pub(super) fn shapes_of(
    config: &EncoderConfig,
    embeddings: &EmbeddingNames,
    block: &PostNormDesign,
    layer_name: fn(i64) -> String,
) -> Shapes {
    let mut shapes = Shapes::default();
    embeddings.expect(&mut shapes, config);
    for layer in 0..config.layers {
        block.expect(&mut shapes, config, &layer_name(layer));
    }
    shapes
}

fn load(take: Take, config: &EncoderConfig) -> Result<Parts, NnError> {
    load_as(take, config, &EMBEDDINGS, &BLOCK, layer_name)
}

/// Embeddings, and post-layer-norm blocks that share nothing.
pub(super) fn load_as(
    take: Take,
    config: &EncoderConfig,
    embeddings: &EmbeddingNames,
    block: &'static PostNormDesign,
    layer_name: fn(i64) -> String,
) -> Result<Parts, NnError> {
    let embeddings = Embeddings::load(take, config, embeddings)?;
    let blocks = blocks(take, config, block, layer_name)?;
    Ok((embeddings, Box::new(Stack::new(NothingShared, blocks))))
}

/// A block for each layer.
pub(super) fn blocks(
    take: Take,
    config: &EncoderConfig,
    block: &'static PostNormDesign,
    layer_name: fn(i64) -> String,
) -> Result<Vec<PostNormBlock>, NnError> {
    (0..config.layers)
        .map(|layer| PostNormBlock::load(take, config, block, layer_name(layer)))
        .collect()
}
