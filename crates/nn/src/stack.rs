//! A stack of blocks: what all families have in common between the embeddings and the last hidden states.

use tch::Tensor;

use super::NnError;
use super::attention::QueryRows;
use super::batch::Packed;
use super::dropout::DropoutRng;
use super::layers::{NamedTensors, Parameter, Parameters, join};
use super::onnx::graph::{GraphBuilder, Value};
use super::onnx::parts::{GraphBlock, GraphShared, Tokens};
use fsl_common::settings::{ParamError, Precision};

/// One layer of an encoder.
pub(crate) trait Block: Parameters + Send + 'static {
    /// What all blocks of an encoder need to know of a batch.
    type Context;

    /// `[N, H]` → `[N, H]`, or `[B, H]` for [`QueryRows::First`].
    fn forward(
        &self,
        hidden: &Tensor,
        batch: &Packed,
        context: &Self::Context,
        rows: QueryRows,
        masks: Option<&DropoutRng>,
    ) -> Tensor;

    /// Gives the block's tensors to a checkpoint, by its family's names.
    fn export(&self, to: &mut NamedTensors);

    /// The same block again; the weights are shared.
    fn shallow_clone(&self) -> Self;

    /// Chooses the kind of products for a fit.
    ///
    /// # Errors
    /// [`NnError::Precision`] for int8.
    fn set_training_precision(&mut self, precision: Precision) -> Result<(), NnError>;

    /// Chooses the kind of products for inference; `first` says whether [`QueryRows::First`] will be asked for.
    ///
    /// # Errors
    /// [`NnError::Precision`] where libtorch has no such products here.
    fn set_inference_precision(&mut self, precision: Precision, first: bool)
    -> Result<(), NnError>;

    /// Replaces the rates of dropout, all that its family has.
    fn set_dropout(&mut self, rate: f64);

    #[cfg(test)]
    fn force_bf16(&mut self, native: bool);
}

/// What the blocks of an encoder share, and what comes after the last one.
pub(crate) trait Shared: Parameters + Send + 'static {
    /// What the blocks need to know of a batch, made once for all of them.
    type Context;

    /// Makes it. Dropout is on with masks only.
    fn context(&self, batch: &Packed, masks: Option<&DropoutRng>) -> Self::Context;

    /// What becomes of the last block's hidden states, `[N or B, H]`.
    fn finish(&self, hidden: Tensor) -> Tensor {
        hidden
    }

    /// Gives its tensors to a checkpoint, by its family's names.
    fn export(&self, to: &mut NamedTensors);

    /// The same again; the weights are shared.
    fn shallow_clone(&self) -> Self;
}

/// All blocks of an encoder, whatever its family.
pub(crate) trait Layers: Parameters + Send {
    /// `[N, H]` → `[N, H]`, or `[B, H]` for [`QueryRows::First`].
    fn forward(
        &self,
        embedded: Tensor,
        batch: &Packed,
        rows: QueryRows,
        masks: Option<&DropoutRng>,
    ) -> Tensor;

    /// How many blocks a text goes through.
    fn depth(&self) -> usize;

    /// The hidden states before the first layer and behind each one up to layer `largest`, without dropout: `[N, H]` each, as transformers'
    /// `hidden_states`.
    fn hidden_states(&self, embedded: Tensor, batch: &Packed, largest: usize) -> Vec<Tensor>;

    /// The same in a graph, without dropout: `[B, T, H]` → `[B, T, H]`.
    fn onnx(&self, graph: &mut GraphBuilder, embedded: Value, tokens: &Tokens) -> Value;

    /// Gives all tensors to a checkpoint.
    fn export(&self, to: &mut NamedTensors);

    /// The same layers again; the weights are shared.
    fn shallow_clone(&self) -> Box<dyn Layers>;

    /// As for each [`Block`].
    fn set_training_precision(&mut self, precision: Precision) -> Result<(), NnError>;

    /// As for each [`Block`].
    fn set_inference_precision(&mut self, precision: Precision) -> Result<(), NnError>;

    /// As for each [`Block`].
    fn set_dropout(&mut self, rate: f64);

    /// The parameters of the last `count` blocks.
    ///
    /// # Errors
    /// [`NnError::Param`] where blocks stand in several layers, unless `count` is 0.
    fn top_blocks(&mut self, count: usize) -> Result<Vec<Parameter<'_>>, NnError>;

    #[cfg(test)]
    fn force_bf16(&mut self, native: bool);
}

/// Blocks of one kind, and what they share.
pub(crate) struct Stack<S, B> {
    shared: S,
    blocks: Vec<B>,
    /// The block of each layer.
    order: Vec<usize>,
}

