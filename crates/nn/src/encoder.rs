//! A transformer encoder of any family on packed tokens: embeddings, then a stack of layers.
//!
//! What a family computes, under which names, after which paper: its file in [`families`](super::families). References are files
//! of transformers 5.23.0.
//!
//! Intended differences: no padding outside attention; queries, keys and values come from one product with their weights
//! stacked; no pooler; token type 0 only. Dropout acts where it does in the reference.
//!
//! Shapes: `B` texts, `N` tokens in all, `T` tokens of the longest text, `E` embedding, `H` hidden, `A` heads, `D = H/A`.

use tch::{Device, Tensor};

use super::attention::QueryRows;
use super::batch::{self, Packed};
use super::config::EncoderConfig;
use super::dropout::DropoutRng;
use super::embeddings::Embeddings;
use super::layers::{NamedTensors, Parameter, Parameters, join};
use super::onnx::graph::{GraphBuilder, Value};
use super::onnx::parts::Tokens;
use super::pooling::pool;
use super::stack::Layers;
use super::weights;
use super::{NnError, OpenEncoder};
use fsl_common::settings::{Pooling, Precision};

/// An encoder.
pub struct Encoder {
    config: EncoderConfig,
    device: Device,
    pub(crate) embeddings: Embeddings,
    layers: Box<dyn Layers>,
}

impl Encoder {
    /// Reads the weights, in f32, onto `device`.
    ///
    /// # Errors
    /// [`NnError::Read`], [`NnError::Changed`], [`NnError::Malformed`], [`NnError::MissingTensors`], [`NnError::TensorShape`],
    /// [`NnError::TensorKind`], [`NnError::TensorNotFinite`], [`NnError::UnsafePickle`].
    pub fn load(files: &OpenEncoder, device: Device) -> Result<Self, NnError> {
        let config = files.config().clone();
        let mut tensors = files.weights()?;
        let mut take = |name: &str| tensors.take(name, device);
        let (embeddings, layers) = (config.family.definition().load)(&mut take, &config)?;
        if config.empty_text().is_some() {
            // Products of finite numbers.
            weights::refuse_not_finite(&files.source().weights, "embeddings", &embeddings.word)?;
        }
        Ok(Self {
            config,
            device,
            embeddings,
            layers,
        })
    }

    /// Every tensor under its name in a checkpoint of transformers: the inverse of [`Encoder::load`].
    pub(crate) fn named(&self) -> NamedTensors {
        let mut all = Vec::new();
        self.embeddings.export(&mut all);
        self.layers.export(&mut all);
        all
    }

    /// The last hidden states: `[N, H]`, rows as in `batch`. Dropout is on with masks only, as in training.
    pub fn forward(&self, batch: &Packed, masks: Option<&DropoutRng>) -> Tensor {
        self.run(batch, QueryRows::All, masks)
    }

    /// One row per text: `[B, H]`. For [`Pooling::Cls`] the last block computes the first tokens only.
    pub fn pooled(&self, batch: &Packed, pooling: Pooling, masks: Option<&DropoutRng>) -> Tensor {
        match pooling {
            Pooling::Cls => self.run(batch, QueryRows::First, masks),
            _ => pool(pooling, &self.forward(batch, masks), batch),
        }
    }

    /// How many blocks a text goes through: the largest layer that [`embed_layers`](crate::embed_layers) can be asked for.
    pub fn depth(&self) -> usize {
        self.layers.depth()
    }

    /// One row per text: its pooled rows at these layers end to end, `[B, len·H]`. Layer 0 is the embeddings' output, layer `l` that of
    /// the `l`-th block. To be asked for layers that the encoder has.
    pub(crate) fn pooled_layers(
        &self,
        batch: &Packed,
        pooling: Pooling,
        layers: &[usize],
    ) -> Tensor {
        let embedded = self.embeddings.forward(batch, None);
        let largest = layers.iter().copied().max().unwrap_or_default();
        let states = self.layers.hidden_states(embedded, batch, largest);
        let rows = layers
            .iter()
            .map(|&layer| pool(pooling, &states[layer], batch));
        Tensor::cat(&rows.collect::<Vec<_>>(), 1)
    }

    fn run(&self, batch: &Packed, rows: QueryRows, masks: Option<&DropoutRng>) -> Tensor {
        let embedded = self.embeddings.forward(batch, masks);
        self.layers.forward(embedded, batch, rows, masks)
    }

    /// The last hidden states in a graph, without dropout: `[B, T, H]`.
    pub(crate) fn onnx(&self, graph: &mut GraphBuilder, tokens: &Tokens) -> Value {
        let embedded = self.embeddings.onnx(graph, tokens);
        self.layers.onnx(graph, embedded, tokens)
    }

    /// Checks that the encoder can read every text.
    ///
    /// # Errors
    /// [`NnError::Input`] for one that is empty, too long, or has ids beyond the vocabulary.
    pub(crate) fn check<S: AsRef<[i64]>>(&self, texts: &[S]) -> Result<(), NnError> {
        batch::check(texts, self.config.max_positions, self.config.vocab_size)
    }

    /// The same encoder again, for another thread: the weights are shared.
    pub(crate) fn shallow_clone(&self) -> Self {
        Self {
            config: self.config.clone(),
            device: self.device,
            embeddings: self.embeddings.shallow_clone(),
            layers: self.layers.shallow_clone(),
        }
    }

    /// The shape of the encoder.
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// Where its tensors live.
    pub fn device(&self) -> Device {
        self.device
    }

    /// Chooses the kind of products for a fit.
    ///
    /// # Errors
    /// [`NnError::Precision`] for int8.
    pub(crate) fn set_training_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        self.embeddings.set_training_precision(precision)?;
        self.layers.set_training_precision(precision)
    }

    /// Chooses the kind of products for inference and makes the weights ready for it. To be called again whenever weights
    /// have changed.
    ///
    /// # Errors
    /// [`NnError::Precision`] where libtorch has no such products here.
    pub fn set_inference_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        self.embeddings.set_inference_precision(precision)?;
        self.layers.set_inference_precision(precision)
    }

    #[cfg(test)]
    pub(crate) fn force_bf16(&mut self, native: bool) {
        self.embeddings.force_bf16(native);
        self.layers.force_bf16(native);
    }

    /// Replaces the encoder's own dropout rates, all of them by `rate`.
    pub(crate) fn set_dropout(&mut self, rate: f64) {
        self.config.hidden_dropout = rate;
        self.config.attention_dropout = rate;
        self.embeddings.dropout = rate;
        self.layers.set_dropout(rate);
    }

    /// The parameters of the last `count` blocks, for new initial values.
    ///
    /// # Errors
    /// [`NnError::Param`] where blocks stand in several layers, unless `count` is 0.
    pub(crate) fn top_blocks(&mut self, count: usize) -> Result<Vec<Parameter<'_>>, NnError> {
        self.layers.top_blocks(count)
    }
}

impl Parameters for Encoder {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        self.embeddings.visit(&join(prefix, "embeddings"), visit);
        self.layers.visit(prefix, visit);
    }
}
