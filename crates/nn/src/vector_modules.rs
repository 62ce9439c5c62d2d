//! What sentence encoders do to a text's vector after the pooling: dense layers and scaling to length 1.
//!
//! Reference: sentence-transformers 6.2.0, `base/modules/dense.py` and `base/modules/normalize.py`.

use std::path::Path;

use tch::{Device, Kind, Tensor};

use super::NnError;
use super::open_encoder::LONGEST_WEIGHTS;
use super::weight_file::WeightFile;
use super::weights::refuse_not_finite;
use fsl_common::fsio::{OpenFile, sha256_hex};
use fsl_common::sentence::{DenseActivation, DenseConfig, DenseSource, VectorModule};

/// The longest config.json of a dense layer that is read, in bytes.
const LONGEST_CONFIG: u64 = 1 << 20;

/// The modules of an encoder that follow its pooling, in their order; none by default.
#[derive(Debug, Default)]
pub struct VectorModules(Vec<Step>);

#[derive(Debug)]
enum Step {
    Normalize,
    Dense(Dense),
}

/// `y = f(x·Wᵀ + b)`
#[derive(Debug)]
struct Dense {
    /// `[out, in]` Float
    weight: Tensor,
    /// `[out]` Float
    bias: Option<Tensor>,
    activation: DenseActivation,
}

impl VectorModules {
    /// Reads the dense layers among `modules` from `dense`, in f32, onto `device`; vectors come with `width` numbers.
    ///
    /// # Errors
    /// [`NnError::Read`], [`NnError::Sentence`]; [`NnError::Changed`] for another layer than the module's id is of;
    /// [`NnError::Malformed`] where one does not take what comes; errors of weights as [`Encoder::load`](super::Encoder::load) has them.
    pub fn load(
        modules: &[VectorModule],
        dense: &[DenseSource],
        mut width: i64,
        device: Device,
    ) -> Result<Self, NnError> {
        let mut sources = dense.iter();
        let mut steps = Vec::with_capacity(modules.len());
        for module in modules {
            steps.push(match module {
                VectorModule::Normalize => Step::Normalize,
                VectorModule::Dense(id) => {
                    let source = sources.next().ok_or_else(|| no_files(id))?;
                    let layer = Dense::load(source, id, width, device)?;
                    width = layer.weight.size()[0];
                    Step::Dense(layer)
                }
            });
        }
        Ok(Self(steps))
    }

    /// The same, and then vectors are scaled to length 1.
    #[must_use]
    pub fn then_normalized(mut self) -> Self {
        if !matches!(self.0.last(), Some(Step::Normalize)) {
            self.0.push(Step::Normalize);
        }
        self
    }

    /// How many numbers a vector has after them, of `width` that came.
    pub fn width(&self, width: i64) -> i64 {
        let of = |step: &Step| match step {
            Step::Dense(layer) => Some(layer.weight.size()[0]),
            Step::Normalize => None,
        };
        self.0.iter().rev().find_map(of).unwrap_or(width)
    }

    /// `[B, H]` → `[B, O]`
    pub(crate) fn forward(&self, rows: Tensor) -> Tensor {
        self.0.iter().fold(rows, |rows, step| match step {
            Step::Normalize => normalized(rows),
            Step::Dense(layer) => layer.forward(&rows),
        })
    }
}

/// A request that names a dense layer, not its files.
fn no_files(id: &str) -> NnError {
    NnError::Changed {
        path: Path::new("modules.json").to_owned(),
        got: "that of nothing".to_owned(),
        expected: id.to_owned(),
    }
}

/// Rows of length 1. 1e-12: torch.nn.functional.normalize, against a vector of zeros.
fn normalized(rows: Tensor) -> Tensor {
    let lengths = rows
        .square()
        .sum_dim_intlist([1_i64].as_slice(), true, Kind::Float)
        .sqrt(); // [B, 1]
    rows / lengths.clamp_min(1e-12)
}

impl Dense {
    fn load(source: &DenseSource, id: &str, width: i64, device: Device) -> Result<Self, NnError> {
        let read = |path: &Path, longest| {
            let read = OpenFile::open(path).and_then(|file| file.read(longest));
            read.map_err(NnError::read(path))
        };
        let DenseSource { config, weights } = source;
        let config_bytes = read(config, LONGEST_CONFIG)?;
        let bytes = read(weights, LONGEST_WEIGHTS)?;
        let got = source.id(&sha256_hex(&config_bytes), &sha256_hex(&bytes));
        if got != id {
            return Err(NnError::Changed {
                path: config.parent().unwrap_or(Path::new("")).to_owned(),
                got,
                expected: id.to_owned(),
            });
        }
        let shape = DenseConfig::parse(config, &config_bytes)?;
        if shape.inputs != width {
            return Err(NnError::Malformed {
                path: config.clone(),
                problem: format!(
                    "has `in_features` {}, but vectors of {width} numbers come",
                    shape.inputs
                ),
            });
        }
        let (inputs, outputs) = (shape.inputs, shape.outputs);
        let mut expected = vec![("linear.weight", vec![outputs, inputs])];
        if shape.bias {
            expected.push(("linear.bias", vec![outputs]));
        }
        let mut tensors = tensors(weights, &bytes, &expected)?.into_iter();
        let mut next = || tensors.next().map(|tensor| tensor.to_device(device));
        let weight = next().unwrap_or_else(|| Tensor::zeros([0], (Kind::Float, device)));
        Ok(Self {
            weight,
            bias: next(),
            activation: shape.activation,
        })
    }

    /// `[B, I]` → `[B, O]`
    fn forward(&self, rows: &Tensor) -> Tensor {
        let rows = rows.linear(&self.weight, self.bias.as_ref());
        match self.activation {
            DenseActivation::Identity => rows,
            DenseActivation::Tanh => rows.tanh(),
            DenseActivation::Relu => rows.relu(),
            DenseActivation::Gelu => rows.gelu("none"),
            DenseActivation::Sigmoid => rows.sigmoid(),
            DenseActivation::Silu => rows.silu(),
        }
    }
}

/// The tensors of these names and shapes out of the bytes of the file at `path`, in f32.
fn tensors(
    path: &Path,
    bytes: &[u8],
    expected: &[(&str, Vec<i64>)],
) -> Result<Vec<Tensor>, NnError> {
    let mut file = WeightFile::open(path, bytes)?;
    let shapes = file.shapes();
    let read = |(name, shape): &(&str, Vec<i64>)| {
        let got = shapes.get(*name).ok_or_else(|| NnError::MissingTensors {
            path: path.into(),
            missing: 1,
            expected: expected.len(),
            first: vec![(*name).to_owned()],
            prefix: None,
            size: None,
        })?;
        if got != shape {
            return Err(NnError::TensorShape {
                path: path.into(),
                tensor: (*name).to_owned(),
                got: got.clone(),
                expected: shape.clone(),
                size: None,
            });
        }
        let tensor = file.tensor(name)?.to_kind(Kind::Float);
        refuse_not_finite(path, name, &tensor)?;
        Ok(tensor)
    };
    expected.iter().map(read).collect()
}
