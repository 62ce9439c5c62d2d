//! DeBERTa-v2 and DeBERTa-v3: attention to contents and to distances, kept apart.
//!
//! Papers: arXiv 2006.03654; arXiv 2111.09543. Reference: `models/deberta_v2/modeling_deberta_v2.py`. BERT's blocks with
//! [disentangled attention](crate::disentangled); the largest models have a [convolution](crate::convolution) beside the first block.
//! Dropout as in BERT, on relative embeddings in every block, and before the convolution's activation.

mod graph;

use serde_json::Value;

use super::bert::{self, layer_name};
use super::definition::{Definition, Parts};
use crate::NnError;
use crate::attention::{QueryRows, score_mask};
use crate::batch::Packed;
use crate::config::{EncoderConfig, Keys, LARGEST_SIZE};
use crate::convolution::Convolution;
use crate::disentangled::{DistanceTerms, Projection, RelativeRows, RelativeTable};
use crate::dropout::DropoutRng;
use crate::embeddings::{EmbeddingNames, Embeddings};
use crate::family::Family;
use crate::layers::{NamedTensors, Parameter, Parameters, Take, join};
use crate::linear::Linear;
use crate::post_norm::{PostNormBlock, PostNormDesign};
use crate::settings::{DebertaSettings, Distances, FamilySettings, RelativeSettings};
use crate::shapes::Shapes;
use crate::stack::{Block, Stack};
use fsl_common::settings::Precision;
use tch::Tensor;

pub(super) const DEFINITION: Definition = Definition {
    prefix: "deberta.",
    class: "DebertaV2",
    tokenizer_class: "DebertaV2Tokenizer",
    config,
    shapes,
    counts: bert::DEFINITION.counts,
    load,
};

const BLOCK: PostNormDesign = PostNormDesign {
    query: "attention.self.query_proj",
    key: "attention.self.key_proj",
    value: "attention.self.value_proj",
    ..bert::BLOCK
};
/// Projections of relative embeddings, where these have their own: keys and queries.
const POSITIONS: [&str; 2] = [
    "attention.self.pos_key_proj",
    "attention.self.pos_query_proj",
];
const RELATIVE: [&str; 2] = ["encoder.rel_embeddings", "encoder.LayerNorm"];
const CONVOLUTION: [&str; 2] = ["encoder.conv.conv", "encoder.conv.LayerNorm"];

fn settings_of(config: &EncoderConfig) -> DebertaSettings {
    let FamilySettings::DebertaV2(settings) = config.settings else {
        unreachable!("`config` below sets them")
    };
    settings
}

/// Whether keys and queries of distances have projections of their own.
fn own_projections(settings: &DebertaSettings) -> [bool; 2] {
    let own = settings
        .relative
        .is_some_and(|relative| !relative.shared_projections);
    settings.terms.map(|term| own && term)
}

fn embedding_names(config: &EncoderConfig) -> EmbeddingNames {
    let positions = settings_of(config).absolute_positions;
    EmbeddingNames {
        position: bert::EMBEDDINGS.position.filter(|_| positions),
        token_type: bert::EMBEDDINGS
            .token_type
            .filter(|_| config.type_vocab_size > 0),
        widened: (config.embedding_size != config.hidden).then_some("embeddings.embed_proj"),
        ..bert::EMBEDDINGS
    }
}

fn config(keys: &Keys, family: Family) -> Result<EncoderConfig, NnError> {
    let (vocab_size, hidden) = (keys.size("vocab_size")?, keys.size("hidden_size")?);
    let max_positions = keys.size("max_position_embeddings")?;
    let heads = keys.size("num_attention_heads")?;
    let config = EncoderConfig {
        family,
        vocab_size,
        embedding_size: keys.whole("embedding_size", hidden, 1..=LARGEST_SIZE)?,
        hidden,
        layers: keys.size("num_hidden_layers")?,
        heads,
        intermediate: keys.size("intermediate_size")?,
        max_positions,
        first_position: 0,
        type_vocab_size: keys.whole("type_vocab_size", 0, 0..=LARGEST_SIZE)?,
        layer_norm_eps: keys.number("layer_norm_eps", 1e-7, "a number above 0", |eps| eps > 0.0)?,
        hidden_dropout: keys.rate("hidden_dropout_prob", 0.1)?,
        attention_dropout: keys.rate("attention_probs_dropout_prob", 0.1)?,
        activation: keys.activation("hidden_act", "gelu")?,
        pad_token_id: keys.pad_token_id(0)?,
        settings: FamilySettings::DebertaV2(settings(keys, max_positions)?),
    };
    let config = keys.divided(config, "hidden_size", "num_attention_heads")?;
    let width = hidden / heads;
    keys.whole("attention_head_size", width, width..=width)?;
    Ok(config)
}

