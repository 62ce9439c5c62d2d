//! Adam with the two conventions that the recipes need, global-norm clipping and learning-rate schedules.
//!
//! Papers: Adam, arXiv 1412.6980; decoupled weight decay, arXiv 1711.05101.

use serde::{Deserialize, Serialize};
use tch::{Device, Tensor, no_grad};

use super::layers::Parameter;

/// Which Adam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Optimizer {
    /// Keras: `lr_t = lr·√(1 - β₂ᵗ)/(1 - β₁ᵗ)`, `p ← p - lr_t·m/(√v + ε)`. ε is not corrected for bias.
    KerasAdam,
    /// PyTorch's AdamW: `p ← p·(1 - lr·wd)`, then `p ← p - lr/(1 - β₁ᵗ)·m/(√v/√(1 - β₂ᵗ) + ε)`.
    #[serde(rename = "adamw")]
    AdamW,
}

/// How the learning rate changes from step to step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Up from 0 in the warm-up, then always the learning rate.
    Constant,
    /// Up from 0 in the warm-up, then straight down to 0 at the end (transformers' `get_linear_schedule_with_warmup`).
    Linear,
}

impl Schedule {
    /// The factor of the learning rate at `step` (from 0) of `steps`, of which the first `⌈warmup·steps⌉` warm up.
    pub fn factor(self, step: usize, steps: usize, warmup: f64) -> f64 {
        let rising = (warmup * steps as f64).ceil();
        let (step, steps) = (step as f64, steps as f64);
        if step < rising {
            return step / rising;
        }
        match self {
            Self::Constant => 1.0,
            Self::Linear => ((steps - step) / (steps - rising).max(1.0)).max(0.0),
        }
    }
}

/// Adam's running means of one parameter.
struct Moments {
    parameter: Tensor,
    decays: bool,
    /// `m`, the running mean of the gradient.
    first: Tensor,
    /// `v`, the running mean of its square.
    second: Tensor,
}

/// Adam over a fixed list of parameters, in place.
pub(crate) struct Adam {
    kind: Optimizer,
    epsilon: f64,
    weight_decay: f64,
    moments: Vec<Moments>,
    steps: i32,
    decayed: f64,
}

/// β₁ and β₂: Adam's paper, section 2; the default of Keras and of PyTorch.
const BETAS: (f64, f64) = (0.9, 0.999);

impl Adam {
    /// Prepares every parameter to learn. `epsilon` > 0; `weight_decay` is ignored by Keras' Adam.
    pub(crate) fn new(
        kind: Optimizer,
        epsilon: f64,
        weight_decay: f64,
        parameters: Vec<Parameter>,
    ) -> Self {
        let weight_decay = if kind == Optimizer::AdamW {
            weight_decay
        } else {
            0.0
        };
        let moments = parameters.into_iter().map(|parameter| Moments {
            decays: parameter.decays(),
            first: parameter.tensor.zeros_like(),
            second: parameter.tensor.zeros_like(),
            parameter: parameter.tensor.set_requires_grad(true),
        });
        Self {
            kind,
            epsilon,
            weight_decay,
            moments: moments.collect(),
            steps: 0,
            decayed: 1.0,
        }
    }

    /// The product of the factors by which weight decay has shrunk every weight that decays.
    pub(crate) fn decayed(&self) -> f64 {
        self.decayed
    }

    /// Scales all gradients so that their norm, taken over all parameters at once, is at most `longest`, as PyTorch's
    /// `clip_grad_norm_` does (with its 1e-6).
    pub(crate) fn clip(&self, longest: f64) {
        no_grad(|| {
            let mut gradients: Vec<Tensor> = self
                .moments
                .iter()
                .map(|moments| moments.parameter.grad())
                .collect();
            let norms: Vec<Tensor> = gradients.iter().map(Tensor::norm).collect();
            let scale = longest / (Tensor::stack(&norms, 0).norm().double_value(&[]) + 1e-6);
            if scale < 1.0 {
                for gradient in &mut gradients {
                    let _ = gradient.g_mul_scalar_(scale);
                }
            }
        });
    }

    /// One update with the gradients that are there, which are then set to zero.
    ///
    /// Both conventions are `p ← p + m/(a·√v + b)` with constants of the step, so each costs the same few operators.
    pub(crate) fn step(&mut self, learning_rate: f64) {
        self.steps += 1;
        self.decayed *= 1.0 - learning_rate * self.weight_decay;
        let first_correction = 1.0 - BETAS.0.powi(self.steps);
        let second_correction = (1.0 - BETAS.1.powi(self.steps)).sqrt();
        let (a, b) = match self.kind {
            Optimizer::KerasAdam => {
                let rate = learning_rate * second_correction / first_correction;
                (-1.0 / rate, -self.epsilon / rate)
            }
            Optimizer::AdamW => {
                let rate = learning_rate / first_correction;
                (-1.0 / (rate * second_correction), -self.epsilon / rate)
            }
        };
        no_grad(|| {
            for moments in &self.moments {
                let decay = if moments.decays && self.weight_decay > 0.0 {
                    Some(1.0 - learning_rate * self.weight_decay)
                } else {
                    None
                };
                for mut chunk in moments.chunks() {
                    chunk.learn();
                    if learning_rate != 0.0 {
                        chunk.step(decay, a, b);
                    }
                }
            }
        });
    }
}

