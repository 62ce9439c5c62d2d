//! The post-layer-norm block of BERT and its kin: attention, then a feed-forward part, each added to its input and normalised.
//!
//! Paper: arXiv 1706.03762, section 3. A family says where its parts are in a checkpoint, and where dropout acts.

use tch::{Kind, Tensor};

use super::NnError;
use super::activation::Activation;
use super::attention::{Attention, QueryRows};
use super::batch::Packed;
use super::config::EncoderConfig;
use super::dropout::{DropoutRng, dropout};
use super::layers::{LayerNorm, NamedTensors, Parameter, Parameters, Take, join};
use super::linear::Linear;
use super::shapes::Shapes;
use super::stack::{Block, Shared};
use fsl_common::settings::Precision;

/// A family's kind of post-layer-norm block: the names of its parts in a checkpoint, without `.weight` and `.bias`, below the
/// block's own name; and where dropout acts beside attention probabilities.
pub(crate) struct PostNormDesign {
    pub(crate) query: &'static str,
    pub(crate) key: &'static str,
    pub(crate) value: &'static str,
    pub(crate) attention_output: &'static str,
    pub(crate) attention_norm: &'static str,
    pub(crate) intermediate: &'static str,
    pub(crate) output: &'static str,
    pub(crate) output_norm: &'static str,
    /// Dropout between attention and its normalisation.
    pub(crate) attention_output_dropout: bool,
    /// Dropout between the feed-forward part and its normalisation.
    pub(crate) output_dropout: bool,
}

impl PostNormDesign {
    /// The shapes of the tensors of the block that is called `name`.
    pub(crate) fn expect(&self, shapes: &mut Shapes, config: &EncoderConfig, name: &str) {
        let (hidden, intermediate) = (config.hidden, config.intermediate);
        for part in [self.query, self.key, self.value, self.attention_output] {
            shapes.linear(&join(name, part), hidden, hidden);
        }
        shapes.linear(&join(name, self.intermediate), intermediate, hidden);
        shapes.linear(&join(name, self.output), hidden, intermediate);
        shapes.norm(&join(name, self.attention_norm), hidden);
        shapes.norm(&join(name, self.output_norm), hidden);
    }
}

/// One layer of the encoder.
pub(crate) struct PostNormBlock {
    design: &'static PostNormDesign,
    /// In a checkpoint: `encoder.layer.0`
    name: String,
    pub(crate) attention: Attention,
    attention_norm: LayerNorm,
    /// `[I, H]`
    intermediate: Linear,
    /// `[H, I]`
    output: Linear,
    output_norm: LayerNorm,
    activation: Activation,
    attention_output_dropout: f64,
    output_dropout: f64,
}

impl PostNormBlock {
    /// Takes the tensors of the block that is called `name` from a checkpoint.
    pub(crate) fn load(
        take: Take,
        config: &EncoderConfig,
        design: &'static PostNormDesign,
        name: String,
    ) -> Result<Self, NnError> {
        let mut linear = |part: &str| Linear::load(take, &join(&name, part));
        let parts = [
            linear(design.query)?,
            linear(design.key)?,
            linear(design.value)?,
        ];
        let stacked = |tensors: Vec<&Tensor>| Tensor::cat(&tensors, 0); // [3·H, H], [3·H]
        let qkv = Linear::new(
            stacked(parts.iter().map(|part| &part.weight).collect()),
            stacked(parts.iter().filter_map(|part| part.bias.as_ref()).collect()),
        );
        let output = linear(design.attention_output)?;
        let (intermediate, ffn_output) = (linear(design.intermediate)?, linear(design.output)?);
        let mut norm =
            |part: &str| LayerNorm::load(take, &join(&name, part), config.layer_norm_eps);
        let mut block = Self {
            attention: Attention::new(qkv, output, config.heads),
            attention_norm: norm(design.attention_norm)?,
            intermediate,
            output: ffn_output,
            output_norm: norm(design.output_norm)?,
            activation: config.activation,
            attention_output_dropout: 0.0,
            output_dropout: 0.0,
            design,
            name,
        };
        block.set_rates(config.hidden_dropout, config.attention_dropout);
        Ok(block)
    }

    /// What follows attention, of the output of which all else is made: `[N, H]` or `[B, H]`, as `attended`.
    pub(crate) fn complete(
        &self,
        attended: &Tensor,
        hidden: &Tensor,
        batch: &Packed,
        rows: QueryRows,
        masks: Option<&DropoutRng>,
    ) -> Tensor {
        // In f32: 1 / (1 - p) is no number of bf16.
        let attended = attended.to_kind(Kind::Float);
        let mut attended = dropout(attended, self.attention_output_dropout, masks);
        let attended = match rows {
            QueryRows::All => attended.g_add_(hidden),
            QueryRows::First => attended.g_add_(&hidden.index_select(0, &batch.starts)),
        };
        let hidden = self.attention_norm.forward(&attended);
        let intermediate = self.activation.apply(&self.intermediate.forward(&hidden)); // [N or B, I]
        let output = self.output.forward(&intermediate).to_kind(Kind::Float);
        let mut output = dropout(output, self.output_dropout, masks);
        self.output_norm.forward(&output.g_add_(&hidden))
    }

