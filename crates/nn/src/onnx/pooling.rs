//! Pooling in a graph: what [`pooling`](crate::pooling) computes, on padded tokens.

use super::graph::{Attr, GraphBuilder, Value};
use super::parts::{MASKED, Tokens};
use fsl_common::settings::Pooling;

/// One row per text: `[B, T, H]` → `[B, H]`
pub(super) fn pool(
    graph: &mut GraphBuilder,
    pooling: Pooling,
    hidden: &str,
    tokens: &Tokens,
) -> Value {
    let pooled = pool_tokens(graph, pooling, hidden, tokens);
    match &tokens.texts {
        Some(texts) => graph.mul(&pooled, texts),
        None => pooled,
    }
}

fn pool_tokens(graph: &mut GraphBuilder, pooling: Pooling, hidden: &str, tokens: &Tokens) -> Value {
    let mask = &tokens.mask; // [B, T]
    match pooling {
        Pooling::Cls => {
            let first = graph.ints(&[0]);
            let first = graph.op("Gather", &[hidden, &first], &[("axis", Attr::Int(1))]); // [B, 1, H]
            let axis = graph.ints(&[1]);
            graph.op("Squeeze", &[&first, &axis], &[])
        }
        Pooling::Mean => {
            let [sum, count] = sums(graph, hidden, mask, tokens);
            graph.op("Div", &[&sum, &count], &[])
        }
        Pooling::MeanSqrtLen => {
            let [sum, count] = sums(graph, hidden, mask, tokens);
            let root = graph.op("Sqrt", &[&count], &[]);
            graph.op("Div", &[&sum, &root], &[])
        }
        Pooling::WeightedMean => {
            let numbers: Vec<i64> = (1..=tokens.most).collect();
            let numbers = graph.ints(&numbers);
            let numbers = tokens.first_rows(graph, &numbers); // [T]
            let numbers = graph.float(&numbers);
            let weights = graph.mul(mask, &numbers); // [B, T]
            let [sum, total] = sums(graph, hidden, &weights, tokens);
            graph.op("Div", &[&sum, &total], &[])
        }
        Pooling::Last => {
            let axis = graph.ints(&[1]);
            let lengths = graph.op("ReduceSum", &[mask, &axis], &[]); // [B, 1]
            let lengths = graph.int64(&lengths);
            let one = graph.ints(&[1]);
            let last = graph.op("Sub", &[&lengths, &one], &[]);
            graph.op(
                "GatherND",
                &[hidden, &last],
                &[("batch_dims", Attr::Int(1))],
            )
        }
        Pooling::Max => {
            let one = graph.number(1.0);
            let padding = graph.op("Sub", &[&one, mask], &[]);
            let masked = graph.number(MASKED);
            let padding = graph.mul(&padding, &masked);
            let padding = graph.unsqueeze(&padding, &[-1]); // [B, T, 1]
            let hidden = graph.add(hidden, &padding);
            let over_tokens = [("axes", Attr::Ints(vec![1])), ("keepdims", Attr::Int(0))];
            graph.op("ReduceMax", &[&hidden], &over_tokens)
        }
    }
}

/// The sum of a text's hidden states, each times its weight, `[B, H]`, and that of the weights, `[B, 1]`, which is 1 for a text without
/// tokens; `weights` is `[B, T]`.
fn sums(graph: &mut GraphBuilder, hidden: &str, weights: &str, tokens: &Tokens) -> [Value; 2] {
    let weights = graph.unsqueeze(weights, &[-1]); // [B, T, 1]
    let states = graph.mul(hidden, &weights);
    let axis = graph.ints(&[1]);
    let [sum, total] = [states, weights]
        .map(|rows| graph.op("ReduceSum", &[&rows, &axis], &[("keepdims", Attr::Int(0))]));
    if tokens.texts.is_none() {
        return [sum, total];
    }
    let one = graph.number(1.0);
    let total = graph.op("Max", &[&total, &one], &[]);
    [sum, total]
}
