//! Disentangled attention in an ONNX graph, without dropout.

use tch::{Device, Kind, Tensor};

use super::{DistanceTerms, RelativeRows, RelativeTable};
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

/// [`RelativeRows`] of the longest texts that the encoder reads.
pub(crate) struct GraphRows {
    /// `[R, H]`: weights do not change any more.
    rows: Tensor,
    /// `[T, T]`: the row for the query at `i` and the key at `j`.
    by_query: Value,
}

impl RelativeTable {
    fn onnx(&self, graph: &mut GraphBuilder, tokens: &Tokens) -> GraphRows {
        let whole = (Kind::Int64, Device::Cpu);
        let distances = Tensor::arange_start(1 - tokens.most, tokens.most, whole);
        let rows = self.distances.rows(&distances);
        let first = rows.min().int64_value(&[]);
        let count = rows.max().int64_value(&[]) - first + 1;
        // The graph counts distances from the query to the key.
        let by_distance = graph.whole("relative.rows", &(rows - first).flip([0]));
        let distances = tokens.distances(graph);
        let rows = self.table.narrow(0, first, count);
        GraphRows {
            rows: match &self.norm {
                Some(norm) => norm.forward(&rows),
                None => rows,
            },
            by_query: graph.op("Gather", &[&by_distance, &distances], &[]),
        }
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
        let rows = RelativeRows {
            rows: relative.rows.shallow_clone(),
            by_query: Tensor::new(),
            by_key: Tensor::new(),
        };
        let [keys, queries] = self.project(attention, &rows, None); // [A, R, D] each
        let shape = graph.op("Shape", &[scores], &[]);
        let mut sum = scores.to_owned();
        if let Some(keys) = keys {
            let keys = graph.weight(&format!("{name}.relative.keys"), &keys.transpose(1, 2));
            let products = graph.op("MatMul", &[query, &keys], &[]); // [B, A, T, R]
            let index = graph.op("Expand", &[&relative.by_query, &shape], &[]);
            let found = gathered(graph, &products, &index);
            sum = graph.add(&sum, &found);
        }
        if let Some(queries) = queries {
            let queries = queries.transpose(1, 2);
            let queries = graph.weight(&format!("{name}.relative.queries"), &queries);
            let products = graph.op("MatMul", &[key, &queries], &[]); // [B, A, T, R]
            let by_key = graph.transpose(&relative.by_query, &[1, 0]);
            let index = graph.op("Expand", &[&by_key, &shape], &[]);
            let found = gathered(graph, &products, &index);
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
