//! DeBERTa's block in an ONNX graph, without dropout.

use super::{CONVOLUTION, DebertaBlock};
use crate::disentangled::graph::GraphContext;
use crate::onnx::graph::{GraphBuilder, Value};
use crate::onnx::parts::GraphBlock;

impl GraphBlock for DebertaBlock {
    type Context = GraphContext;

    fn onnx(&self, graph: &mut GraphBuilder, hidden: &str, context: &GraphContext) -> Value {
        let (attention, name) = (&self.block.attention, &self.name);
        let [query, key, value] = attention.onnx_project(graph, name, hidden);
        let mut scores = attention.onnx_scores(graph, &query, &key);
        if let Some(relative) = &context.relative {
            let contents = [&*query, &key, &scores];
            scores = self
                .terms
                .onnx_scores(graph, name, attention, contents, relative);
        }
        let scores = graph.add(&scores, &context.mask);
        let attended = attention.onnx_output(graph, name, &scores, &value);
        let output = self.block.onnx_complete(graph, &attended, hidden);
        match &self.convolution {
            Some(convolution) => {
                convolution.onnx(graph, CONVOLUTION[0], hidden, &output, &context.token_mask)
            }
            None => output,
        }
    }
}
