//! The pre-layer-norm block of ModernBERT: attention to what a layer normalisation makes of the input, then a gated feed-forward part
//! likewise, each added to its input.
//!
//! Papers: arXiv 2412.13663; gates, arXiv 2002.05202. The first block's attention takes its input as it is, and one more normalisation
//! follows the last block. Queries and keys are [turned](super::rotary) by their places; in some blocks, attention is local.

mod graph;

use tch::{Device, Kind, Tensor};

use super::NnError;
use super::activation::Activation;
use super::attention::{Attention, QueryRows, query_rows};
use super::batch::Packed;
use super::config::EncoderConfig;
use super::dropout::{DropoutRng, dropout};
use super::layers::{LayerNorm, NamedTensors, Parameter, Parameters, Take, join};
use super::linear::Linear;
use super::rotary::Rotation;
use super::settings::Biases;
use super::shapes::Shapes;
use super::stack::{Block, Shared};
use fsl_common::settings::Precision;

/// Where the parts of a block are in a checkpoint, without `.weight` and `.bias`, below the block's own name.
pub(crate) struct PreNormDesign {
    pub(crate) attention_norm: &'static str,
    pub(crate) qkv: &'static str,
    pub(crate) attention_output: &'static str,
    pub(crate) output_norm: &'static str,
    pub(crate) gated: &'static str,
    pub(crate) output: &'static str,
}

impl PreNormDesign {
    /// The shapes of the tensors of the block that is called `name`.
    pub(crate) fn expect(
        &self,
        shapes: &mut Shapes,
        config: &EncoderConfig,
        biases: Biases,
        (layer, name): (i64, &str),
    ) {
        let (hidden, intermediate) = (config.hidden, config.intermediate);
        let name = |part: &str| join(name, part);
        if layer > 0 {
            shapes.norm_with(&name(self.attention_norm), hidden, biases.norm);
        }
        let bias = biases.attention;
        shapes.linear_with(&name(self.qkv), 3 * hidden, hidden, bias);
        shapes.linear_with(&name(self.attention_output), hidden, hidden, bias);
        shapes.norm_with(&name(self.output_norm), hidden, biases.norm);
        let bias = biases.mlp;
        shapes.linear_with(&name(self.gated), 2 * intermediate, hidden, bias);
        shapes.linear_with(&name(self.output), hidden, intermediate, bias);
    }
}

/// What attention needs to know of a batch: where it is global, and where it is local.
pub(crate) struct Surroundings {
    global: Reach,
    local: Reach,
}

/// How far attention looks, and by which angles it turns.
struct Reach {
    rotation: Rotation,
    /// `[1 or B, 1, 1 or T, T]` Float, to be added to scores.
    mask: Option<Tensor>,
}

/// What is around all blocks: rotations and masks before, a normalisation after.
pub(crate) struct Around {
    /// Of the rotation's angles where attention is global, and where it is local.
    pub(crate) bases: [f64; 2],
    /// `D`
    pub(crate) width: i64,
    /// How many tokens to either side local attention looks at; `None` where no block's is local.
    pub(crate) reach: Option<i64>,
    /// The normalisation's name in a checkpoint.
    pub(crate) norm_name: &'static str,
    pub(crate) norm: LayerNorm,
}

impl Around {
    /// Keeps local attention off tokens that are far away, beside padding.
    fn local_mask(&self, batch: &Packed) -> Option<Tensor> {
        let padding = batch.mask();
        let Some(reach) = self.reach.filter(|&reach| reach < batch.longest - 1) else {
            return padding.map(Tensor::shallow_clone);
        };
        let places = Tensor::arange(batch.longest, (Kind::Float, self.norm.weight.device()));
        let far = (places.unsqueeze(1) - &places).abs().gt(reach); // [T, T]
        // Finite, unlike what keeps attention off padding: a row of padding may be far from all tokens. Nothing comes of such a row, but
        // a softmax of nothing but -∞ is NaN, which would spread to gradients.
        let far = far.to_kind(Kind::Float) * FAR;
        Some(match padding {
            Some(padding) => padding + far,
            None => far.view([1, 1, batch.longest, batch.longest]),
        })
    }
}

/// Added to scores of tokens that are far away: of which the exponential is 0 beside that of any score.
const FAR: f64 = -1e30;

