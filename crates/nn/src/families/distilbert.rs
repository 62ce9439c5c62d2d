//! DistilBERT.
//!
//! Paper: arXiv 1910.01108. Reference: `models/distilbert/modeling_distilbert.py`. BERT's blocks without token types, and without
//! dropout between attention and its normalisation.

use super::bert;
use super::definition::{Definition, Parts, one_block_per_layer};
use crate::NnError;
use crate::config::{EncoderConfig, Keys};
use crate::embeddings::EmbeddingNames;
use crate::family::Family;
use crate::layers::Take;
use crate::post_norm::PostNormDesign;
use crate::settings::FamilySettings;
use crate::shapes::Shapes;

pub(super) const DEFINITION: Definition = Definition {
    prefix: "distilbert.",
    class: "DistilBert",
    tokenizer_class: "DistilBertTokenizer",
    config,
    shapes,
    counts: |config| one_block_per_layer(config, LAYERS),
    load,
};

const EMBEDDINGS: EmbeddingNames = EmbeddingNames {
    word: "embeddings.word_embeddings.weight",
    position: Some("embeddings.position_embeddings"),
    token_type: None,
    widened: None,
    norm: Some("embeddings.LayerNorm"),
    norm_bias: true,
    projection: None,
};

const BLOCK: PostNormDesign = PostNormDesign {
    query: "attention.q_lin",
    key: "attention.k_lin",
    value: "attention.v_lin",
    attention_output: "attention.out_lin",
    attention_norm: "sa_layer_norm",
    intermediate: "ffn.lin1",
    output: "ffn.lin2",
    output_norm: "output_layer_norm",
    attention_output_dropout: false,
    output_dropout: true,
};

const LAYERS: &str = "transformer.layer.";

fn layer_name(layer: i64) -> String {
    format!("{LAYERS}{layer}")
}

fn config(keys: &Keys, family: Family) -> Result<EncoderConfig, NnError> {
    let (vocab_size, hidden) = (keys.size("vocab_size")?, keys.size("dim")?);
    let config = EncoderConfig {
        family,
        vocab_size,
        embedding_size: hidden,
        hidden,
        layers: keys.size("n_layers")?,
        heads: keys.size("n_heads")?,
        intermediate: keys.size("hidden_dim")?,
        max_positions: keys.size("max_position_embeddings")?,
        first_position: 0,
        type_vocab_size: 0,
        // A constant of the reference, not a key.
        layer_norm_eps: 1e-12,
        hidden_dropout: keys.rate("dropout", 0.1)?,
        attention_dropout: keys.rate("attention_dropout", 0.1)?,
        activation: keys.activation("activation", "gelu")?,
        pad_token_id: keys.pad_token_id(0)?,
        settings: FamilySettings::None,
    };
    keys.divided(config, "dim", "n_heads")
}

fn shapes(config: &EncoderConfig) -> Shapes {
    bert::shapes_of(config, &EMBEDDINGS, &BLOCK, layer_name)
}

fn load(take: Take, config: &EncoderConfig) -> Result<Parts, NnError> {
    bert::load_as(take, config, &EMBEDDINGS, &BLOCK, layer_name)
}
