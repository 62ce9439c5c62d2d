//! Post-layer-norm blocks in an ONNX graph, without dropout.

use super::{NothingShared, PostNormBlock};
use crate::layers::join;
use crate::onnx::graph::{GraphBuilder, Value};
use crate::onnx::parts::{GraphBlock, GraphShared, Tokens};

impl PostNormBlock {
    /// [`complete`](Self::complete) in a graph: `[B, T, H]` twice → `[B, T, H]`.
    pub(crate) fn onnx_complete(
        &self,
        graph: &mut GraphBuilder,
        attended: &str,
        hidden: &str,
    ) -> Value {
        let named = |part: &str| join(&self.name, part);
        let sum = graph.add(attended, hidden);
        let hidden = graph.layer_norm(&named("attention_norm"), &sum, &self.attention_norm);
        let wide = graph.linear(&named("intermediate"), &hidden, &self.intermediate);
        let wide = self.activation.onnx(graph, &wide);
        let output = graph.linear(&named("output"), &wide, &self.output);
        let sum = graph.add(&output, &hidden);
        graph.layer_norm(&named("output_norm"), &sum, &self.output_norm)
    }
}

impl GraphBlock for PostNormBlock {
    /// What is added to the scores of attention in all blocks.
    type Context = Value;

    fn onnx(&self, graph: &mut GraphBuilder, hidden: &str, mask: &Value) -> Value {
        let attended = self.attention.onnx(graph, &self.name, hidden, mask);
        self.onnx_complete(graph, &attended, hidden)
    }
}

impl GraphShared for NothingShared {
    type Context = Value;

    fn context(&self, _: &mut GraphBuilder, tokens: &Tokens) -> Value {
        tokens.score_mask.clone()
    }
}