impl Shared for Around {
    type Context = Surroundings;

    fn context(&self, batch: &Packed, _: Option<&DropoutRng>) -> Surroundings {
        let device = self.norm.weight.device();
        let [global, local] = self
            .bases
            .map(|base| Rotation::new(base, self.width, batch.longest, device));
        Surroundings {
            global: Reach {
                rotation: global,
                mask: batch.mask().map(Tensor::shallow_clone),
            },
            local: Reach {
                rotation: local,
                mask: self.local_mask(batch),
            },
        }
    }

    fn finish(&self, hidden: Tensor) -> Tensor {
        self.norm.forward(&hidden)
    }

    fn export(&self, to: &mut NamedTensors) {
        self.norm.export(self.norm_name, to);
    }

    fn shallow_clone(&self) -> Self {
        Self {
            norm: self.norm.shallow_clone(),
            ..*self
        }
    }
}

impl Parameters for Around {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        self.norm.visit(&join(prefix, "final_norm"), visit);
    }
}

/// Up to this many tokens the plain operators are faster in bf16 on a CPU, forwards and backwards: 6 times at 40 tokens, 3 times at 128,
/// level at 256. They keep all probabilities of a batch, which grow with the square of the tokens.
const MOST_TOKENS_OF_PLAIN_BF16: i64 = 128;

/// Whether the fused attention operator would be slow in training, for its derivatives.
fn fused_is_slow(query: &Tensor, longest: i64) -> bool {
    let in_bf16 = query.kind() != Kind::Float && query.device() == Device::Cpu;
    in_bf16 && longest <= MOST_TOKENS_OF_PLAIN_BF16
}

/// One layer of the encoder.
pub(crate) struct PreNormBlock {
    design: &'static PreNormDesign,
    /// In a checkpoint: `layers.0`
    name: String,
    /// Whether attention is local.
    pub(crate) local: bool,
    /// In all blocks but the first.
    attention_norm: Option<LayerNorm>,
    attention: Attention,
    output_norm: LayerNorm,
    /// `[2·I, H]`: what the activation sees, then the gates.
    gated: Linear,
    /// `[H, I]`
    output: Linear,
    activation: Activation,
    attention_output_dropout: f64,
    /// Between the gates and the output.
    pub(crate) mlp_dropout: f64,
}

impl PreNormBlock {
    /// Takes the tensors of the block that is called `name` from a checkpoint. Attention is global at first, without dropout after gates.
    pub(crate) fn load(
        take: Take,
        config: &EncoderConfig,
        design: &'static PreNormDesign,
        biases: Biases,
        (layer, name): (i64, String),
    ) -> Result<Self, NnError> {
        let mut linear = |part: &str, bias: bool| Linear::load_with(take, &join(&name, part), bias);
        let qkv = linear(design.qkv, biases.attention)?;
        let attention_output = linear(design.attention_output, biases.attention)?;
        let gated = linear(design.gated, biases.mlp)?;
        let output = linear(design.output, biases.mlp)?;
        let mut norm = |part: &str| {
            LayerNorm::load_with(take, &join(&name, part), config.layer_norm_eps, biases.norm)
        };
        let mut attention = Attention::new(qkv, attention_output, config.heads);
        attention.dropout = config.attention_dropout;
        Ok(Self {
            local: false,
            attention_norm: match layer {
                0 => None,
                _ => Some(norm(design.attention_norm)?),
            },
            attention,
            output_norm: norm(design.output_norm)?,
            gated,
            output,
            activation: config.activation,
            attention_output_dropout: config.attention_dropout,
            mlp_dropout: 0.0,
            design,
            name,
        })
    }

    /// Attention to the tokens around, normalised first: `[N, H]`, or `[B, H]` for [`QueryRows::First`].
    fn attend(
        &self,
        hidden: &Tensor,
        batch: &Packed,
        reach: &Reach,
        rows: QueryRows,
        masks: Option<&DropoutRng>,
    ) -> Tensor {
        let normalised = match &self.attention_norm {
            Some(norm) => norm.forward(hidden),
            None => hidden.shallow_clone(),
        };
        let [query, key, value] = self.attention.project(&normalised, batch, rows);
        let key = reach.rotation.apply(&key);
        let query = match rows {
            QueryRows::All => reach.rotation.apply(&query),
            // The first token's angles are 0.
            QueryRows::First => query,
        };
        // As published, nothing of the probabilities is dropped; the fused operator without masks is faster then, in training, too.
        let plain = self.attention.dropout > 0.0 || fused_is_slow(&query, batch.longest);
        let masks = masks.filter(|_| plain);
        let mask = reach.mask.as_ref();
        let mask = mask.map(|mask| query_rows(mask, rows).to_kind(query.kind()));
        let context = self
            .attention
            .attend(&query, &key, &value, mask.as_ref(), masks);
        self.attention.project_output(&context, batch, rows)
    }

