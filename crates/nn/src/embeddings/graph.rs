//! Embeddings in an ONNX graph, without dropout.

use super::Embeddings;
use crate::onnx::graph::{GraphBuilder, Value};
use crate::onnx::parts::Tokens;

impl Embeddings {
    /// [`forward`](Self::forward) in a graph: `[B, T, H]`.
    pub(crate) fn onnx(&self, graph: &mut GraphBuilder, tokens: &Tokens) -> Value {
        let names = self.names;
        let name = names.word.strip_suffix(".weight").unwrap_or(names.word);
        let word = graph.weight(name, &self.word);
        let mut sum = graph.op("Gather", &[&word, &tokens.input_ids], &[]); // [B, T, E]
        if let (Some(name), Some(table)) = (names.position, &self.position) {
            let table = graph.weight(name, table);
            let positions = self.onnx_positions(graph, &table, tokens);
            sum = graph.add(&sum, &positions);
        }
        if let (Some(name), Some(table)) = (names.token_type, &self.token_type) {
            let first = graph.weight(name, &table.get(0)); // [E]
            sum = graph.add(&sum, &first);
        }
        if let (Some(name), Some(widened)) = (names.widened, &self.widened) {
            sum = graph.linear(name, &sum, widened); // [B, T, H]
        }
        let embedded = match (names.norm, &self.norm) {
            (Some(name), Some(norm)) => graph.layer_norm(name, &sum, norm),
            _ => sum,
        };
        match (names.projection, &self.projection) {
            (Some(name), Some(projection)) => graph.linear(name, &embedded, projection),
            _ => embedded,
        }
    }

    /// Each token's row of the position embedding: `[T, E]`, or `[B, T, E]` where tokens that are padding do not count.
    fn onnx_positions(&self, graph: &mut GraphBuilder, table: &str, tokens: &Tokens) -> Value {
        if self.first_position == 0 {
            return tokens.first_rows(graph, table);
        }
        let padding = graph.ints(&[self.padding_row]);
        let is_padding = graph.op("Equal", &[&tokens.input_ids, &padding], &[]);
        let counts = graph.op("Not", &[&is_padding], &[]);
        let counts = graph.int64(&counts); // [B, T]
        let axis = graph.ints(&[1]);
        let counted = graph.op("CumSum", &[&counts, &axis], &[]);
        let counted = graph.mul(&counted, &counts);
        let before = graph.ints(&[self.first_position - 1]);
        let rows = graph.add(&counted, &before);
        graph.op("Gather", &[table, &rows], &[])
    }
}