impl<S: Shared, B: Block<Context = S::Context>> Stack<S, B> {
    /// A stack of at least one block.
    pub(crate) fn new(shared: S, blocks: Vec<B>) -> Self {
        let order = (0..blocks.len()).collect();
        Self::in_order(shared, blocks, order)
    }

    /// A stack in which a block can stand in several layers: `order` has the block of each, at least one.
    pub(crate) fn in_order(shared: S, blocks: Vec<B>, order: Vec<usize>) -> Self {
        Self {
            shared,
            blocks,
            order,
        }
    }
}

impl<S, B> Layers for Stack<S, B>
where
    S: Shared + GraphShared,
    B: Block<Context = <S as Shared>::Context> + GraphBlock<Context = <S as GraphShared>::Context>,
{
    fn forward(
        &self,
        embedded: Tensor,
        batch: &Packed,
        rows: QueryRows,
        masks: Option<&DropoutRng>,
    ) -> Tensor {
        let context = Shared::context(&self.shared, batch, masks);
        let last = self.order.len() - 1;
        let layers = self.order.iter().enumerate();
        let hidden = layers.fold(embedded, |hidden, (layer, &block)| {
            let rows = if layer == last { rows } else { QueryRows::All };
            self.blocks[block].forward(&hidden, batch, &context, rows, masks)
        });
        Shared::finish(&self.shared, hidden)
    }

    fn depth(&self) -> usize {
        self.order.len()
    }

    fn hidden_states(&self, embedded: Tensor, batch: &Packed, largest: usize) -> Vec<Tensor> {
        let context = Shared::context(&self.shared, batch, None);
        let mut states = vec![embedded];
        for &block in &self.order[..largest] {
            let hidden = &states[states.len() - 1];
            let rows = QueryRows::All;
            states.push(self.blocks[block].forward(hidden, batch, &context, rows, None));
        }
        if largest == self.order.len() {
            let last = states.pop().map(|last| Shared::finish(&self.shared, last));
            states.extend(last);
        }
        states
    }

    fn onnx(&self, graph: &mut GraphBuilder, embedded: Value, tokens: &Tokens) -> Value {
        let context = GraphShared::context(&self.shared, graph, tokens);
        let hidden = self.order.iter().fold(embedded, |hidden, &block| {
            self.blocks[block].onnx(graph, &hidden, &context)
        });
        GraphShared::finish(&self.shared, graph, hidden)
    }

    fn export(&self, to: &mut NamedTensors) {
        self.shared.export(to);
        for block in &self.blocks {
            block.export(to);
        }
    }

    fn shallow_clone(&self) -> Box<dyn Layers> {
        Box::new(Self {
            shared: self.shared.shallow_clone(),
            blocks: self.blocks.iter().map(Block::shallow_clone).collect(),
            order: self.order.clone(),
        })
    }

    fn set_training_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        let mut blocks = self.blocks.iter_mut();
        blocks.try_for_each(|block| block.set_training_precision(precision))
    }

    fn set_inference_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        let last = self.order[self.order.len() - 1];
        let mut blocks = self.blocks.iter_mut().enumerate();
        blocks.try_for_each(|(number, block)| {
            block.set_inference_precision(precision, number == last)
        })
    }

    fn set_dropout(&mut self, rate: f64) {
        for block in &mut self.blocks {
            block.set_dropout(rate);
        }
    }

    fn top_blocks(&mut self, count: usize) -> Result<Vec<Parameter<'_>>, NnError> {
        if count > 0 && self.order.len() > self.blocks.len() {
            return Err(NnError::Param(ParamError {
                key: "reinit-top",
                got: count.to_string(),
                allowed: "0 for an encoder whose layers share their weights",
            }));
        }
        let first = self.blocks.len().saturating_sub(count);
        let mut all = Vec::new();
        for (layer, block) in self.blocks.iter_mut().enumerate().skip(first) {
            block.visit(&format!("block.{layer}"), &mut |parameter| {
                all.push(parameter);
            });
        }
        Ok(all)
    }

    #[cfg(test)]
    fn force_bf16(&mut self, native: bool) {
        for block in &mut self.blocks {
            block.force_bf16(native);
        }
    }
}

impl<S: Parameters, B: Parameters> Parameters for Stack<S, B> {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        self.shared.visit(prefix, visit);
        for (layer, block) in self.blocks.iter_mut().enumerate() {
            block.visit(&join(prefix, &format!("block.{layer}")), visit);
        }
    }
}