    fn set_rates(&mut self, hidden: f64, attention: f64) {
        let rate = |acts| if acts { hidden } else { 0.0 };
        self.attention.dropout = attention;
        self.attention_output_dropout = rate(self.design.attention_output_dropout);
        self.output_dropout = rate(self.design.output_dropout);
    }
}

impl Block for PostNormBlock {
    /// What is added to the scores of attention in all blocks, -∞ at padding: of a shape that spreads to `[B, A, T, T]`.
    type Context = Option<Tensor>;

    fn forward(
        &self,
        hidden: &Tensor,
        batch: &Packed,
        mask: &Option<Tensor>,
        rows: QueryRows,
        masks: Option<&DropoutRng>,
    ) -> Tensor {
        let attended = self
            .attention
            .forward(hidden, batch, mask.as_ref(), rows, masks);
        self.complete(&attended, hidden, batch, rows, masks)
    }

    fn export(&self, to: &mut NamedTensors) {
        let Self { design, name, .. } = self;
        let name = |part: &str| join(name, part);
        let Linear { weight, bias, .. } = &self.attention.qkv;
        let weights = weight.chunk(3, 0); // [H, H] each
        let biases = bias.as_ref().map_or_else(Vec::new, |bias| bias.chunk(3, 0)); // [H] each
        let parts = [design.query, design.key, design.value];
        for (part, (weight, bias)) in parts.iter().zip(weights.into_iter().zip(biases)) {
            Linear::new(weight, bias).export(&name(part), to);
        }
        self.attention
            .output
            .export(&name(design.attention_output), to);
        self.attention_norm.export(&name(design.attention_norm), to);
        self.intermediate.export(&name(design.intermediate), to);
        self.output.export(&name(design.output), to);
        self.output_norm.export(&name(design.output_norm), to);
    }

    fn shallow_clone(&self) -> Self {
        Self {
            design: self.design,
            name: self.name.clone(),
            attention: self.attention.shallow_clone(),
            attention_norm: self.attention_norm.shallow_clone(),
            intermediate: self.intermediate.shallow_clone(),
            output: self.output.shallow_clone(),
            output_norm: self.output_norm.shallow_clone(),
            activation: self.activation,
            attention_output_dropout: self.attention_output_dropout,
            output_dropout: self.output_dropout,
        }
    }

    fn set_training_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        self.attention.set_training_precision(precision)?;
        self.intermediate.set_training_precision(precision)?;
        self.output.set_training_precision(precision)
    }

    fn set_inference_precision(
        &mut self,
        precision: Precision,
        first: bool,
    ) -> Result<(), NnError> {
        self.attention.set_inference_precision(precision, first)?;
        self.intermediate.set_inference_precision(precision)?;
        self.output.set_inference_precision(precision)
    }

    fn set_dropout(&mut self, rate: f64) {
        self.set_rates(rate, rate);
    }

    #[cfg(test)]
    fn force_bf16(&mut self, native: bool) {
        self.attention.force_bf16(native);
        self.intermediate.force_bf16(native);
        self.output.force_bf16(native);
    }
}

impl Parameters for PostNormBlock {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        self.attention
            .qkv
            .visit(&join(prefix, "attention.qkv"), visit);
        self.attention
            .output
            .visit(&join(prefix, "attention.output"), visit);
        self.attention_norm
            .visit(&join(prefix, "attention_norm"), visit);
        self.intermediate
            .visit(&join(prefix, "intermediate"), visit);
        self.output.visit(&join(prefix, "output"), visit);
        self.output_norm.visit(&join(prefix, "output_norm"), visit);
    }
}

/// Blocks that share nothing.
pub(crate) struct NothingShared;

impl Shared for NothingShared {
    type Context = Option<Tensor>;

    fn context(&self, batch: &Packed, _: Option<&DropoutRng>) -> Option<Tensor> {
        batch.mask().map(Tensor::shallow_clone)
    }

    fn export(&self, _: &mut NamedTensors) {}

    fn shallow_clone(&self) -> Self {
        Self
    }
}

impl Parameters for NothingShared {
    fn visit<'a>(&'a mut self, _: &str, _: &mut dyn FnMut(Parameter<'a>)) {}
}
