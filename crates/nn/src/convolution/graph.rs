//! Convolution in an ONNX graph, without dropout.

use super::Convolution;
use crate::linear::Linear;
use crate::onnx::graph::{Attr, GraphBuilder, Value};

impl Convolution {
    /// [`forward`](Self::forward) in a graph: `[B, T, H]` twice → `[B, T, H]`; `mask` `[B, T]` has a 0 at padding.
    pub(crate) fn onnx(
        &self,
        graph: &mut GraphBuilder,
        name: &str,
        input: &str,
        residual: &str,
        mask: &str,
    ) -> Value {
        let Linear { weight, bias, .. } = &self.linear;
        let weight = weight
            .view([weight.size()[0], self.kernel, -1])
            .transpose(1, 2); // [H, H, K]
        let weight = graph.weight(&format!("{name}.weight"), &weight);
        let mask = graph.unsqueeze(mask, &[-1]);
        let tokens = graph.mul(input, &mask);
        let tokens = graph.transpose(&tokens, &[0, 2, 1]); // [B, H, T]
        let mut inputs = vec![tokens, weight];
        if let Some(bias) = bias {
            inputs.push(graph.weight(&format!("{name}.bias"), bias));
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let pads = Attr::Ints(vec![self.kernel / 2; 2]);
        let output = graph.op("Conv", &inputs, &[("pads", pads)]);
        let output = graph.transpose(&output, &[0, 2, 1]);
        let output = self.activation.onnx(graph, &output);
        let sum = graph.add(residual, &output);
        graph.layer_norm(&format!("{name}.norm"), &sum, &self.norm)
    }
}
