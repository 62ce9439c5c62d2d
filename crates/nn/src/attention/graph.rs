//! Attention in an ONNX graph, without dropout.

use super::Attention;
use crate::onnx::graph::{Attr, GraphBuilder, Value};

impl Attention {
    /// [`forward`](Self::forward) in a graph: `[B, T, H]` → `[B, T, H]`. `name` is that of the block; the mask is of a shape that
    /// spreads to `[B, A, T, T]`.
    pub(crate) fn onnx(
        &self,
        graph: &mut GraphBuilder,
        name: &str,
        hidden: &str,
        mask: &str,
    ) -> Value {
        let [query, key, value] = self.onnx_project(graph, name, hidden);
        let scores = self.onnx_scores(graph, &query, &key);
        let scores = graph.add(&scores, mask);
        self.onnx_output(graph, name, &scores, &value)
    }

    /// `q·kᵀ·scale` in a graph: `[B, A, T, D]` twice → `[B, A, T, T]`.
    pub(crate) fn onnx_scores(&self, graph: &mut GraphBuilder, query: &str, key: &str) -> Value {
        let key = graph.transpose(key, &[0, 1, 3, 2]);
        let scale = graph.number(self.scale);
        let query = graph.mul(query, &scale);
        graph.op("MatMul", &[&query, &key], &[])
    }

    /// [`project`](Self::project) in a graph: queries, keys and values, `[B, A, T, D]` each.
    pub(crate) fn onnx_project(
        &self,
        graph: &mut GraphBuilder,
        name: &str,
        hidden: &str,
    ) -> [Value; 3] {
        let qkv = graph.linear(&format!("{name}.attention.qkv"), hidden, &self.qkv);
        let parts: [Value; 3] = graph.split(&qkv);
        parts.map(|part| {
            let width = self.output.weight.size()[1] / self.heads;
            let by_head = graph.reshape(&part, &[0, 0, self.heads, width]);
            graph.transpose(&by_head, &[0, 2, 1, 3])
        })
    }

    /// From scores, `[B, A, T, T]`, and values, `[B, A, T, D]`, to the output map, `[B, T, H]`, in a graph.
    pub(crate) fn onnx_output(
        &self,
        graph: &mut GraphBuilder,
        name: &str,
        scores: &str,
        value: &str,
    ) -> Value {
        let probabilities = graph.op("Softmax", &[scores], &[("axis", Attr::Int(-1))]);
        let context = graph.op("MatMul", &[&probabilities, value], &[]);
        let context = graph.transpose(&context, &[0, 2, 1, 3]);
        let context = graph.reshape(&context, &[0, 0, self.output.weight.size()[1]]);
        graph.linear(&format!("{name}.attention.output"), &context, &self.output)
    }
}
