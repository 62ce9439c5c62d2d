//! Linear layers, in each kind of number.

use std::sync::Arc;

use tch::{Kind, Tensor, no_grad};

use super::NnError;
use super::int8::Int8Linear;
use super::layers::{NamedTensors, Parameter, Parameters, Take, export_both, visit_both};
use super::precision::{check_training, multiplies_bf16};
use fsl_common::settings::Precision;

/// `y = x·Wᵀ + b`, in some families without `b`
pub(crate) struct Linear {
    /// `[out, in]` Float
    pub(crate) weight: Tensor,
    /// `[out]` Float
    pub(crate) bias: Option<Tensor>,
    product: MatmulKind,
}

/// How the product is computed. The weights above stay what is learnt and saved.
enum MatmulKind {
    F32,
    /// Weights are rounded whenever they are used.
    Bf16(Bf16),
    /// Weights were rounded before.
    RoundedBf16 {
        bf16: Bf16,
        weight: Tensor,
        bias: Option<Tensor>,
    },
    Int8(Arc<Int8Linear>),
}

/// How numbers are rounded to bf16.
#[derive(Clone, Copy)]
enum Bf16 {
    /// To tensors of that kind.
    Native,
    /// To f32 tensors of such values.
    Emulated,
}

impl Bf16 {
    fn round(self, tensor: &Tensor) -> Tensor {
        match self {
            Self::Native => tensor.to_kind(Kind::BFloat16),
            Self::Emulated => tensor.to_kind(Kind::BFloat16).to_kind(Kind::Float),
        }
    }

    /// The product of an input of any kind with rounded weights, rounded.
    fn product(self, input: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Tensor {
        let output = self.round(input).linear(weight, bias);
        match self {
            Self::Native => output,
            Self::Emulated => self.round(&output),
        }
    }
}

impl Linear {
    /// A layer of f32 products.
    pub(crate) fn new(weight: Tensor, bias: impl Into<Option<Tensor>>) -> Self {
        Self {
            weight,
            bias: bias.into(),
            product: MatmulKind::F32,
        }
    }

    /// Takes `name.weight` and `name.bias` from a checkpoint.
    pub(crate) fn load(take: Take, name: &str) -> Result<Self, NnError> {
        Self::load_with(take, name, true)
    }

    /// Takes `name.weight` and, with `bias`, `name.bias` from a checkpoint.
    pub(crate) fn load_with(take: Take, name: &str, bias: bool) -> Result<Self, NnError> {
        let weight = take(&format!("{name}.weight"))?;
        let bias = bias.then(|| take(&format!("{name}.bias"))).transpose()?;
        Ok(Self::new(weight, bias))
    }

    /// Gives `name.weight` and `name.bias` to a checkpoint.
    pub(crate) fn export(&self, name: &str, to: &mut NamedTensors) {
        export_both(name, &self.weight, self.bias.as_ref(), to);
    }

    /// The same layer again; the weights are shared.
    pub(crate) fn shallow_clone(&self) -> Self {
        Self {
            weight: self.weight.shallow_clone(),
            bias: self.bias.as_ref().map(Tensor::shallow_clone),
            product: match &self.product {
                MatmulKind::F32 => MatmulKind::F32,
                MatmulKind::Bf16(bf16) => MatmulKind::Bf16(*bf16),
                MatmulKind::RoundedBf16 { bf16, weight, bias } => MatmulKind::RoundedBf16 {
                    bf16: *bf16,
                    weight: weight.shallow_clone(),
                    bias: bias.as_ref().map(Tensor::shallow_clone),
                },
                MatmulKind::Int8(layer) => MatmulKind::Int8(Arc::clone(layer)),
            },
        }
    }

    /// Chooses the kind of products for weights that change.
    ///
    /// # Errors
    /// [`NnError::Precision`] for int8.
    pub(crate) fn set_training_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        check_training(precision)?;
        self.product = match precision {
            Precision::Bf16 => MatmulKind::Bf16(self.bf16()),
            _ => MatmulKind::F32,
        };
        Ok(())
    }

    /// Chooses the kind of products for weights that stay as they are, and makes them ready for it.
    ///
    /// # Errors
    /// [`NnError::Precision`] where libtorch has no such products here.
    pub(crate) fn set_inference_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        self.product = match precision {
            Precision::F32 => MatmulKind::F32,
            Precision::Bf16 => {
                let bf16 = self.bf16();
                let rounded = |tensor: &Tensor| no_grad(|| bf16.round(tensor));
                let (weight, bias) = (rounded(&self.weight), self.bias.as_ref().map(rounded));
                MatmulKind::RoundedBf16 { bf16, weight, bias }
            }
            Precision::Int8 => {
                MatmulKind::Int8(Arc::new(Int8Linear::new(&self.weight, self.bias.as_ref())?))
            }
        };
        Ok(())
    }

    fn bf16(&self) -> Bf16 {
        if multiplies_bf16(self.weight.device()) {
            Bf16::Native
        } else {
            Bf16::Emulated
        }
    }

    /// Chooses one of the two ways to bf16, whatever the device has.
    #[cfg(test)]
    pub(crate) fn force_bf16(&mut self, native: bool) {
        let chosen = if native { Bf16::Native } else { Bf16::Emulated };
        match &mut self.product {
            MatmulKind::Bf16(bf16) => *bf16 = chosen,
            MatmulKind::RoundedBf16 { bf16, weight, bias } => {
                *bf16 = chosen;
                *weight = chosen.round(&self.weight);
                *bias = self.bias.as_ref().map(|bias| chosen.round(bias));
            }
            MatmulKind::F32 | MatmulKind::Int8(_) => {}
        }
    }

    /// The layer cut in two: the first `rows` rows, and the others.
    pub(crate) fn split(&self, rows: i64) -> [Self; 2] {
        let halves = |tensor: &Tensor| {
            let rest = tensor.size()[0] - rows;
            let parts = tensor.split_with_sizes([rows, rest], 0);
            [parts[0].shallow_clone(), parts[1].shallow_clone()]
        };
        let [weight, other_weight] = halves(&self.weight);
        let [bias, other_bias] = match &self.bias {
            Some(bias) => halves(bias).map(Some),
            None => [None, None],
        };
        [(weight, bias), (other_weight, other_bias)].map(|(weight, bias)| Self {
            weight,
            bias,
            product: match self.product {
                MatmulKind::Bf16(bf16) | MatmulKind::RoundedBf16 { bf16, .. } => {
                    MatmulKind::Bf16(bf16)
                }
                MatmulKind::F32 | MatmulKind::Int8(_) => MatmulKind::F32,
            },
        })
    }

    /// `[…, in]` of any kind → `[…, out]`: bf16 where products are, Float otherwise.
    pub(crate) fn forward(&self, input: &Tensor) -> Tensor {
        match &self.product {
            MatmulKind::F32 => input.linear(&self.weight, self.bias.as_ref()),
            MatmulKind::Bf16(bf16) => {
                let bias = self.bias.as_ref().map(|bias| bf16.round(bias));
                bf16.product(input, &bf16.round(&self.weight), bias.as_ref())
            }
            MatmulKind::RoundedBf16 { bf16, weight, bias } => {
                bf16.product(input, weight, bias.as_ref())
            }
            MatmulKind::Int8(layer) => layer.forward(input),
        }
    }
}

impl Parameters for Linear {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        visit_both(prefix, &mut self.weight, self.bias.as_mut(), visit);
    }
}
