//! One transformer block on packed tokens: attention, then a feed-forward part, each added to its input and normalised.
//!
//! Paper: arXiv 1706.03762, section 3. Differences from the reference: see [`encoder`](super::encoder).

use tch::{Kind, Tensor};

use super::NnError;
use super::batch::Packed;
use super::config::{Activation, EncoderConfig, Family};
use super::dropout::{DropoutRng, dropout};
use super::layers::{LayerNorm, NamedTensors, Parameter, Parameters, Take, join};
use super::linear::Linear;
use super::weights::block_names;
use fsl_common::settings::Precision;

/// Which rows a block computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueryRows {
    /// `[N, H]`, every token.
    All,
    /// `[B, H]`, the first token of every text, which is all that the last block owes to [`Pooling::Cls`](fsl_common::settings::Pooling).
    First,
}

/// Multi-head self-attention.
struct Attention {
    /// `[3·H, H]`: queries, keys, values
    qkv: Linear,
    /// `[H, H]` and `[2·H, H]`: queries alone, keys and values, made ready for inference in the last block.
    parts: Option<[Linear; 2]>,
    output: Linear,
    heads: i64,
    dropout: f64,
}

impl Attention {
    /// `softmax(q·kᵀ/√D + mask)·v` per head, then the output map: `[N, H]` → `[N, H]`, or `[B, H]` for [`QueryRows::First`].
    fn forward(
        &self,
        hidden: &Tensor,
        batch: &Packed,
        rows: QueryRows,
        masks: Option<&DropoutRng>,
    ) -> Tensor {
        let [query, key, value] = match rows {
            QueryRows::All => self.project(hidden, batch),
            QueryRows::First => self.project_first(hidden, batch),
        }; // [B, A, 1 or T, D], [B, A, T, D] twice
        let context = if masks.is_some() {
            self.attention_with_dropout(&query, &key, &value, batch.mask(), masks)
        } else {
            let [texts, heads, queries, _] = query.size()[..] else {
                unreachable!("four dimensions")
            };
            let mask = batch.mask().map(|mask| {
                mask.to_kind(query.kind())
                    .expand([texts, heads, queries, batch.longest], false)
            });
            Tensor::scaled_dot_product_attention(
                &query, &key, &value, mask, 0.0, false, None, false,
            )
        }; // [B, A, 1 or T, D]
        let context = context.transpose(1, 2).reshape([-1, hidden.size()[1]]); // [B or B·T, H]
        match rows {
            QueryRows::All => self.output.forward(&batch.unpad(&context)),
            QueryRows::First => self.output.forward(&context),
        }
    }

    /// Queries, keys and values of all tokens, `[B, A, T, D]` each, from one product.
    fn project(&self, hidden: &Tensor, batch: &Packed) -> [Tensor; 3] {
        let qkv = batch.pad(&self.qkv.forward(hidden)); // [B·T, 3·H]
        let parts = qkv
            .view([batch.texts, batch.longest, 3, self.heads, -1])
            .permute([2, 0, 3, 1, 4])
            .unbind(0);
        [0, 1, 2].map(|part| parts[part].shallow_clone())
    }

    /// The same with the queries of the first tokens only, `[B, A, 1, D]`.
    fn project_first(&self, hidden: &Tensor, batch: &Packed) -> [Tensor; 3] {
        let made;
        let [queries, rest] = if let Some(parts) = &self.parts {
            parts
        } else {
            made = self.qkv.split(hidden.size()[1]);
            &made
        };
        let first = hidden.index_select(0, &batch.starts); // [B, H]
        let query = queries
            .forward(&first)
            .view([batch.texts, self.heads, 1, -1]);
        let both = batch.pad(&rest.forward(hidden)); // [B·T, 2·H]
        let parts = both
            .view([batch.texts, batch.longest, 2, self.heads, -1])
            .permute([2, 0, 3, 1, 4])
            .unbind(0);
        [query, parts[0].shallow_clone(), parts[1].shallow_clone()]
    }

    /// Attention with dropout of the probabilities, in few operators and with cheap derivatives.
    fn attention_with_dropout(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
        mask: Option<&Tensor>,
        masks: Option<&DropoutRng>,
    ) -> Tensor {
        let [texts, heads, queries, width] = query.size()[..] else {
            unreachable!("four dimensions")
        };
        let tokens = key.size()[2];
        let flat = |tensor: &Tensor, rows: i64| tensor.reshape([texts * heads, rows, width]); // [B·A, …, D]
        let mask = match mask {
            Some(mask) => mask
                .to_kind(query.kind())
                .expand([texts, heads, 1, tokens], false)
                .reshape([texts * heads, 1, tokens]),
            None => Tensor::zeros([1, 1, 1], (query.kind(), query.device())),
        };
        let scale = 1.0 / (width as f64).sqrt();
        let keys = flat(key, tokens).transpose(1, 2); // [B·A, D, T]
        let scores = mask.baddbmm(&flat(query, queries), &keys, 1.0, scale); // [B·A, 1 or T, T]
        let probs = dropout(scores.softmax(-1, Kind::Float), self.dropout, masks);
        probs
            .to_kind(value.kind())
            .bmm(&flat(value, tokens))
            .view([texts, heads, queries, width])
    }
}

