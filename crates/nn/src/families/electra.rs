//! ELECTRA: the discriminator.
//!
//! Paper: arXiv 2003.10555. Reference: `models/electra/modeling_electra.py`. BERT's blocks on embeddings that are narrower than the
//! hidden states in the small model, and projected to their width after dropout.

use super::bert::{self, keys_of_bert, layer_name};
use super::definition::{Definition, Parts};
use crate::NnError;
use crate::config::{EncoderConfig, Keys};
use crate::embeddings::EmbeddingNames;
use crate::family::Family;
use crate::layers::Take;
use crate::shapes::Shapes;

pub(super) const DEFINITION: Definition = Definition {
    prefix: "electra.",
    class: "Electra",
    tokenizer_class: "ElectraTokenizer",
    config,
    shapes,
    load,
    ..bert::DEFINITION
};

const PROJECTED: EmbeddingNames = EmbeddingNames {
    projection: Some("embeddings_project"),
    ..bert::EMBEDDINGS
};

fn embedding_names(config: &EncoderConfig) -> &'static EmbeddingNames {
    if config.embedding_size == config.hidden {
        &bert::EMBEDDINGS
    } else {
        &PROJECTED
    }
}

fn config(keys: &Keys, family: Family) -> Result<EncoderConfig, NnError> {
    Ok(EncoderConfig {
        embedding_size: keys.size("embedding_size")?,
        ..keys_of_bert(keys, family, &bert::DEFAULTS)?
    })
}

fn shapes(config: &EncoderConfig) -> Shapes {
    bert::shapes_of(config, embedding_names(config), &bert::BLOCK, layer_name)
}

fn load(take: Take, config: &EncoderConfig) -> Result<Parts, NnError> {
    bert::load_as(
        take,
        config,
        embedding_names(config),
        &bert::BLOCK,
        layer_name,
    )
}
