//! ModernBERT: rotated queries and keys, blocks that normalise first, gated feed-forward parts, and attention that is local in most
//! blocks.
//!
//! Papers: arXiv 2412.13663; rotation, arXiv 2104.09864; gates, arXiv 2002.05202. Reference: `models/modernbert/modeling_modernbert.py`.
//! [Pre-layer-norm blocks](crate::pre_norm). Local attention looks `local_attention / 2` tokens to either side.
//!
//! Dropout on the embeddings, on attention probabilities and attention's output, and between the gate and the feed-forward output.

use serde_json::{Map, Value};

use super::definition::{Definition, Parts, one_block_per_layer};
use crate::NnError;
use crate::config::{EncoderConfig, Keys, LARGEST_SIZE};
use crate::embeddings::{EmbeddingNames, Embeddings};
use crate::family::Family;
use crate::layers::{LayerNorm, Take};
use crate::pre_norm::{Around, PreNormBlock, PreNormDesign};
use crate::settings::{Biases, FamilySettings, ModernBertSettings};
use crate::shapes::Shapes;
use crate::stack::Stack;

pub(super) const DEFINITION: Definition = Definition {
    prefix: "model.",
    class: "ModernBert",
    tokenizer_class: "PreTrainedTokenizerFast",
    config,
    shapes,
    counts: |config| one_block_per_layer(config, LAYERS),
    load,
};

const BLOCK: PreNormDesign = PreNormDesign {
    attention_norm: "attn_norm",
    qkv: "attn.Wqkv",
    attention_output: "attn.Wo",
    output_norm: "mlp_norm",
    gated: "mlp.Wi",
    output: "mlp.Wo",
};
const LAYERS: &str = "layers.";
const FINAL_NORM: &str = "final_norm";

fn layer_name(layer: i64) -> String {
    format!("{LAYERS}{layer}")
}

fn settings_of(config: &EncoderConfig) -> &ModernBertSettings {
    let FamilySettings::ModernBert(settings) = &config.settings else {
        unreachable!("`config` below sets them")
    };
    settings
}

fn embedding_names(settings: &ModernBertSettings) -> EmbeddingNames {
    EmbeddingNames {
        word: "embeddings.tok_embeddings.weight",
        position: None,
        token_type: None,
        widened: None,
        norm: Some("embeddings.norm"),
        norm_bias: settings.biases.norm,
        projection: None,
    }
}

fn config(keys: &Keys, family: Family) -> Result<EncoderConfig, NnError> {
    let (vocab_size, hidden) = (keys.size("vocab_size")?, keys.size("hidden_size")?);
    let heads = keys.size("num_attention_heads")?;
    let layers = keys.size("num_hidden_layers")?;
    let config = EncoderConfig {
        family,
        vocab_size,
        embedding_size: hidden,
        hidden,
        layers,
        heads,
        intermediate: keys.size("intermediate_size")?,
        max_positions: keys.size("max_position_embeddings")?,
        first_position: 0,
        type_vocab_size: 0,
        layer_norm_eps: keys.number("norm_eps", 1e-5, "a number above 0", |eps| eps > 0.0)?,
        hidden_dropout: keys.rate("embedding_dropout", 0.0)?,
        attention_dropout: keys.rate("attention_dropout", 0.0)?,
        activation: keys.activation("hidden_activation", "gelu")?,
        pad_token_id: keys.pad_token_id(50_283)?,
        settings: FamilySettings::ModernBert(ModernBertSettings {
            local: local(keys, layers)?,
            reach: keys.whole("local_attention", 128, 1..=LARGEST_SIZE)? / 2,
            bases: bases(keys)?,
            biases: Biases {
                attention: keys.flag("attention_bias", false)?,
                mlp: keys.flag("mlp_bias", false)?,
                norm: keys.flag("norm_bias", false)?,
            },
            mlp_dropout: keys.rate("mlp_dropout", 0.0)?,
        }),
    };
    let config = keys.divided(config, "hidden_size", "num_attention_heads")?;
    let width = hidden / heads;
    if width % 2 == 1 {
        let allowed = format!("an even multiple of `num_attention_heads`, which is {heads}");
        return Err(keys.refused("hidden_size", &allowed));
    }
    keys.whole("head_dim", width, width..=width)?;
    Ok(config)
}

