//! Activations in an ONNX graph.

use super::Activation;
use crate::onnx::graph::{GraphBuilder, Value};

impl Activation {
    /// [`apply`](Self::apply) in a graph.
    pub(crate) fn onnx(self, graph: &mut GraphBuilder, input: &str) -> Value {
        match self {
            Self::Relu => graph.op("Relu", &[input], &[]),
            Self::Tanh => graph.op("Tanh", &[input], &[]),
            Self::Silu => {
                let sigmoid = graph.op("Sigmoid", &[input], &[]);
                graph.mul(input, &sigmoid)
            }
            Self::Gelu => {
                let root = graph.number(std::f64::consts::FRAC_1_SQRT_2);
                let scaled = graph.mul(input, &root);
                let erf = graph.op("Erf", &[&scaled], &[]);
                half_of_product(graph, input, &erf)
            }
            Self::GeluTanh => {
                let (cubed, factor) = (graph.number(3.0), graph.number(0.044_715));
                let cube = graph.op("Pow", &[input, &cubed], &[]);
                let cube = graph.mul(&cube, &factor);
                let sum = graph.add(input, &cube);
                let root = graph.number((2.0 / std::f64::consts::PI).sqrt());
                let scaled = graph.mul(&sum, &root);
                let tanh = graph.op("Tanh", &[&scaled], &[]);
                half_of_product(graph, input, &tanh)
            }
        }
    }
}

/// `x·(1 + y)/2`
fn half_of_product(graph: &mut GraphBuilder, input: &str, factor: &str) -> Value {
    let (one, half) = (graph.number(1.0), graph.number(0.5));
    let sum = graph.add(factor, &one);
    let product = graph.mul(input, &sum);
    graph.mul(&product, &half)
}
