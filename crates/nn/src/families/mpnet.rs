//! MPNet.
//!
//! Paper: arXiv 2004.09297. Reference: `models/mpnet/modeling_mpnet.py`. BERT's blocks without token types, positions as in RoBERTa,
//! and a bias of each head's scores by the distance of two tokens, shared by all layers.

mod graph;

use tch::{Kind, Tensor};

use super::bert::{self, Defaults, keys_of_bert, layer_name};
use super::definition::{Definition, Parts};
use crate::NnError;
use crate::attention::{QueryRows, score_mask};
use crate::batch::Packed;
use crate::config::{EncoderConfig, Keys, LARGEST_SIZE};
use crate::dropout::DropoutRng;
use crate::embeddings::{EmbeddingNames, Embeddings};
use crate::family::Family;
use crate::layers::{NamedTensors, Parameter, Parameters, Take, join};
use crate::post_norm::PostNormDesign;
use crate::settings::{FamilySettings, MpnetSettings};
use crate::shapes::Shapes;
use crate::stack::{Shared, Stack};

pub(super) const DEFINITION: Definition = Definition {
    prefix: "mpnet.",
    class: "MPNet",
    tokenizer_class: "MPNetTokenizer",
    config,
    shapes,
    counts: bert::DEFINITION.counts,
    load,
};

const EMBEDDINGS: EmbeddingNames = EmbeddingNames {
    token_type: None,
    ..bert::EMBEDDINGS
};

const BLOCK: PostNormDesign = PostNormDesign {
    query: "attention.attn.q",
    key: "attention.attn.k",
    value: "attention.attn.v",
    attention_output: "attention.attn.o",
    attention_norm: "attention.LayerNorm",
    ..bert::BLOCK
};

const DISTANCE_BIAS: &str = "encoder.relative_attention_bias";

/// Constants of the reference, whatever config.json says.
const PADDING: i64 = 1;
const BUCKETS: i64 = 32;
const FARTHEST: f64 = 128.0;

const DEFAULTS: Defaults = Defaults {
    token_types: false,
    ..bert::DEFAULTS
};

fn config(keys: &Keys, family: Family) -> Result<EncoderConfig, NnError> {
    let config = keys_of_bert(keys, family, &DEFAULTS)?;
    let rows = keys.whole(
        "relative_attention_num_buckets",
        BUCKETS,
        BUCKETS..=LARGEST_SIZE,
    )?;
    let config = EncoderConfig {
        settings: FamilySettings::Mpnet(MpnetSettings { rows }),
        ..config
    };
    keys.positions_after(config, PADDING)
}

fn shapes(config: &EncoderConfig) -> Shapes {
    let FamilySettings::Mpnet(MpnetSettings { rows }) = config.settings else {
        unreachable!("`config` above sets them")
    };
    let mut shapes = Shapes::default();
    EMBEDDINGS.expect(&mut shapes, config);
    shapes.table(DISTANCE_BIAS, rows, config.heads);
    for layer in 0..config.layers {
        BLOCK.expect(&mut shapes, config, &layer_name(layer));
    }
    shapes
}

fn load(take: Take, config: &EncoderConfig) -> Result<Parts, NnError> {
    let embeddings = Embeddings::load(take, config, &EMBEDDINGS)?;
    let bias = DistanceBias {
        table: take(&format!("{DISTANCE_BIAS}.weight"))?,
    };
    let blocks = bert::blocks(take, config, &BLOCK, layer_name)?;
    Ok((embeddings, Box::new(Stack::new(bias, blocks))))
}

/// What is added to the scores of two tokens by the distance between them.
struct DistanceBias {
    /// `[rows, A]`
    table: Tensor,
}

/// The bucket of each distance from `1 - tokens` to `tokens - 1`, key minus query: `[2·T - 1]` Int64. Half of the buckets are for each
/// direction; half of these are for one distance each, the others grow with the logarithm up to [`FARTHEST`].
fn buckets(tokens: i64, like: &Tensor) -> Tensor {
    let side = BUCKETS / 2;
    let exact = side / 2;
    let distance = Tensor::arange_start(1 - tokens, tokens, (Kind::Int64, like.device()));
    let after = distance.gt(0).to_kind(Kind::Int64) * side;
    let distance = distance.abs();
    let scale = (side - exact) as f64;
    // In f32, step by step as in the reference: the logarithm of a power of two may fall short of a whole number.
    let far = (distance.to_kind(Kind::Float) / exact as f64).log() / (FARTHEST / exact as f64).ln();
    let far = ((far * scale).to_kind(Kind::Int64) + exact).clamp_max(side - 1);
    after + distance.where_self(&distance.lt(exact), &far)
}

impl Shared for DistanceBias {
    type Context = Option<Tensor>;

    /// With padding's mask, `[B or 1, A, T, T]`.
    fn context(&self, batch: &Packed, _: Option<&DropoutRng>) -> Option<Tensor> {
        let tokens = batch.longest;
        let by_distance = self
            .table
            .index_select(0, &buckets(tokens, &self.table))
            .transpose(0, 1); // [A, 2·T - 1]
        let place = Tensor::arange(tokens, (Kind::Int64, self.table.device()));
        let index = place.unsqueeze(0) - place.unsqueeze(1) + (tokens - 1); // [T, T], key minus query
        let bias = by_distance.index_select(1, &index.view([-1]));
        let bias = bias.view([1, -1, tokens, tokens]);
        score_mask(batch, Some(&bias), QueryRows::All, Kind::Float)
    }

    fn export(&self, to: &mut NamedTensors) {
        to.push((
            format!("{DISTANCE_BIAS}.weight"),
            self.table.shallow_clone(),
        ));
    }

    fn shallow_clone(&self) -> Self {
        Self {
            table: self.table.shallow_clone(),
        }
    }
}

impl Parameters for DistanceBias {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        let name = join(prefix, "distance_bias.weight");
        let tensor = &mut self.table;
        visit(Parameter { name, tensor });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsl_test_support::golden;
    use tch::Device;

    /// Witness: `MPNetEncoder.relative_position_bucket` on distances from -200 to 200.
    #[test]
    fn distances_have_the_buckets_of_the_reference() {
        let like = Tensor::zeros([1], (Kind::Float, Device::Cpu));
        let bytes = std::fs::read(golden("nn/mpnet/buckets.json")).unwrap();
        let expected: Vec<i64> = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(Vec::<i64>::try_from(buckets(201, &like)).unwrap(), expected);
    }
}