fn settings(keys: &Keys, max_positions: i64) -> Result<DebertaSettings, NnError> {
    let terms = terms(keys)?;
    let relative = if keys.flag("relative_attention", false)? {
        if terms == [false; 2] {
            return Err(keys.refused("pos_att_type", TERMS));
        }
        Some(relative(keys, max_positions)?)
    } else {
        None
    };
    let kernel = keys.whole("conv_kernel_size", 0, 0..=LARGEST_SIZE)?;
    let convolution = if kernel == 0 {
        None
    } else if kernel % 2 == 0 {
        return Err(keys.refused("conv_kernel_size", "0 or an odd number"));
    } else {
        keys.whole("conv_groups", 1, 1..=1)?;
        Some((kernel, keys.activation("conv_act", "tanh")?))
    };
    Ok(DebertaSettings {
        absolute_positions: keys.flag("position_biased_input", true)?,
        terms,
        relative,
        convolution,
    })
}

fn relative(keys: &Keys, max_positions: i64) -> Result<RelativeSettings, NnError> {
    let above_zero = |key| {
        let number = keys.whole(key, -1, -1..=LARGEST_SIZE);
        number.map(|number| Some(number).filter(|&number| number > 0))
    };
    let buckets = above_zero("position_buckets")?;
    let longest = above_zero("max_relative_positions")?.unwrap_or(max_positions);
    let exact = buckets.map_or(1, |buckets| buckets / 2);
    if exact == 0 {
        return Err(keys.refused("position_buckets", "-1, or a whole number from 2"));
    }
    // Distances that share rows lie between the two.
    if buckets.is_some() && max_positions > exact + 1 && longest <= exact + 1 {
        let allowed = format!(
            "above half of `position_buckets` plus 1, which is {}",
            exact + 1
        );
        return Err(keys.refused("max_relative_positions", &allowed));
    }
    let normalised = match keys.text("norm_rel_ebd", Some("none"))? {
        "none" => false,
        "layer_norm" => true,
        _ => return Err(keys.refused("norm_rel_ebd", "`none` or `layer_norm`")),
    };
    Ok(RelativeSettings {
        distances: Distances { buckets, longest },
        shared_projections: keys.flag("share_att_key", false)?,
        normalised,
    })
}

const TERMS: &str = "`c2p`, `p2c` or both, in a list or with `|` between them";

/// Whether `pos_att_type` has `c2p` and `p2c`.
fn terms(keys: &Keys) -> Result<[bool; 2], NnError> {
    let names: Option<Vec<String>> = match keys.value("pos_att_type") {
        None | Some(Value::Null) => return Ok([false; 2]),
        Some(Value::String(text)) => {
            let names = text.split('|');
            Some(names.map(|name| name.trim().to_lowercase()).collect())
        }
        Some(Value::Array(names)) => {
            let names = names.iter().map(|name| name.as_str().map(str::to_owned));
            names.collect()
        }
        Some(_) => None,
    };
    let known = |name: &String| ["c2p", "p2c"].contains(&name.as_str());
    let names = names
        .filter(|names| names.iter().all(known))
        .ok_or_else(|| keys.refused("pos_att_type", TERMS))?;
    Ok(["c2p", "p2c"].map(|term| names.iter().any(|name| name == term)))
}

fn shapes(config: &EncoderConfig) -> Shapes {
    let (settings, hidden) = (settings_of(config), config.hidden);
    let mut shapes = Shapes::default();
    embedding_names(config).expect(&mut shapes, config);
    if let Some(relative) = settings.relative {
        let [table, norm] = RELATIVE;
        shapes.table(table, 2 * relative.distances.span(), hidden);
        if relative.normalised {
            shapes.norm(norm, hidden);
        }
    }
    if let Some((kernel, _)) = settings.convolution {
        let [name, norm] = CONVOLUTION;
        shapes.convolution(name, [hidden, hidden, kernel]);
        shapes.norm(norm, hidden);
    }
    for layer in 0..config.layers {
        let name = layer_name(layer);
        BLOCK.expect(&mut shapes, config, &name);
        for (part, own) in POSITIONS.iter().zip(own_projections(&settings)) {
            if own {
                shapes.linear(&join(&name, part), hidden, hidden);
            }
        }
    }
    shapes
}

fn load(take: Take, config: &EncoderConfig) -> Result<Parts, NnError> {
    let settings = settings_of(config);
    let embeddings = Embeddings::load(take, config, &embedding_names(config))?;
    let relative = match settings.relative {
        Some(relative) => Some(RelativeTable::load(take, RELATIVE, relative, config)?),
        None => None,
    };
    let mut blocks = Vec::new();
    for layer in 0..config.layers {
        blocks.push(DebertaBlock::load(take, config, layer)?);
    }
    Ok((embeddings, Box::new(Stack::new(relative, blocks))))
}

struct DebertaBlock {
    /// Everything but what distances add.
    block: PostNormBlock,
    /// In a checkpoint: `encoder.layer.0`
    name: String,
    terms: DistanceTerms,
    convolution: Option<Convolution>,
}

