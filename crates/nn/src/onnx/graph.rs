//! A graph that grows node by node. Operators and their attributes are those of ONNX operator set 17.

use std::collections::BTreeSet;

use tch::{Kind, Tensor};

use super::proto::{
    Attribute, AttributeType, Constant, Dimension, ElementType, Graph, Node, Shape, Size,
    TensorType, Type, ValueInfo,
};
use crate::layers::LayerNorm;
use crate::linear::Linear;
use fsl_common::settings::Precision;

/// The name of a tensor in the graph.
pub(crate) type Value = String;

/// The largest whole numbers of weights and activations: those of [`int8`](crate::int8), for the same reason.
const MOST_WEIGHT: f64 = 63.0;
const MOST_ACTIVATION: f64 = 127.0;

/// The nodes and constants so far.
pub(crate) struct GraphBuilder {
    graph: Graph,
    /// What matrix products with weights are computed in: f32 or int8.
    precision: Precision,
    values: usize,
    /// The names of all constants: layers that share weights share them here, too.
    constants: BTreeSet<String>,
}

/// An attribute of a node.
pub(crate) enum Attr {
    Float(f64),
    Int(i64),
    Ints(Vec<i64>),
}

impl GraphBuilder {
    /// An empty graph.
    pub(super) fn new(name: &str, precision: Precision) -> Self {
        let graph = Graph {
            name: name.to_owned(),
            ..Graph::default()
        };
        Self {
            graph,
            precision,
            values: 0,
            constants: BTreeSet::new(),
        }
    }

    pub(super) fn finish(self) -> Graph {
        self.graph
    }

    /// An input of whole numbers, one per token: `[B, T]`.
    pub(super) fn token_input(&mut self, name: &str) -> Value {
        let sizes = ["batch", "sequence"].map(|size| Size::Param(size.to_owned()));
        self.graph
            .input
            .push(described(name, ElementType::Int64, sizes.into()));
        name.to_owned()
    }

    /// The output `[B, columns]`, which is `value` under another name.
    pub(super) fn output(&mut self, name: &str, value: Value, columns: i64) {
        self.graph.node.push(Node {
            input: vec![value],
            output: vec![name.to_owned()],
            name: name.to_owned(),
            op_type: "Identity".to_owned(),
            attribute: Vec::new(),
        });
        let sizes = vec![Size::Param("batch".to_owned()), Size::Value(columns)];
        self.graph
            .output
            .push(described(name, ElementType::Float, sizes));
    }

    /// The only output of an operator.
    pub(crate) fn op(&mut self, op: &str, inputs: &[&str], attributes: &[(&str, Attr)]) -> Value {
        let [output] = self.ops(op, inputs, attributes);
        output
    }

    /// The first outputs of an operator.
    pub(crate) fn ops<const N: usize>(
        &mut self,
        op: &str,
        inputs: &[&str],
        attributes: &[(&str, Attr)],
    ) -> [Value; N] {
        let name = self.fresh(op);
        let outputs: [Value; N] = std::array::from_fn(|output| match output {
            0 => name.clone(),
            output => format!("{name}.{output}"),
        });
        self.graph.node.push(Node {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: outputs.to_vec(),
            name,
            op_type: op.to_owned(),
            attribute: attributes.iter().map(attribute).collect(),
        });
        outputs
    }

    /// A tensor of a checkpoint, f32.
    pub(crate) fn weight(&mut self, name: &str, tensor: &Tensor) -> Value {
        self.constant(name.to_owned(), ElementType::Float, &tensor.size(), || {
            floats(tensor)
        })
    }

    /// A tensor of whole numbers.
    pub(crate) fn whole(&mut self, name: &str, tensor: &Tensor) -> Value {
        let bytes = || {
            let mut values = vec![0_i64; tensor.numel()];
            let count = values.len();
            tensor.contiguous().copy_data(&mut values, count);
            whole_bytes(&values)
        };
        self.constant(name.to_owned(), ElementType::Int64, &tensor.size(), bytes)
    }

    /// Whole numbers.
    pub(crate) fn ints(&mut self, values: &[i64]) -> Value {
        let name = self.fresh("ints");
        let bytes = || whole_bytes(values);
        self.constant(name, ElementType::Int64, &[values.len() as i64], bytes)
    }

    /// One number, that goes with tensors of every shape.
    pub(crate) fn number(&mut self, value: f64) -> Value {
        let name = self.fresh("number");
        let bytes = || (value as f32).to_le_bytes().to_vec();
        self.constant(name, ElementType::Float, &[], bytes)
    }

