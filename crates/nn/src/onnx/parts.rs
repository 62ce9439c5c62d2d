//! The parts of an encoder in a graph, and what they are given. The computation of each is in the file `graph.rs` beside it.

use super::graph::{Attr, GraphBuilder, Value};

/// Added to the scores of padding, or to its hidden states: far below every one, and finite in f32 after any sum.
pub(super) const MASKED: f64 = -1e30;

/// What a graph is given, as its encoder needs it.
pub(crate) struct Tokens {
    /// `[B, T]` Int64
    pub(crate) input_ids: Value,
    /// `[B, T]` Float, 1 at tokens and 0 at padding.
    pub(crate) mask: Value,
    /// `[B, 1, 1, T]` Float, to be added to scores: 0 at tokens and [`MASKED`] at padding.
    pub(crate) score_mask: Value,
    /// `[1]` Int64: `T`
    pub(crate) count: Value,
    /// The largest `T` that the graph reads.
    pub(crate) most: i64,
    /// `[B, 1]` Float, 1 for texts with tokens and 0 for those without, where there may be such.
    pub(super) texts: Option<Value>,
}

impl Tokens {
    /// From the inputs `input_ids` and `attention_mask` of the graph.
    pub(super) fn new(graph: &mut GraphBuilder, most: i64) -> Self {
        let input_ids = graph.token_input("input_ids");
        let attention_mask = graph.token_input("attention_mask");
        let mask = graph.float(&attention_mask);
        let one = graph.number(1.0);
        let padding = graph.op("Sub", &[&one, &mask], &[]);
        let masked = graph.number(MASKED);
        let score_mask = graph.mul(&padding, &masked);
        let score_mask = graph.unsqueeze(&score_mask, &[1, 2]);
        let shape = graph.op("Shape", &[&input_ids], &[]);
        let (start, end) = (graph.ints(&[1]), graph.ints(&[2]));
        let count = graph.op("Slice", &[&shape, &start, &end], &[]);
        Self {
            input_ids,
            mask,
            score_mask,
            count,
            most,
            texts: None,
        }
    }

    /// The same, where all tokens of a text may be padding: its row is zeros then.
    pub(super) fn with_empty_texts(self, graph: &mut GraphBuilder) -> Self {
        let over_tokens = [("axes", Attr::Ints(vec![1])), ("keepdims", Attr::Int(1))];
        let texts = graph.op("ReduceMax", &[&self.mask], &over_tokens);
        Self {
            texts: Some(texts),
            ..self
        }
    }

    /// As many rows of a table as there are tokens: `[P, X]` → `[T, X]`
    pub(crate) fn first_rows(&self, graph: &mut GraphBuilder, table: &str) -> Value {
        let start = graph.ints(&[0]);
        graph.op("Slice", &[table, &start, &self.count], &[])
    }

    /// For every two tokens the place of their distance, key minus query, in a table of distances from `1 - most` to `most - 1`:
    /// `[T, T]` Int64, queries first.
    pub(crate) fn distances(&self, graph: &mut GraphBuilder) -> Value {
        let places: Vec<i64> = (0..self.most).collect();
        let places = graph.ints(&places);
        let places = self.first_rows(graph, &places);
        let keys = graph.unsqueeze(&places, &[0]);
        let queries = graph.unsqueeze(&places, &[1]);
        let distance = graph.op("Sub", &[&keys, &queries], &[]);
        let offset = graph.ints(&[self.most - 1]);
        graph.add(&distance, &offset)
    }
}

/// One layer of an encoder in a graph, without dropout.
pub(crate) trait GraphBlock {
    /// What all blocks of an encoder need to know.
    type Context;

    /// `[B, T, H]` → `[B, T, H]`
    fn onnx(&self, graph: &mut GraphBuilder, hidden: &str, context: &Self::Context) -> Value;
}

/// What the blocks of an encoder share in a graph, and what comes after the last one.
pub(crate) trait GraphShared {
    /// What the blocks need to know, made once for all of them.
    type Context;

    /// Makes it.
    fn context(&self, graph: &mut GraphBuilder, tokens: &Tokens) -> Self::Context;

    /// What becomes of the last block's hidden states, `[B, T, H]`.
    fn finish(&self, _: &mut GraphBuilder, hidden: Value) -> Value {
        hidden
    }
}