    fn linears(&mut self) -> impl Iterator<Item = &mut Linear> {
        [&mut self.gated, &mut self.output].into_iter()
    }
}

impl Block for PreNormBlock {
    type Context = Surroundings;

    fn forward(
        &self,
        hidden: &Tensor,
        batch: &Packed,
        surroundings: &Surroundings,
        rows: QueryRows,
        masks: Option<&DropoutRng>,
    ) -> Tensor {
        let Surroundings { global, local } = surroundings;
        let reach = if self.local { local } else { global };
        let attended = self.attend(hidden, batch, reach, rows, masks);
        // In f32: 1 / (1 - p) is no number of bf16.
        let attended = attended.to_kind(Kind::Float);
        let mut attended = dropout(attended, self.attention_output_dropout, masks);
        let hidden = match rows {
            QueryRows::All => attended.g_add_(hidden),
            QueryRows::First => attended.g_add_(&hidden.index_select(0, &batch.starts)),
        };
        let both = self.gated.forward(&self.output_norm.forward(&hidden)); // [N or B, 2·I]
        let parts = both.chunk(2, 1);
        let gated = self.activation.apply(&parts[0]) * &parts[1]; // [N or B, I]
        let gated = if self.mlp_dropout > 0.0 && masks.is_some() {
            dropout(gated.to_kind(Kind::Float), self.mlp_dropout, masks)
        } else {
            gated
        };
        self.output.forward(&gated).to_kind(Kind::Float) + hidden
    }

    fn export(&self, to: &mut NamedTensors) {
        let design = self.design;
        let name = |part: &str| join(&self.name, part);
        if let Some(norm) = &self.attention_norm {
            norm.export(&name(design.attention_norm), to);
        }
        self.attention.qkv.export(&name(design.qkv), to);
        self.attention
            .output
            .export(&name(design.attention_output), to);
        self.output_norm.export(&name(design.output_norm), to);
        self.gated.export(&name(design.gated), to);
        self.output.export(&name(design.output), to);
    }

    fn shallow_clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            local: self.local,
            attention_norm: self.attention_norm.as_ref().map(LayerNorm::shallow_clone),
            attention: self.attention.shallow_clone(),
            output_norm: self.output_norm.shallow_clone(),
            gated: self.gated.shallow_clone(),
            output: self.output.shallow_clone(),
            ..*self
        }
    }

    fn set_training_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        self.attention.set_training_precision(precision)?;
        self.linears()
            .try_for_each(|linear| linear.set_training_precision(precision))
    }

    fn set_inference_precision(
        &mut self,
        precision: Precision,
        first: bool,
    ) -> Result<(), NnError> {
        self.attention.set_inference_precision(precision, first)?;
        self.linears()
            .try_for_each(|linear| linear.set_inference_precision(precision))
    }

    fn set_dropout(&mut self, rate: f64) {
        self.attention.dropout = rate;
        self.attention_output_dropout = rate;
        self.mlp_dropout = rate;
    }

    #[cfg(test)]
    fn force_bf16(&mut self, native: bool) {
        self.attention.force_bf16(native);
        for linear in self.linears() {
            linear.force_bf16(native);
        }
    }
}

impl Parameters for PreNormBlock {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        if let Some(norm) = &mut self.attention_norm {
            norm.visit(&join(prefix, "attention_norm"), visit);
        }
        let Attention { qkv, output, .. } = &mut self.attention;
        qkv.visit(&join(prefix, "attention.qkv"), visit);
        output.visit(&join(prefix, "attention.output"), visit);
        self.output_norm.visit(&join(prefix, "output_norm"), visit);
        self.gated.visit(&join(prefix, "gated"), visit);
        self.output.visit(&join(prefix, "output"), visit);
    }
}