/// Numbers that one update of a processor handles at a time. With their gradients, moments and two intermediate results they
/// fit into the second-level cache of a core (192 KiB), so that main memory is read and written once per step, as by a fused
/// operator. A multiple of every vector width: the sums are those of whole tensors, bit by bit.
const CHUNK: i64 = 8 * 1024;

/// A stretch of a parameter with all that its update needs; shares its memory.
struct Chunk {
    parameter: Tensor,
    gradient: Tensor,
    first: Tensor,
    second: Tensor,
}

impl Moments {
    /// The parameter in stretches; whole on GPUs, where every operator has a price of its own, and where threads share an operator,
    /// which they do not with one as short as a stretch.
    fn chunks(&self) -> impl Iterator<Item = Chunk> {
        let whole = [
            self.parameter.detach(),
            self.parameter.grad(),
            self.first.shallow_clone(),
            self.second.shallow_clone(),
        ];
        let dense = whole.iter().all(Tensor::is_contiguous);
        let count = whole[0].numel() as i64;
        let alone = whole[0].device() == Device::Cpu && tch::get_num_threads() == 1;
        let length = if dense && alone { CHUNK } else { count.max(1) };
        let flat = if dense {
            whole.map(|tensor| tensor.view([-1]))
        } else {
            whole
        };
        (0..count).step_by(length as usize).map(move |start| {
            let part = |tensor: &Tensor| {
                if length < count {
                    tensor.narrow(0, start, length.min(count - start))
                } else {
                    tensor.shallow_clone()
                }
            };
            Chunk {
                parameter: part(&flat[0]),
                gradient: part(&flat[1]),
                first: part(&flat[2]),
                second: part(&flat[3]),
            }
        })
    }
}

impl Chunk {
    /// Takes the gradient into the running means and sets it to zero.
    fn learn(&mut self) {
        let _ = self.first.lerp_(&self.gradient, 1.0 - BETAS.0);
        let _ = self.second.lerp_(&self.gradient.square(), 1.0 - BETAS.1);
        let _ = self.gradient.zero_();
    }

    /// `p ← decay·p + m/(a·√v + b)`
    fn step(&mut self, decay: Option<f64>, a: f64, b: f64) {
        if let Some(factor) = decay {
            let _ = self.parameter.g_mul_scalar_(factor);
        }
        let denominator = self.second.sqrt().g_mul_scalar_(a).g_add_scalar_(b);
        let _ = self.parameter.addcdiv_(&self.first, &denominator);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: transformers' get_linear_schedule_with_warmup(optimizer, 2, 10) by its definition.
    #[test]
    fn the_rate_rises_then_falls_to_zero() {
        let factors: Vec<f64> = (0..10)
            .map(|step| Schedule::Linear.factor(step, 10, 0.15))
            .collect();
        assert_eq!(
            factors,
            [0.0, 0.5, 1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]
        );
        let ends = [
            Schedule::Constant.factor(9, 10, 0.0),
            Schedule::Linear.factor(0, 1, 0.0),
        ];
        assert!(ends.iter().all(|factor| (factor - 1.0).abs() < 1e-15));
    }

    #[test]
    fn clipping_scales_the_norm_over_all_gradients() {
        let mut tensors = [
            Tensor::from_slice(&[0.0_f32; 2]),
            Tensor::from_slice(&[0.0_f32; 1]),
        ];
        let parameters = tensors
            .iter_mut()
            .map(|tensor| Parameter {
                name: "weight".to_owned(),
                tensor,
            })
            .collect();
        let adam = Adam::new(Optimizer::AdamW, 1e-8, 0.0, parameters);
        let [first, second] = &tensors;
        (first * Tensor::from_slice(&[3.0_f32, 0.0]))
            .sum(None)
            .backward();
        (second * 4.0).sum(None).backward();
        adam.clip(10.0);
        assert_eq!(Vec::<f32>::try_from(first.grad()).unwrap(), [3.0, 0.0]);
        adam.clip(1.0);
        // 1e-6: clip_grad_norm_ adds that much to the norm.
        assert!((first.grad().double_value(&[0]) - 0.6).abs() < 1e-6);
        assert!((second.grad().double_value(&[0]) - 0.8).abs() < 1e-6);
    }
}
