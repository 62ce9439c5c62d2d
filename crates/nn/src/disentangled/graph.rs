//! Disentangled attention in an ONNX graph, without dropout.

use tch::Tensor;

use super::{DistanceTerms, RelativeTable};
use crate::attention::Attention;
use crate::onnx::graph::{Attr, GraphBuilder, Value};
use crate::onnx::parts::{GraphShared, Tokens};

/// What a graph's blocks need to know.
pub(crate) struct GraphContext {
    /// `[B, 1, 1, T]`, to be added to scores.
    pub(crate) mask: Value,
    /// `[B, T]`, 1 at tokens and 0 at padding.
    pub(crate) token_mask: Value,
    pub(crate) relative: Option<GraphRows>,
}

/// [`RelativeRows`](super::RelativeRows) of the longest texts that the graph reads.
pub(crate) struct GraphRows {
    /// `[R, H]`: weights do not change any more.
    rows: Tensor,
    /// `[B, A, T, T]`: the row for the query at `i` and the key at `j`, for every head of every text.
    by_query: Value,
    /// The same with `i` and `j` exchanged.
    by_key: Value,
}

impl RelativeTable {
    fn onnx(&self, graph: &mut GraphBuilder, tokens: &Tokens) -> GraphRows {
        let [rows, by_distance] = self.by_distance(tokens.most);
        // The graph counts distances from the query to the key.
        let by_distance = graph.whole("relative.rows", &by_distance.flip([0]));
        let distances = tokens.distances(graph);
        let by_query = graph.op("Gather", &[&by_distance, &distances], &[]); // [T, T]
        let by_key = graph.transpose(&by_query, &[1, 0]);
        let shape = self.onnx_shape(graph, tokens);
        let [by_query, by_key] =
            [by_query, by_key].map(|rows| graph.op("Expand", &[&rows, &shape], &[]));
        GraphRows {
            rows,
            by_query,
            by_key,
        }
    }

    /// The shape of scores: `B`, `A`, `T` and `T`.
    fn onnx_shape(&self, graph: &mut GraphBuilder, tokens: &Tokens) -> Value {
        let shape = graph.op("Shape", &[&tokens.input_ids], &[]);
        let (start, end) = (graph.ints(&[0]), graph.ints(&[1]));
        let texts = graph.op("Slice", &[&shape, &start, &end], &[]);
        let heads = graph.ints(&[self.heads]);
        let sizes = [&*texts, &heads, &tokens.count, &tokens.count];
        graph.op("Concat", &sizes, &[("axis", Attr::Int(0))])
    }
}

impl GraphShared for Option<RelativeTable> {
    type Context = GraphContext;

    fn context(&self, graph: &mut GraphBuilder, tokens: &Tokens) -> GraphContext {
        GraphContext {
            mask: tokens.score_mask.clone(),
            token_mask: tokens.mask.clone(),
            relative: self.as_ref().map(|table| table.onnx(graph, tokens)),
        }
    }
}

impl DistanceTerms {
    /// What distances add to `scores`, `[B, A, T, T]`, of `query` and `key`, `[B, A, T, D]` each, in a graph.
    pub(crate) fn onnx_scores(
        &self,
        graph: &mut GraphBuilder,
        name: &str,
        attention: &Attention,
        [query, key, scores]: [&str; 3],
        relative: &GraphRows,
    ) -> Value {
        let [keys, queries] = self.project(attention, &relative.rows, None); // [A, R, D] each
        let mut sum = scores.to_owned();
        if let Some(keys) = keys {
            let keys = graph.weight(&format!("{name}.relative.keys"), &keys.transpose(1, 2));
            let products = graph.op("MatMul", &[query, &keys], &[]); // [B, A, T, R]
            let found = gathered(graph, &products, &relative.by_query);
            sum = graph.add(&sum, &found);
        }
        if let Some(queries) = queries {
            let queries = queries.transpose(1, 2);
            let queries = graph.weight(&format!("{name}.relative.queries"), &queries);
            let products = graph.op("MatMul", &[key, &queries], &[]); // [B, A, T, R]
            let found = gathered(graph, &products, &relative.by_key);
            let found = graph.transpose(&found, &[0, 1, 3, 2]);
            sum = graph.add(&sum, &found);
        }
        sum
    }
}

fn gathered(graph: &mut GraphBuilder, products: &str, index: &str) -> Value {
    graph.op(
        "GatherElements",
        &[products, index],
        &[("axis", Attr::Int(3))],
    )
}