    /// `[…, in]` → `[…, out]`, in the precision of the graph. `name` is that of the weights.
    pub(crate) fn linear(&mut self, name: &str, input: &str, layer: &Linear) -> Value {
        if self.precision != Precision::Int8 {
            return self.linear_f32(name, input, layer);
        }
        let product = self.int8_product(name, input, &layer.weight);
        self.add_bias(name, product, layer)
    }

    /// The same in f32, whatever the precision of the graph.
    pub(crate) fn linear_f32(&mut self, name: &str, input: &str, layer: &Linear) -> Value {
        let weight = layer.weight.transpose(0, 1);
        let weight = self.weight(&format!("{name}.weight"), &weight);
        let product = self.op("MatMul", &[input, &weight], &[]);
        self.add_bias(name, product, layer)
    }

    fn add_bias(&mut self, name: &str, product: Value, layer: &Linear) -> Value {
        match &layer.bias {
            Some(bias) => {
                let bias = self.weight(&format!("{name}.bias"), bias);
                self.add(&product, &bias)
            }
            None => product,
        }
    }

    /// A product of whole numbers, computed as [`int8`](crate::int8) does: weights with a scale per output, activations with a scale
    /// and a least value per token.
    fn int8_product(&mut self, name: &str, input: &str, weight: &Tensor) -> Value {
        let [whole, scales, offsets] = self.int8_weight(&format!("{name}.weight"), weight);
        let [input, step, least] = self.quantized(input);
        let sums = self.op("MatMulInteger", &[&input, &whole], &[]);
        let sums = self.cast(&sums, ElementType::Float);
        let scales = self.mul(&scales, &step);
        let product = self.mul(&sums, &scales);
        let offset = self.mul(&offsets, &least);
        self.add(&product, &offset)
    }

    /// `[out, in]` as whole numbers, `[in, out]`, their scales and what the least value is multiplied by, `[out]` each.
    fn int8_weight(&mut self, name: &str, weight: &Tensor) -> [Value; 3] {
        let names = ["int8", "scale", "offset"].map(|part| format!("{name}.{part}"));
        let [whole_name, scale_name, offset_name] = &names;
        if self.constants.contains(whole_name) {
            return names;
        }
        let most = weight.abs().amax([1_i64].as_slice(), true); // [out, 1]
        let scales = (most / MOST_WEIGHT).clamp_min(f64::from(f32::MIN_POSITIVE));
        let whole = (weight / &scales).round().clamp(-MOST_WEIGHT, MOST_WEIGHT); // [out, in]
        let sums = whole.sum_dim_intlist([1_i64].as_slice(), true, Kind::Float);
        let offsets = (sums * &scales).view([-1]);
        let whole = whole.transpose(0, 1);
        let bytes = || numbers(&whole).map(|value| value as i8 as u8).collect();
        self.constant(whole_name.clone(), ElementType::Int8, &whole.size(), bytes);
        self.weight(scale_name, &scales.view([-1]));
        self.weight(offset_name, &offsets);
        names
    }

    /// Rows, `[…, in]`, as whole numbers from 0 to 127, with the step between them and the least value of each, `[…, 1]`.
    fn quantized(&mut self, input: &str) -> [Value; 3] {
        let over_row = [("axes", Attr::Ints(vec![-1]))];
        let least = self.op("ReduceMin", &[input], &over_row);
        let most = self.op("ReduceMax", &[input], &over_row);
        let range = self.op("Sub", &[&most, &least], &[]);
        let steps = self.number(MOST_ACTIVATION);
        let step = self.op("Div", &[&range, &steps], &[]);
        let smallest = self.number(f64::from(f32::MIN_POSITIVE));
        let step = self.op("Max", &[&step, &smallest], &[]);
        let above = self.op("Sub", &[input, &least], &[]);
        let whole = self.op("Div", &[&above, &step], &[]);
        let whole = self.op("Round", &[&whole], &[]);
        [self.cast(&whole, ElementType::Uint8), step, least]
    }

    /// Truth values as 1 and 0.
    pub(crate) fn int64(&mut self, value: &str) -> Value {
        self.cast(value, ElementType::Int64)
    }

    /// Whole numbers as f32.
    pub(crate) fn float(&mut self, value: &str) -> Value {
        self.cast(value, ElementType::Float)
    }

