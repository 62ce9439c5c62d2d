//! The shapes of an encoder's tensors.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The tensors of a checkpoint by name.
#[derive(Debug, Default)]
pub(crate) struct StoredTensors {
    /// The weights, or their index.
    pub(crate) path: PathBuf,
    /// The shapes; `None` in an index, which does not say them.
    pub(crate) shapes: BTreeMap<String, Option<Vec<i64>>>,
}

/// The shapes of tensors by their names in a checkpoint, in the order in which errors list them.
#[derive(Debug, Default)]
pub(crate) struct Shapes(Vec<(String, Vec<i64>)>);

impl Shapes {
    /// A tensor of this very name.
    pub(crate) fn tensor(&mut self, name: &str, shape: Vec<i64>) {
        self.0.push((name.to_owned(), shape));
    }

    /// `name.weight`
    pub(crate) fn table(&mut self, name: &str, rows: i64, width: i64) {
        self.0.push((format!("{name}.weight"), vec![rows, width]));
    }

    /// `name.weight` and `name.bias` of a linear layer.
    pub(crate) fn linear(&mut self, name: &str, outputs: i64, inputs: i64) {
        self.linear_with(name, outputs, inputs, true);
    }

    /// `name.weight` and, with `bias`, `name.bias` of a linear layer.
    pub(crate) fn linear_with(&mut self, name: &str, outputs: i64, inputs: i64, bias: bool) {
        self.both(name, vec![outputs, inputs], bias);
    }

    /// `name.weight` and `name.bias` of a layer normalisation.
    pub(crate) fn norm(&mut self, name: &str, width: i64) {
        self.norm_with(name, width, true);
    }

    /// `name.weight` and, with `bias`, `name.bias` of a layer normalisation.
    pub(crate) fn norm_with(&mut self, name: &str, width: i64, bias: bool) {
        self.both(name, vec![width], bias);
    }

    /// `name.weight` and `name.bias` of a convolution over tokens, `[outputs, inputs, tokens]`.
    pub(crate) fn convolution(&mut self, name: &str, shape: [i64; 3]) {
        self.both(name, shape.to_vec(), true);
    }

    fn both(&mut self, name: &str, weight: Vec<i64>, bias: bool) {
        let bias = bias.then(|| (format!("{name}.bias"), vec![weight[0]]));
        self.0.push((format!("{name}.weight"), weight));
        self.0.extend(bias);
    }

    /// All of them.
    pub(crate) fn into_vec(self) -> Vec<(String, Vec<i64>)> {
        self.0
    }
}