/// Whether each block's attention is local.
fn local(keys: &Keys, layers: i64) -> Result<Vec<bool>, NnError> {
    let types = match keys.value("layer_types") {
        None | Some(Value::Null) => {
            let every = keys.whole("global_attn_every_n_layers", 3, 1..=LARGEST_SIZE)?;
            return Ok((0..layers).map(|layer| layer % every != 0).collect());
        }
        Some(Value::Array(types)) if types.len() as i64 == layers => types,
        Some(_) => &Vec::new(),
    };
    let local = types.iter().map(|kind| match kind.as_str() {
        Some("full_attention") => Some(false),
        Some("sliding_attention") => Some(true),
        _ => None,
    });
    let local: Option<Vec<bool>> = local.collect();
    local.filter(|local| !local.is_empty()).ok_or_else(|| {
        let allowed = format!("a list of {layers} `full_attention` or `sliding_attention`");
        keys.refused("layer_types", &allowed)
    })
}

/// The bases of the rotation's angles: as transformers 5 writes them, or as they were written before.
fn bases(keys: &Keys) -> Result<[f64; 2], NnError> {
    if keys
        .value("rope_scaling")
        .is_some_and(|value| !value.is_null())
    {
        return Err(keys.refused("rope_scaling", "null"));
    }
    let kinds = ["full_attention", "sliding_attention"];
    let parameters = match keys.value("rope_parameters") {
        None | Some(Value::Null) => None,
        Some(Value::Object(parameters)) if has_only(parameters, kinds) => Some(parameters),
        Some(_) => return Err(keys.refused("rope_parameters", BASES)),
    };
    let base = |kind: &str, key: &str, default: f64| {
        let before = keys.number(key, default, "a number from 1", |base| base >= 1.0)?;
        match parameters.and_then(|parameters| parameters.get(kind)) {
            None | Some(Value::Null) => Ok(before),
            Some(rotation) => rotation_base(rotation, before)
                .ok_or_else(|| keys.refused("rope_parameters", BASES)),
        }
    };
    let [global, local] = kinds;
    Ok([
        base(global, "global_rope_theta", 160_000.0)?,
        base(local, "local_rope_theta", 10_000.0)?,
    ])
}

fn rotation_base(rotation: &Value, default: f64) -> Option<f64> {
    let rotation = rotation.as_object()?;
    let kind = rotation.get("rope_type");
    if kind.is_some_and(|kind| kind != "default")
        || !has_only(rotation, ["rope_type", "rope_theta"])
    {
        return None;
    }
    match rotation.get("rope_theta") {
        None => Some(default),
        Some(base) => base.as_f64().filter(|&base| base >= 1.0),
    }
}

fn has_only(object: &Map<String, Value>, keys: [&str; 2]) -> bool {
    object.keys().all(|key| keys.contains(&key.as_str()))
}

const BASES: &str = "`full_attention` and `sliding_attention`, each of `rope_type` `default` and a `rope_theta` from 1";

fn shapes(config: &EncoderConfig) -> Shapes {
    let settings = settings_of(config);
    let mut shapes = Shapes::default();
    embedding_names(settings).expect(&mut shapes, config);
    for layer in 0..config.layers {
        let name = layer_name(layer);
        BLOCK.expect(&mut shapes, config, settings.biases, (layer, &name));
    }
    shapes.norm_with(FINAL_NORM, config.hidden, settings.biases.norm);
    shapes
}

fn load(take: Take, config: &EncoderConfig) -> Result<Parts, NnError> {
    let settings = settings_of(config);
    let embeddings = Embeddings::load(take, config, &embedding_names(settings))?;
    let biases = settings.biases;
    let mut blocks = Vec::new();
    for (layer, &local) in (0..).zip(&settings.local) {
        let place = (layer, layer_name(layer));
        let mut block = PreNormBlock::load(take, config, &BLOCK, biases, place)?;
        block.local = local;
        block.mlp_dropout = settings.mlp_dropout;
        blocks.push(block);
    }
    let shared = Around {
        bases: settings.bases,
        width: config.hidden / config.heads,
        reach: settings.local.contains(&true).then_some(settings.reach),
        norm_name: FINAL_NORM,
        norm: LayerNorm::load_with(take, FINAL_NORM, config.layer_norm_eps, biases.norm)?,
    };
    Ok((embeddings, Box::new(Stack::new(shared, blocks))))
}