    fn cast(&mut self, value: &str, to: ElementType) -> Value {
        self.op("Cast", &[value], &[("to", Attr::Int(i64::from(to as i32)))])
    }

    /// The dimensions in another order.
    pub(crate) fn transpose(&mut self, value: &str, order: &[i64]) -> Value {
        self.op(
            "Transpose",
            &[value],
            &[("perm", Attr::Ints(order.to_vec()))],
        )
    }

    /// A 0 in `shape` keeps a size, a -1 takes what is left.
    pub(crate) fn reshape(&mut self, value: &str, shape: &[i64]) -> Value {
        let shape = self.ints(shape);
        self.op("Reshape", &[value, &shape], &[])
    }

    /// Over the last dimension. `name` is that of the weights.
    pub(crate) fn layer_norm(&mut self, name: &str, input: &str, layer: &LayerNorm) -> Value {
        let weight = self.weight(&format!("{name}.weight"), &layer.weight);
        let mut inputs = vec![input.to_owned(), weight];
        if let Some(bias) = &layer.bias {
            inputs.push(self.weight(&format!("{name}.bias"), bias));
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let attributes = [("axis", Attr::Int(-1)), ("epsilon", Attr::Float(layer.eps))];
        self.op("LayerNormalization", &inputs, &attributes)
    }

    /// The sum of two tensors, one of which spreads to the shape of the other.
    pub(crate) fn add(&mut self, left: &str, right: &str) -> Value {
        self.op("Add", &[left, right], &[])
    }

    /// The product of two tensors, number by number, one of which spreads to the shape of the other.
    pub(crate) fn mul(&mut self, left: &str, right: &str) -> Value {
        self.op("Mul", &[left, right], &[])
    }

    /// A new dimension of size 1 at each of these places.
    pub(crate) fn unsqueeze(&mut self, value: &str, axes: &[i64]) -> Value {
        let axes = self.ints(axes);
        self.op("Unsqueeze", &[value, &axes], &[])
    }

    /// Parts of equal size along the last dimension.
    pub(crate) fn split<const N: usize>(&mut self, value: &str) -> [Value; N] {
        self.ops("Split", &[value], &[("axis", Attr::Int(-1))])
    }

    /// A constant; its bytes are made where there is none of this name yet.
    fn constant(
        &mut self,
        name: String,
        kind: ElementType,
        shape: &[i64],
        bytes: impl FnOnce() -> Vec<u8>,
    ) -> Value {
        if self.constants.insert(name.clone()) {
            self.graph.initializer.push(Constant {
                dims: shape.to_vec(),
                data_type: kind as i32,
                name: name.clone(),
                raw_data: bytes(),
            });
        }
        name
    }

    fn fresh(&mut self, what: &str) -> String {
        self.values += 1;
        format!("{what}_{}", self.values)
    }
}

fn attribute((name, value): &(&str, Attr)) -> Attribute {
    let named = Attribute {
        name: (*name).to_owned(),
        ..Attribute::default()
    };
    match value {
        Attr::Float(value) => Attribute {
            f: *value as f32,
            kind: AttributeType::Float as i32,
            ..named
        },
        Attr::Int(value) => Attribute {
            i: *value,
            kind: AttributeType::Int as i32,
            ..named
        },
        Attr::Ints(values) => Attribute {
            ints: values.clone(),
            kind: AttributeType::Ints as i32,
            ..named
        },
    }
}

fn described(name: &str, kind: ElementType, sizes: Vec<Size>) -> ValueInfo {
    let dim = sizes.into_iter().map(|size| Dimension { size: Some(size) });
    let tensor_type = TensorType {
        elem_type: kind as i32,
        shape: Some(Shape { dim: dim.collect() }),
    };
    ValueInfo {
        name: name.to_owned(),
        r#type: Some(Type {
            tensor_type: Some(tensor_type),
        }),
    }
}

fn numbers(tensor: &Tensor) -> impl Iterator<Item = f32> {
    let mut values = vec![0.0_f32; tensor.numel()];
    let count = values.len();
    tensor
        .detach()
        .to_device(tch::Device::Cpu)
        .to_kind(Kind::Float)
        .contiguous()
        .copy_data(&mut values, count);
    values.into_iter()
}

fn whole_bytes(values: &[i64]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn floats(tensor: &Tensor) -> Vec<u8> {
    numbers(tensor).flat_map(f32::to_le_bytes).collect()
}
