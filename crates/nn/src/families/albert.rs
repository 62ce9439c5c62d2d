//! ALBERT: few weights, used again in every layer.
//!
//! Paper: arXiv 1909.11942. Reference: `models/albert/modeling_albert.py`. Embeddings are narrower than the hidden states and mapped
//! to their width after dropout. A group of `inner_group_num` blocks stands in several layers; with one group (all published models)
//! in all of them. Dropout on the embeddings, on attention probabilities and on attention's output; none on the feed-forward output.

use super::bert::{self, Defaults, keys_of_bert};
use super::definition::{BlockCount, Definition, Parts};
use crate::NnError;
use crate::config::{EncoderConfig, Keys};
use crate::embeddings::{EmbeddingNames, Embeddings};
use crate::family::Family;
use crate::layers::Take;
use crate::post_norm::{NothingShared, PostNormBlock, PostNormDesign};
use crate::settings::{AlbertSettings, FamilySettings};
use crate::shapes::Shapes;
use crate::stack::Stack;

pub(super) const DEFINITION: Definition = Definition {
    prefix: "albert.",
    class: "Albert",
    tokenizer_class: "AlbertTokenizer",
    config,
    shapes,
    counts,
    load,
};

const EMBEDDINGS: EmbeddingNames = EmbeddingNames {
    projection: Some("encoder.embedding_hidden_mapping_in"),
    ..bert::EMBEDDINGS
};

const BLOCK: PostNormDesign = PostNormDesign {
    query: "attention.query",
    key: "attention.key",
    value: "attention.value",
    attention_output: "attention.dense",
    attention_norm: "attention.LayerNorm",
    intermediate: "ffn",
    output: "ffn_output",
    output_norm: "full_layer_layer_norm",
    attention_output_dropout: true,
    output_dropout: false,
};

const GROUPS: &str = "encoder.albert_layer_groups.";

/// The most layers and the most blocks per group: what is shared costs a file nothing. Published models have 12 and 1.
const MOST: i64 = 1000;

fn settings(config: &EncoderConfig) -> AlbertSettings {
    match config.settings {
        FamilySettings::Albert(settings) => settings,
        _ => unreachable!("`config` below sets them"),
    }
}

const DEFAULTS: Defaults = Defaults {
    activation: "gelu_new",
    dropout: 0.0,
    ..bert::DEFAULTS
};

fn config(keys: &Keys, family: Family) -> Result<EncoderConfig, NnError> {
    let config = keys_of_bert(keys, family, &DEFAULTS)?;
    let layers = keys.size_within("num_hidden_layers", config.layers, MOST)?;
    let settings = AlbertSettings {
        groups: keys.size_within("num_hidden_groups", 1, layers)?,
        inner: keys.size_within("inner_group_num", 1, MOST)?,
    };
    Ok(EncoderConfig {
        embedding_size: keys.size("embedding_size")?,
        settings: FamilySettings::Albert(settings),
        ..config
    })
}

fn counts(config: &EncoderConfig) -> Vec<BlockCount> {
    let AlbertSettings { groups, inner } = settings(config);
    let groups = BlockCount {
        what: "groups",
        prefix: GROUPS,
        key: "num_hidden_groups",
        count: groups,
    };
    let inner = BlockCount {
        what: "blocks per group",
        prefix: "encoder.albert_layer_groups.*.albert_layers.",
        key: "inner_group_num",
        count: inner,
    };
    vec![groups, inner]
}

/// The names of all blocks, group by group.
fn block_names(config: &EncoderConfig) -> impl Iterator<Item = String> {
    let AlbertSettings { groups, inner } = settings(config);
    (0..groups).flat_map(move |group| {
        (0..inner).map(move |block| format!("{GROUPS}{group}.albert_layers.{block}"))
    })
}

fn shapes(config: &EncoderConfig) -> Shapes {
    let mut shapes = Shapes::default();
    EMBEDDINGS.expect(&mut shapes, config);
    for name in block_names(config) {
        BLOCK.expect(&mut shapes, config, &name);
    }
    shapes
}

/// Which blocks run, one after the other: in each layer those of its group.
fn order(config: &EncoderConfig) -> Vec<usize> {
    let AlbertSettings { groups, inner } = settings(config);
    let per_group = config.layers as f64 / groups as f64;
    let group = |layer: i64| ((layer as f64 / per_group) as i64).min(groups - 1);
    (0..config.layers)
        .flat_map(|layer| (0..inner).map(move |block| (group(layer) * inner + block) as usize))
        .collect()
}

fn load(take: Take, config: &EncoderConfig) -> Result<Parts, NnError> {
    let embeddings = Embeddings::load(take, config, &EMBEDDINGS)?;
    let blocks = block_names(config)
        .map(|name| PostNormBlock::load(take, config, &BLOCK, name))
        .collect::<Result<_, _>>()?;
    let layers = Stack::in_order(NothingShared, blocks, order(config));
    Ok((embeddings, Box::new(layers)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Witness: the reference's `int(i / (num_hidden_layers / num_hidden_groups))`, in Python.
    #[test]
    fn layers_are_spread_over_groups_as_in_the_reference() {
        let order = |layers: i64, groups: i64, inner: i64| {
            let text = format!(
                r#"{{"model_type": "albert", "vocab_size": 9, "embedding_size": 2, "hidden_size": 4, "num_hidden_layers": {layers},
                "num_hidden_groups": {groups}, "inner_group_num": {inner}, "num_attention_heads": 2, "intermediate_size": 8,
                "max_position_embeddings": 8, "type_vocab_size": 2}}"#
            );
            order(&EncoderConfig::parse(Path::new("config.json"), text.as_bytes()).unwrap())
        };
        assert_eq!(order(4, 1, 1), [0, 0, 0, 0]);
        assert_eq!(order(3, 2, 1), [0, 0, 1]);
        assert_eq!(order(7, 3, 1), [0, 0, 0, 1, 1, 2, 2]);
        assert_eq!(order(3, 3, 1), [0, 1, 2]);
        assert_eq!(order(3, 2, 2), [0, 1, 0, 1, 2, 3]);
    }
}
