//! Convolution over a token and its neighbours in the same text, on packed tokens.

mod graph;

use tch::{Kind, Tensor};

use super::NnError;
use super::activation::Activation;
use super::batch::Packed;
use super::dropout::{DropoutRng, dropout};
use super::layers::{LayerNorm, NamedTensors, Parameter, Parameters, Take, export_both, join};
use super::linear::Linear;

/// `norm(residual + activation(dropout(convolution(input))))`, the convolution over `K` tokens in the middle of which a token itself
/// is. Beyond the ends of a text there are zeros.
pub(crate) struct Convolution {
    /// `[H, K·H]`: the output's weights of the first neighbour, then those of the next.
    pub(crate) linear: Linear,
    norm: LayerNorm,
    /// `K`, odd
    kernel: i64,
    activation: Activation,
    pub(crate) dropout: f64,
}

impl Convolution {
    /// Takes the convolution `name`, of which a checkpoint has the weight as `[H, H, K]`, and the normalisation `norm`.
    pub(crate) fn load(
        take: Take,
        [name, norm]: [&str; 2],
        kernel: i64,
        activation: Activation,
        eps: f64,
    ) -> Result<Self, NnError> {
        let weight = take(&format!("{name}.weight"))?;
        let outputs = weight.size()[0];
        let weight = weight.transpose(1, 2).reshape([outputs, -1]);
        Ok(Self {
            linear: Linear::new(weight, take(&format!("{name}.bias"))?),
            norm: LayerNorm::load(take, norm, eps)?,
            kernel,
            activation,
            dropout: 0.0,
        })
    }

    /// The inverse of [`Convolution::load`].
    pub(crate) fn export(&self, [name, norm]: [&str; 2], to: &mut NamedTensors) {
        let Linear { weight, bias, .. } = &self.linear;
        let weight = weight.view([weight.size()[0], self.kernel, -1]);
        let weight = weight.transpose(1, 2).contiguous();
        export_both(name, &weight, bias.as_ref(), to);
        self.norm.export(norm, to);
    }

    /// `[N, H]` and `[N, H]` → `[N, H]`
    pub(crate) fn forward(
        &self,
        input: &Tensor,
        residual: &Tensor,
        batch: &Packed,
        masks: Option<&DropoutRng>,
    ) -> Tensor {
        let (tokens, hidden) = input.size2().unwrap_or_default();
        let outside = Tensor::zeros([1, hidden], (input.kind(), input.device()));
        let rows = self.neighbours(batch).view([-1]);
        let around = Tensor::cat(&[input, &outside], 0).index_select(0, &rows); // [N·K, H]
        let output = self
            .linear
            .forward(&around.view([tokens, self.kernel * hidden]));
        let output = dropout(output.to_kind(Kind::Float), self.dropout, masks);
        self.norm
            .forward(&(residual + self.activation.apply(&output)))
    }

    /// The rows of each token's neighbours, `N` for those beyond its text: `[N, K]` Int64.
    fn neighbours(&self, batch: &Packed) -> Tensor {
        let whole = (Kind::Int64, batch.position_ids.device());
        let tokens = batch.position_ids.size()[0];
        let reach = self.kernel / 2;
        let offsets = Tensor::arange_start(-reach, reach + 1, whole); // [K]
        let places = batch.position_ids.unsqueeze(1) + &offsets; // [N, K]
        let lengths = batch.lengths.index_select(0, &batch.text_ids); // [N, 1]
        let inside = places.ge(0).logical_and(&places.lt_tensor(&lengths));
        let rows = Tensor::arange(tokens, whole).unsqueeze(1) + &offsets; // [N, K]
        rows.where_scalarother(&inside, tokens)
    }

    /// The same again; the weights are shared.
    pub(crate) fn shallow_clone(&self) -> Self {
        Self {
            linear: self.linear.shallow_clone(),
            norm: self.norm.shallow_clone(),
            ..*self
        }
    }
}

impl Parameters for Convolution {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        self.linear.visit(prefix, visit);
        self.norm.visit(&join(prefix, "norm"), visit);
    }
}