/// One layer of the encoder.
pub(crate) struct Block {
    attention: Attention,
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

impl Block {
    /// Takes the block's tensors from a checkpoint, by its family's names.
    pub(crate) fn load(take: Take, config: &EncoderConfig, layer: i64) -> Result<Self, NnError> {
        let names = block_names(config.family, layer);
        let parts = [&names.query, &names.key, &names.value].map(|name| Linear::load(take, name));
        let [query, key, value] = parts;
        let (query, key, value) = (query?, key?, value?);
        let qkv = Linear::new(
            Tensor::cat(&[query.weight, key.weight, value.weight], 0), // [3·H, H]
            Tensor::cat(&[query.bias, key.bias, value.bias], 0),       // [3·H]
        );
        let output = Linear::load(take, &names.attention_output)?;
        let mut block = Self {
            attention: Attention {
                qkv,
                parts: None,
                output,
                heads: config.heads,
                dropout: 0.0,
            },
            attention_norm: LayerNorm::load(take, &names.attention_norm, config.layer_norm_eps)?,
            intermediate: Linear::load(take, &names.intermediate)?,
            output: Linear::load(take, &names.output)?,
            output_norm: LayerNorm::load(take, &names.output_norm, config.layer_norm_eps)?,
            activation: config.activation,
            attention_output_dropout: 0.0,
            output_dropout: 0.0,
        };
        block.set_dropout(
            config.family,
            config.hidden_dropout,
            config.attention_dropout,
        );
        Ok(block)
    }

    /// Gives the block's tensors to a checkpoint, by its family's names: the inverse of [`Block::load`].
    pub(crate) fn export(&self, family: Family, layer: i64, to: &mut NamedTensors) {
        let names = block_names(family, layer);
        let Linear { weight, bias, .. } = &self.attention.qkv;
        let (weights, biases) = (weight.chunk(3, 0), bias.chunk(3, 0)); // [H, H], [H] each
        let parts = [&names.query, &names.key, &names.value];
        for (name, (weight, bias)) in parts.iter().zip(weights.into_iter().zip(biases)) {
            Linear::new(weight, bias).export(name, to);
        }
        self.attention.output.export(&names.attention_output, to);
        self.attention_norm.export(&names.attention_norm, to);
        self.intermediate.export(&names.intermediate, to);
        self.output.export(&names.output, to);
        self.output_norm.export(&names.output_norm, to);
    }

    /// The same block again; the weights are shared.
    pub(crate) fn shallow_clone(&self) -> Self {
        let Attention {
            qkv,
            parts,
            output,
            heads,
            dropout,
        } = &self.attention;
        Self {
            attention: Attention {
                qkv: qkv.shallow_clone(),
                parts: parts
                    .as_ref()
                    .map(|parts| parts.each_ref().map(Linear::shallow_clone)),
                output: output.shallow_clone(),
                heads: *heads,
                dropout: *dropout,
            },
            attention_norm: self.attention_norm.shallow_clone(),
            intermediate: self.intermediate.shallow_clone(),
            output: self.output.shallow_clone(),
            output_norm: self.output_norm.shallow_clone(),
            activation: self.activation,
            attention_output_dropout: self.attention_output_dropout,
            output_dropout: self.output_dropout,
        }
    }

    /// Chooses the kind of products for a fit.
    ///
    /// # Errors
    /// [`NnError::Precision`] for int8.
    pub(crate) fn set_training_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        self.attention.parts = None;
        self.linears()
            .try_for_each(|linear| linear.set_training_precision(precision))
    }

    /// Chooses the kind of products for inference; `first` says whether [`QueryRows::First`] will be asked for.
    ///
    /// # Errors
    /// [`NnError::Precision`] where libtorch has no such products here.
    pub(crate) fn set_inference_precision(
        &mut self,
        precision: Precision,
        first: bool,
    ) -> Result<(), NnError> {
        self.attention.parts = None;
        self.linears()
            .try_for_each(|linear| linear.set_inference_precision(precision))?;
        if first {
            let mut parts = self
                .attention
                .qkv
                .split(self.attention.output.weight.size()[0]);
            for part in &mut parts {
                part.set_inference_precision(precision)?;
            }
            self.attention.parts = Some(parts);
        }
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn force_bf16(&mut self, native: bool) {
        for linear in self.linears() {
            linear.force_bf16(native);
        }
        for part in self.attention.parts.iter_mut().flatten() {
            part.force_bf16(native);
        }
    }

    fn linears(&mut self) -> impl Iterator<Item = &mut Linear> {
        let Attention { qkv, output, .. } = &mut self.attention;
        [qkv, output, &mut self.intermediate, &mut self.output].into_iter()
    }

    /// DistilBERT has no dropout between attention and its normalisation.
    pub(crate) fn set_dropout(&mut self, family: Family, hidden: f64, attention: f64) {
        self.attention.dropout = attention;
        self.attention_output_dropout = if family == Family::Bert { hidden } else { 0.0 };
        self.output_dropout = hidden;
    }

    /// `[N, H]` → `[N, H]`, or `[B, H]` for [`QueryRows::First`].
    pub(crate) fn forward(
        &self,
        hidden: &Tensor,
        batch: &Packed,
        rows: QueryRows,
        masks: Option<&DropoutRng>,
    ) -> Tensor {
        let attended = self.attention.forward(hidden, batch, rows, masks);
        // In f32: 1 / (1 - p) is no number of bf16.
        let attended = attended.to_kind(Kind::Float);
        let mut attended = dropout(attended, self.attention_output_dropout, masks);
        let attended = match rows {
            QueryRows::All => attended.g_add_(hidden),
            QueryRows::First => attended.g_add_(&hidden.index_select(0, &batch.starts)),
        };
        let hidden = self.attention_norm.forward(&attended);
        let intermediate = self.intermediate.forward(&hidden); // [N or B, I]
        let intermediate = match self.activation {
            Activation::Gelu => intermediate.gelu("none"),
            Activation::Relu => intermediate.relu(),
        };
        let output = self.output.forward(&intermediate).to_kind(Kind::Float);
        let mut output = dropout(output, self.output_dropout, masks);
        self.output_norm.forward(&output.g_add_(&hidden))
    }
}

impl Parameters for Block {
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
