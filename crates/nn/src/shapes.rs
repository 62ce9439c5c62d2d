//! The shapes of an encoder's tensors.

/// The shapes of tensors by their names in a checkpoint, in the order in which errors list them.
#[derive(Debug, Default)]
pub(crate) struct Shapes(Vec<(String, Vec<i64>)>);

impl Shapes {
    /// `name.weight`
    pub(crate) fn table(&mut self, name: &str, rows: i64, width: i64) {
        self.0.push((format!("{name}.weight"), vec![rows, width]));
    }

    /// `name.weight` and `name.bias` of a linear layer.
    pub(crate) fn linear(&mut self, name: &str, outputs: i64, inputs: i64) {
        self.table(name, outputs, inputs);
        self.0.push((format!("{name}.bias"), vec![outputs]));
    }

    /// `name.weight` and `name.bias` of a layer normalisation.
    pub(crate) fn norm(&mut self, name: &str, width: i64) {
        for part in ["weight", "bias"] {
            self.0.push((format!("{name}.{part}"), vec![width]));
        }
    }

    /// All of them.
    pub(crate) fn into_vec(self) -> Vec<(String, Vec<i64>)> {
        self.0
    }
}
