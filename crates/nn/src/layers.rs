//! Layer normalisation, and what all layers have in common.

use tch::{Device, Tensor};

use super::NnError;

/// Tensors under the names that they have in a checkpoint.
pub(crate) type NamedTensors = Vec<(String, Tensor)>;

/// Takes a tensor of a checkpoint by its name.
pub(crate) type Take<'a> = &'a mut dyn FnMut(&str) -> Result<Tensor, NnError>;

/// Layer normalisation (arXiv 1607.06450) over the last dimension: `y = (x - mean) / √(variance + eps) · w + b`.
pub(crate) struct LayerNorm {
    /// `[H]`
    pub(crate) weight: Tensor,
    /// `[H]`, in most families
    pub(crate) bias: Option<Tensor>,
    /// Added to the variance.
    pub(crate) eps: f64,
}

impl LayerNorm {
    /// Takes `name.weight` and `name.bias` from a checkpoint.
    pub(crate) fn load(take: Take, name: &str, eps: f64) -> Result<Self, NnError> {
        Self::load_with(take, name, eps, true)
    }

    /// Takes `name.weight` and, with `bias`, `name.bias` from a checkpoint.
    pub(crate) fn load_with(take: Take, name: &str, eps: f64, bias: bool) -> Result<Self, NnError> {
        Ok(Self {
            weight: take(&format!("{name}.weight"))?,
            bias: bias.then(|| take(&format!("{name}.bias"))).transpose()?,
            eps,
        })
    }

    /// The same layer again; the weights are shared.
    pub(crate) fn shallow_clone(&self) -> Self {
        Self {
            weight: self.weight.shallow_clone(),
            bias: self.bias.as_ref().map(Tensor::shallow_clone),
            eps: self.eps,
        }
    }

    /// Gives `name.weight` and `name.bias` to a checkpoint.
    pub(crate) fn export(&self, name: &str, to: &mut NamedTensors) {
        export_both(name, &self.weight, self.bias.as_ref(), to);
    }

    /// `[…, H]` → `[…, H]`
    pub(crate) fn forward(&self, input: &Tensor) -> Tensor {
        input.layer_norm(
            self.weight.size(),
            Some(&self.weight),
            self.bias.as_ref(),
            self.eps,
            false,
        )
    }
}

/// A tensor that learns, under a name that says where it belongs.
pub(crate) struct Parameter<'a> {
    /// `block.0.attention.qkv.weight`
    pub(crate) name: String,
    /// The tensor itself; shares its memory.
    pub(crate) tensor: &'a mut Tensor,
}

impl Parameter<'_> {
    /// Whether weight decay applies: not to biases nor to layer normalisation.
    pub(crate) fn decays(&self) -> bool {
        !(self.name.ends_with("bias") || self.name.contains("norm"))
    }
}

/// Anything that learns.
pub(crate) trait Parameters {
    /// Hands every tensor that learns to `visit`, in a fixed order.
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>));

    /// Every tensor that learns.
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        let mut all = Vec::new();
        self.visit("", &mut |parameter| all.push(parameter));
        all
    }
}

/// `prefix.name`
pub(crate) fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    }
}

/// Gives `name.weight` and, where there is one, `name.bias` to a checkpoint.
pub(crate) fn export_both(
    name: &str,
    weight: &Tensor,
    bias: Option<&Tensor>,
    to: &mut NamedTensors,
) {
    to.push((format!("{name}.weight"), weight.shallow_clone()));
    if let Some(bias) = bias {
        to.push((format!("{name}.bias"), bias.shallow_clone()));
    }
}

/// Visits `prefix.weight` and, where there is one, `prefix.bias`.
pub(crate) fn visit_both<'a>(
    prefix: &str,
    weight: &'a mut Tensor,
    bias: Option<&'a mut Tensor>,
    visit: &mut dyn FnMut(Parameter<'a>),
) {
    let bias = bias.map(|bias| ("bias", bias));
    for (name, tensor) in [("weight", weight)].into_iter().chain(bias) {
        let name = join(prefix, name);
        visit(Parameter { name, tensor });
    }
}

impl Parameters for LayerNorm {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        visit_both(prefix, &mut self.weight, self.bias.as_mut(), visit);
    }
}

/// Values made on the host, as a tensor on `device`.
pub(crate) fn tensor(values: &[f32], shape: &[i64], device: Device) -> Tensor {
    Tensor::from_slice(values).view(shape).to_device(device)
}
