//! Rotation in an ONNX graph.

use super::Rotation;
use crate::onnx::graph::{Attr, GraphBuilder, Value};
use crate::onnx::parts::Tokens;

impl Rotation {
    /// The tables in a graph, cut to its tokens. `name` is what they are called there.
    pub(crate) fn onnx(&self, graph: &mut GraphBuilder, name: &str, tokens: &Tokens) -> [Value; 2] {
        [("cos", &self.cos), ("sin", &self.sin)].map(|(part, table)| {
            let table = graph.weight(&format!("{name}.{part}"), table);
            tokens.first_rows(graph, &table)
        })
    }

    /// [`apply`](Self::apply) in a graph, by its tables.
    pub(crate) fn onnx_apply(
        graph: &mut GraphBuilder,
        [cos, sin]: &[Value; 2],
        input: &str,
    ) -> Value {
        let [first, second]: [Value; 2] = graph.split(input);
        let rolled = graph.op("Concat", &[&second, &first], &[("axis", Attr::Int(-1))]);
        let kept = graph.mul(input, cos);
        let turned = graph.mul(&rolled, sin);
        graph.add(&kept, &turned)
    }
}