impl DebertaBlock {
    fn load(take: Take, config: &EncoderConfig, layer: i64) -> Result<Self, NnError> {
        let (settings, name) = (settings_of(config), layer_name(layer));
        let mut block = PostNormBlock::load(take, config, &BLOCK, name.clone())?;
        let terms = 1 + settings.terms.iter().filter(|&&term| term).count();
        block.attention.scale /= (terms as f64).sqrt();
        let mut projection = |term: usize| match own_projections(&settings)[term] {
            true => Linear::load(take, &join(&name, POSITIONS[term])).map(Projection::Own),
            false if settings.terms[term] => Ok(Projection::Shared),
            false => Ok(Projection::Absent),
        };
        let terms = DistanceTerms::new(projection(0)?, projection(1)?);
        let convolution = match settings.convolution {
            Some((kernel, activation)) if layer == 0 => {
                let eps = config.layer_norm_eps;
                Some(Convolution::load(
                    take,
                    CONVOLUTION,
                    kernel,
                    activation,
                    eps,
                )?)
            }
            _ => None,
        };
        let mut block = Self {
            block,
            name,
            terms,
            convolution,
        };
        block.set_own_dropout(config.hidden_dropout);
        Ok(block)
    }

    fn set_own_dropout(&mut self, rate: f64) {
        self.terms.dropout = rate;
        if let Some(convolution) = &mut self.convolution {
            convolution.dropout = rate;
        }
    }

    /// The products that are not the plain block's.
    fn linears(&mut self) -> impl Iterator<Item = &mut Linear> {
        let convolution = self.convolution.as_mut();
        let convolution = convolution.map(|convolution| &mut convolution.linear);
        self.terms.linears().chain(convolution)
    }
}

impl Block for DebertaBlock {
    type Context = Option<RelativeRows>;

    fn forward(
        &self,
        hidden: &Tensor,
        batch: &Packed,
        relative: &Option<RelativeRows>,
        rows: QueryRows,
        masks: Option<&DropoutRng>,
    ) -> Tensor {
        // The convolution needs its neighbours.
        let computed = match self.convolution {
            Some(_) => QueryRows::All,
            None => rows,
        };
        let attention = &self.block.attention;
        let [query, key, value] = attention.project(hidden, batch, computed);
        let added = relative.as_ref().and_then(|relative| {
            let contents = [&query, &key];
            self.terms
                .scores(attention, contents, relative, computed, masks)
        });
        let mask = score_mask(batch, added.as_ref(), computed, query.kind());
        let context = attention.attend(&query, &key, &value, mask.as_ref(), masks);
        let attended = attention.project_output(&context, batch, computed);
        let output = self
            .block
            .complete(&attended, hidden, batch, computed, masks);
        let Some(convolution) = &self.convolution else {
            return output;
        };
        let output = convolution.forward(hidden, &output, batch, masks);
        match rows {
            QueryRows::All => output,
            QueryRows::First => output.index_select(0, &batch.starts),
        }
    }

    fn export(&self, to: &mut NamedTensors) {
        self.block.export(to);
        for (projection, part) in [&self.terms.key, &self.terms.query]
            .into_iter()
            .zip(POSITIONS)
        {
            if let Projection::Own(linear) = projection {
                linear.export(&join(&self.name, part), to);
            }
        }
        if let Some(convolution) = &self.convolution {
            convolution.export(CONVOLUTION, to);
        }
    }

    fn shallow_clone(&self) -> Self {
        Self {
            block: self.block.shallow_clone(),
            name: self.name.clone(),
            terms: self.terms.shallow_clone(),
            convolution: self.convolution.as_ref().map(Convolution::shallow_clone),
        }
    }

    fn set_training_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        self.block.set_training_precision(precision)?;
        self.terms.forget();
        self.linears()
            .try_for_each(|linear| linear.set_training_precision(precision))
    }

    fn set_inference_precision(
        &mut self,
        precision: Precision,
        first: bool,
    ) -> Result<(), NnError> {
        // Where there is a convolution, the last block computes all rows.
        let first = first && self.convolution.is_none();
        self.block.set_inference_precision(precision, first)?;
        self.terms.prepare(&self.block.attention);
        self.linears()
            .try_for_each(|linear| linear.set_inference_precision(precision))
    }

    fn set_dropout(&mut self, rate: f64) {
        self.block.set_dropout(rate);
        self.set_own_dropout(rate);
    }

    #[cfg(test)]
    fn force_bf16(&mut self, native: bool) {
        self.block.force_bf16(native);
        for linear in self.linears() {
            linear.force_bf16(native);
        }
    }
}

impl Parameters for DebertaBlock {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        self.block.visit(prefix, visit);
        self.terms.visit(&join(prefix, "attention.position"), visit);
        if let Some(convolution) = &mut self.convolution {
            convolution.visit(&join(prefix, "convolution"), visit);
        }
    }
}
