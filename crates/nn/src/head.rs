//! The head: from hidden states to the logits of each text.
//!
//! Reference: boostFSLBert, `utils/train.py`: pooled → dropout → dense, ReLU → dropout → dense with one output. More than two classes
//! have one output each.

use tch::{Device, Kind, Tensor};

use super::dropout::{DropoutRng, dropout};
use super::layers::{self, Parameter, Parameters, join};
use super::linear::Linear;
use super::rng::Rng;
use fsl_common::settings::Pooling;

/// Standard deviation of a standard normal truncated at ±2, by which Keras widens the one it truncates
/// (`keras/initializers`, `VarianceScaling`).
const TRUNCATED_SD: f64 = 0.879_625_661_034_239_8;

/// Logits per text, `C`: 1 for two classes, otherwise one per class.
pub(crate) fn columns(classes: usize) -> usize {
    if classes == 2 { 1 } else { classes }
}

/// `pooled → dropout → dense, ReLU → dropout → dense`, `C` logits per text.
pub struct Head {
    /// `[U, H]`
    pub(crate) dense: Linear,
    /// `[C, U]`
    pub(crate) output: Linear,
    pooling: Pooling,
    dropout: f64,
}

impl Head {
    /// A head for so many `classes` (at least 2) with new weights, a function of `seed` alone, on any machine: the dense kernel is
    /// Glorot-normal as in Keras (normal, truncated at two standard deviations, of standard deviation `√(2/(in + out))`), the output
    /// kernel Glorot-uniform (limit `√(6/(in + out))`, the default of Keras' Dense), biases are zero.
    pub fn new(
        hidden: i64,
        units: i64,
        classes: usize,
        pooling: Pooling,
        dropout: f64,
        seed: u64,
        device: Device,
    ) -> Self {
        let mut draws = Rng::new(seed);
        let sd = (2.0 / (hidden + units) as f64).sqrt() / TRUNCATED_SD;
        let dense = linear(units, hidden, device, || draws.truncated_normal() * sd);
        let columns = columns(classes) as i64;
        let limit = (6.0 / (units + columns) as f64).sqrt();
        let output = linear(columns, units, device, || draws.uniform(limit));
        Self {
            dense,
            output,
            pooling,
            dropout,
        }
    }

    /// A head with these weights.
    pub(crate) fn with(dense: Linear, output: Linear, pooling: Pooling, dropout: f64) -> Self {
        Self {
            dense,
            output,
            pooling,
            dropout,
        }
    }

    /// The same head again; the weights are shared.
    pub(crate) fn shallow_clone(&self) -> Self {
        Self {
            dense: self.dense.shallow_clone(),
            output: self.output.shallow_clone(),
            pooling: self.pooling,
            dropout: self.dropout,
        }
    }

    /// How the rows it gets are made.
    pub fn pooling(&self) -> Pooling {
        self.pooling
    }

    /// The number of classes that it tells apart.
    pub fn classes(&self) -> usize {
        match self.output.weight.size()[0] {
            1 => 2,
            columns => columns as usize,
        }
    }

    /// Shapes: `pooled` `[B, H]` → logits `[B, C]`, Float. Dropout is on with masks only.
    pub fn forward(&self, pooled: &Tensor, masks: Option<&DropoutRng>) -> Tensor {
        let pooled = dropout(pooled.shallow_clone(), self.dropout, masks); // [B, H]
        let units = dropout(self.dense.forward(&pooled).relu(), self.dropout, masks); // [B, U]
        self.output.forward(&units) // [B, C]
    }
}

fn linear(rows: i64, columns: i64, device: Device, mut draw: impl FnMut() -> f64) -> Linear {
    let values: Vec<f32> = (0..rows * columns).map(|_| draw() as f32).collect();
    Linear::new(
        layers::tensor(&values, &[rows, columns], device),
        Tensor::zeros([rows], (Kind::Float, device)),
    )
}

impl Parameters for Head {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        self.dense.visit(&join(prefix, "dense"), visit);
        self.output.visit(&join(prefix, "output"), visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tolerances are four standard errors of the number of weights.
    #[test]
    fn new_weights_have_keras_distributions() {
        let head = Head::new(384, 256, 2, Pooling::Cls, 0.5, 3, Device::Cpu);
        let sd = head.dense.weight.std(false).double_value(&[]);
        let expected = (2.0_f64 / 640.0).sqrt();
        assert!(
            (sd / expected - 1.0).abs() < 4.0 / (2.0 * 98_304.0_f64).sqrt(),
            "{sd}"
        );
        assert!(head.dense.weight.abs().max().double_value(&[]) <= 2.0 * expected / TRUNCATED_SD);
        let limit = (6.0_f64 / 257.0).sqrt();
        let largest = head.output.weight.abs().max().double_value(&[]);
        assert!(largest <= limit && largest > 0.9 * limit);
        let bias = head.dense.bias.unwrap();
        assert_eq!(bias, bias.zeros_like());
    }

    #[test]
    fn more_than_two_classes_have_an_output_each() {
        let two = Head::new(8, 4, 2, Pooling::Cls, 0.5, 3, Device::Cpu);
        let many = Head::new(8, 400, 77, Pooling::Cls, 0.5, 3, Device::Cpu);
        assert_eq!((two.classes(), two.output.weight.size()), (2, vec![1, 4]));
        assert_eq!(
            (many.classes(), many.output.weight.size()),
            (77, vec![77, 400])
        );
        let limit = (6.0_f64 / 477.0).sqrt();
        let largest = many.output.weight.abs().max().double_value(&[]);
        assert!(largest <= limit && largest > 0.999 * limit, "{largest}");
        // The dense layer is drawn first, whatever the number of classes.
        let three = Head::new(8, 4, 3, Pooling::Cls, 0.5, 3, Device::Cpu);
        assert_eq!(two.dense.weight, three.dense.weight);
    }

    #[test]
    fn weights_are_a_function_of_the_seed() {
        let weights = |seed| {
            Head::new(8, 4, 2, Pooling::Mean, 0.0, seed, Device::Cpu)
                .dense
                .weight
        };
        assert_eq!(weights(1), weights(1));
        assert_ne!(weights(1), weights(2));
    }
}
