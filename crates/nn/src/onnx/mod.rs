//! A model folder as one ONNX graph: from token ids to the probabilities of the classes.
//!
//! Inputs: `input_ids` and `attention_mask`, Int64 `[batch, sequence]`, padded on the right, with the special tokens. Output:
//! `probabilities`, Float `[batch, classes]`, in the order of the classes, which the file's metadata names. The operators are those of
//! ONNX operator set 17. In int8 the encoder's linear layers are the products of whole numbers that [`int8`](super::int8) computes: weights
//! with a scale per output, activations with a scale per token. Tables of embeddings stay f32, and so do DeBERTa's convolution and its
//! projections of distances.

pub(crate) mod graph;
pub(crate) mod parts;
mod pooling;
mod proto;

use prost::Message as _;

use super::head::Head;
use super::model::ModelMetadata;
use super::{Classifier, NnError};
use fsl_common::settings::Precision;
use graph::{Attr, GraphBuilder, Value};
use parts::Tokens;
use pooling::pool;
use proto::{Model, OperatorSet, Property};

/// ONNX 1.12, which has the operator set 17.
const IR_VERSION: i64 = 8;
const OPERATOR_SET: i64 = 17;

/// The longest file: a message of Protocol Buffers has less than 2 GiB.
const LONGEST_FILE: usize = (1 << 31) - 1;

/// A classifier as the bytes of an ONNX file. Products are computed in f32 or int8.
///
/// # Errors
/// [`NnError::Export`] for a model of more than 2 GiB; [`NnError::Precision`] for bf16.
pub fn export_onnx(
    classifier: &Classifier,
    metadata: &ModelMetadata,
    precision: Precision,
) -> Result<Vec<u8>, NnError> {
    if precision == Precision::Bf16 {
        return Err(NnError::Precision {
            precision,
            problem: "is not a kind of number that ONNX Runtime multiplies on processors"
                .to_owned(),
        });
    }
    let Classifier { encoder, head } = classifier;
    let mut graph = GraphBuilder::new("classifier", precision);
    // Not by config.json alone: where positions have no table, any number may stand there.
    let longest = metadata
        .max_tokens
        .min(encoder.config().max_positions as usize);
    let mut tokens = Tokens::new(&mut graph, longest as i64);
    if encoder.config().empty_text().is_some() {
        tokens = tokens.with_empty_texts(&mut graph);
    }
    let hidden = encoder.onnx(&mut graph, &tokens); // [B, T, H]
    let pooled = pool(&mut graph, head.pooling(), &hidden, &tokens); // [B, H]
    let probabilities = classify(&mut graph, head, &pooled); // [B, K]
    graph.output("probabilities", probabilities, head.classes() as i64);
    let file = Model {
        ir_version: IR_VERSION,
        producer_name: "fsl-exp".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(graph.finish()),
        opset_import: vec![OperatorSet {
            domain: String::new(),
            version: OPERATOR_SET,
        }],
        metadata_props: properties(metadata),
    };
    let length = file.encoded_len();
    if length > LONGEST_FILE {
        return Err(NnError::Export {
            problem: format!(
                "the file would have {length} bytes, one of ONNX has at most {LONGEST_FILE}"
            ),
        });
    }
    Ok(file.encode_to_vec())
}

/// `[B, H]` → the probability of every class, `[B, K]`.
fn classify(graph: &mut GraphBuilder, head: &Head, pooled: &str) -> Value {
    let units = graph.linear_f32("head.dense", pooled, &head.dense);
    let units = graph.op("Relu", &[&units], &[]);
    let logits = graph.linear_f32("head.output", &units, &head.output);
    if head.classes() > 2 {
        return graph.op("Softmax", &[&logits], &[("axis", Attr::Int(-1))]);
    }
    let second = graph.op("Sigmoid", &[&logits], &[]);
    // 1 - p would lose the digits of small probabilities.
    let negated = graph.op("Neg", &[&logits], &[]);
    let first = graph.op("Sigmoid", &[&negated], &[]);
    graph.op("Concat", &[&first, &second], &[("axis", Attr::Int(-1))])
}

/// What a user of the file has to know: the classes as a JSON array in the order of the columns, how texts are cleaned and cut, what becomes of
/// long ones where they are not truncated, and what stands before each, where that is something.
fn properties(metadata: &ModelMetadata) -> Vec<Property> {
    let classes = serde_json::to_string(metadata.classes.names()).unwrap_or_default();
    let rules = serde_json::to_value(metadata.text_rules).unwrap_or_default();
    let rules = rules.as_str().unwrap_or_default().to_owned();
    let known = [
        ("classes", classes),
        ("max_tokens", metadata.max_tokens.to_string()),
        ("text_rules", rules),
    ];
    let long_texts = Some(metadata.long_texts).filter(|long_texts| !long_texts.is_truncate());
    let long_texts = long_texts.map(|long_texts| ("long_texts", long_texts.as_str().to_owned()));
    let prompt = metadata.prompt.clone().map(|prompt| ("prompt", prompt));
    let named = |(key, value): (&str, String)| Property {
        key: format!("fsl_exp.{key}"),
        value,
    };
    known
        .into_iter()
        .chain(long_texts)
        .chain(prompt)
        .map(named)
        .collect()
}
