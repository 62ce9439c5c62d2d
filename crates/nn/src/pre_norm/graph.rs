//! Pre-layer-norm blocks in an ONNX graph, without dropout.

use tch::{Device, Kind, Tensor};

use super::{Around, FAR, PreNormBlock};
use crate::layers::join;
use crate::onnx::graph::{GraphBuilder, Value};
use crate::onnx::parts::{GraphBlock, GraphShared, Tokens};
use crate::rotary::Rotation;

/// What attention needs to know: where it is global, and where it is local.
pub(crate) struct GraphSurroundings {
    global: GraphReach,
    local: GraphReach,
}

/// The rotation's tables, and what is added to scores.
struct GraphReach {
    rotation: [Value; 2],
    mask: Value,
}

impl Around {
    /// The same in a graph: `[B, 1, T, T]`, or `[B, 1, 1, T]` where the graph reads no longer texts than local attention reaches.
    fn onnx_local_mask(&self, graph: &mut GraphBuilder, tokens: &Tokens) -> Value {
        let Some(reach) = self.reach.filter(|&reach| reach < tokens.most - 1) else {
            return tokens.score_mask.clone();
        };
        let distances =
            Tensor::arange_start(1 - tokens.most, tokens.most, (Kind::Int64, Device::Cpu));
        let far = distances.abs().gt(reach).to_kind(Kind::Float) * FAR;
        let far = graph.weight("local_attention", &far); // [2·most - 1]
        let distances = tokens.distances(graph);
        let far = graph.op("Gather", &[&far, &distances], &[]); // [T, T]
        graph.add(&tokens.score_mask, &far)
    }
}

impl GraphShared for Around {
    type Context = GraphSurroundings;

    fn context(&self, graph: &mut GraphBuilder, tokens: &Tokens) -> GraphSurroundings {
        let [global, local] = self
            .bases
            .map(|base| Rotation::new(base, self.width, tokens.most, Device::Cpu));
        GraphSurroundings {
            global: GraphReach {
                rotation: global.onnx(graph, "rotation.global", tokens),
                mask: tokens.score_mask.clone(),
            },
            local: GraphReach {
                rotation: local.onnx(graph, "rotation.local", tokens),
                mask: self.onnx_local_mask(graph, tokens),
            },
        }
    }

    fn finish(&self, graph: &mut GraphBuilder, hidden: Value) -> Value {
        graph.layer_norm(self.norm_name, &hidden, &self.norm)
    }
}

impl GraphBlock for PreNormBlock {
    type Context = GraphSurroundings;

    fn onnx(
        &self,
        graph: &mut GraphBuilder,
        hidden: &str,
        surroundings: &GraphSurroundings,
    ) -> Value {
        let reach = if self.local {
            &surroundings.local
        } else {
            &surroundings.global
        };
        let named = |part: &str| join(&self.name, part);
        let normalised = match &self.attention_norm {
            Some(norm) => graph.layer_norm(&named("attention_norm"), hidden, norm),
            None => hidden.to_owned(),
        };
        let [query, key, value] = self.attention.onnx_project(graph, &self.name, &normalised);
        let [query, key] =
            [query, key].map(|part| Rotation::onnx_apply(graph, &reach.rotation, &part));
        let scores = self.attention.onnx_scores(graph, &query, &key);
        let scores = graph.add(&scores, &reach.mask);
        let attended = self
            .attention
            .onnx_output(graph, &self.name, &scores, &value);
        let hidden = graph.add(&attended, hidden);
        let normalised = graph.layer_norm(&named("output_norm"), &hidden, &self.output_norm);
        let both = graph.linear(&named("gated"), &normalised, &self.gated);
        let [seen, gates]: [Value; 2] = graph.split(&both);
        let seen = self.activation.onnx(graph, &seen);
        let gated = graph.mul(&seen, &gates);
        let output = graph.linear(&named("output"), &gated, &self.output);
        graph.add(&output, &hidden)
    }
}
