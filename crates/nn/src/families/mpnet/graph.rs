//! The bias by distance in an ONNX graph.

use super::{DISTANCE_BIAS, DistanceBias, buckets};
use crate::onnx::graph::{Attr, GraphBuilder, Value};
use crate::onnx::parts::{GraphShared, Tokens};

impl GraphShared for DistanceBias {
    type Context = Value;

    fn context(&self, graph: &mut GraphBuilder, tokens: &Tokens) -> Value {
        let by_distance = self
            .table
            .index_select(0, &buckets(tokens.most, &self.table))
            .transpose(0, 1); // [A, 2·most - 1]
        let by_distance = graph.weight(DISTANCE_BIAS, &by_distance);
        let distances = tokens.distances(graph);
        let bias = graph.op(
            "Gather",
            &[&by_distance, &distances],
            &[("axis", Attr::Int(1))],
        );
        graph.add(&bias, &tokens.score_mask) // [B, A, T, T]
    }
}
