//! Adam with the two conventions that the recipes need, and clipping by the global norm.
//!
//! Papers: Adam, arXiv 1412.6980; decoupled weight decay, arXiv 1711.05101.
//!
//! - Keras: `lr_t = lr·√(1 - β₂ᵗ)/(1 - β₁ᵗ)`, `p ← p - lr_t·m/(√v + ε)`. ε is not corrected for bias.
//! - PyTorch's AdamW: `p ← p·(1 - lr·wd)`, then `p ← p - lr/(1 - β₁ᵗ)·m/(√v/√(1 - β₂ᵗ) + ε)`.

mod fused;

use tch::{Tensor, no_grad};

use super::layers::Parameter;
use fsl_common::settings::Optimizer;
use fused::{Change, Constants};

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

    /// The gradients of a loss, one per parameter, in the parameters' order. What the loss was computed from is let go. The loss has to depend on
    /// every parameter, and each has a gradient tensor of its own; tests of every family hold the model to it.
    pub(crate) fn gradients(&self, loss: &Tensor) -> Vec<Tensor> {
        // Not `backward()`, which adds them up in tensors of their own: two more passes over memory.
        let parameters: Vec<&Tensor> = self.moments.iter().map(|part| &part.parameter).collect();
        Tensor::run_backward(&[loss], &parameters, false, false)
    }

    /// Scales all gradients so that their norm, taken over all parameters at once, is at most `longest`, as PyTorch's
    /// `clip_grad_norm_` does (with its 1e-6).
    pub(crate) fn clip(gradients: &mut [Tensor], longest: f64) {
        no_grad(|| {
            let norms: Vec<Tensor> = gradients.iter().map(Tensor::norm).collect();
            let scale = longest / (Tensor::stack(&norms, 0).norm().double_value(&[]) + 1e-6);
            if scale < 1.0 {
                for gradient in gradients {
                    let _ = gradient.g_mul_scalar_(scale);
                }
            }
        });
    }

    /// One update by the gradients of a loss, clipped to the norm `longest` where there is one.
    pub(crate) fn learn(&mut self, loss: &Tensor, learning_rate: f64, longest: Option<f64>) {
        let mut gradients = self.gradients(loss);
        if let Some(longest) = longest {
            Self::clip(&mut gradients, longest);
        }
        self.step(learning_rate, gradients);
    }

    /// One update with gradients in the parameters' order.
    ///
    /// Both conventions are `p ← p + m/(a·√v + b)` with constants of the step.
    pub(crate) fn step(&mut self, learning_rate: f64, gradients: Vec<Tensor>) {
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
        let decay = 1.0 - learning_rate * self.weight_decay;
        no_grad(|| {
            for (moments, gradient) in self.moments.iter_mut().zip(gradients) {
                let change = Change {
                    decay: if moments.decays { decay as f32 } else { 1.0 },
                    a: a as f32,
                    b: b as f32,
                };
                moments.update(
                    &gradient.contiguous(),
                    Constants {
                        first: (1.0 - BETAS.0) as f32,
                        second: (1.0 - BETAS.1) as f32,
                        change: (learning_rate != 0.0).then_some(change),
                    },
                );
            }
        });
    }
}

impl Moments {
    fn update(&mut self, gradient: &Tensor, constants: Constants) {
        let mut parameter = self.parameter.detach();
        if fused::applies([&parameter, gradient, &self.first, &self.second]) {
            fused::update(
                &mut parameter,
                gradient,
                &mut self.first,
                &mut self.second,
                constants,
            );
        } else {
            self.update_by_operators(&mut parameter, gradient, constants);
        }
    }

    /// The same on any device: the constants are `f32` in its operators, too.
    fn update_by_operators(
        &mut self,
        parameter: &mut Tensor,
        gradient: &Tensor,
        constants: Constants,
    ) {
        let _ = self.first.lerp_(gradient, f64::from(constants.first));
        let _ = self
            .second
            .lerp_(&gradient.square(), f64::from(constants.second));
        if let Some(Change { decay, a, b }) = constants.change {
            if decay < 1.0 {
                let _ = parameter.g_mul_scalar_(f64::from(decay));
            }
            let denominator = self
                .second
                .sqrt()
                .g_mul_scalar_(f64::from(a))
                .g_add_scalar_(f64::from(b));
            let _ = parameter.addcdiv_(&self.first, &denominator);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use fsl_common::settings::Schedule;

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
        let loss =
            (first * Tensor::from_slice(&[3.0_f32, 0.0])).sum(None) + (second * 4.0_f64).sum(None);
        let mut gradients = adam.gradients(&loss);
        Adam::clip(&mut gradients, 10.0);
        assert_eq!(Vec::<f32>::try_from(&gradients[0]).unwrap(), [3.0, 0.0]);
        Adam::clip(&mut gradients, 1.0);
        // 1e-6: clip_grad_norm_ adds that much to the norm.
        assert!((gradients[0].double_value(&[0]) - 0.6).abs() < 1e-6);
        assert!((gradients[1].double_value(&[0]) - 0.8).abs() < 1e-6);
    }

    /// Witness: libtorch's operators, one after the other.
    #[test]
    fn one_pass_gives_the_bits_of_the_operators() {
        tch::set_num_threads(1);
        let mut draws = Rng::new(5);
        let mut normal = |count: usize, scale: f64| {
            let values: Vec<f32> = (0..count)
                .map(|_| (draws.truncated_normal() * scale) as f32)
                .collect();
            Tensor::from_slice(&values)
        };
        for decay in [1.0, 0.9997] {
            for count in [1, 7, 13, 384, 100_003] {
                let start = normal(count, 1.0);
                let moments = || Moments {
                    parameter: start.copy(),
                    decays: true,
                    first: start.zeros_like(),
                    second: start.zeros_like(),
                };
                let (mut fused, mut plain) = (moments(), moments());
                for step in 0..40 {
                    let gradient = normal(count, 10_f64.powi(step % 12 - 9));
                    let constants = Constants {
                        first: 0.1,
                        second: 0.001,
                        change: (step > 0).then_some(Change {
                            decay,
                            a: -3.0 * (step + 30) as f32,
                            b: -1e-4,
                        }),
                    };
                    if cfg!(target_arch = "x86_64") && std::is_x86_feature_detected!("fma") {
                        let Moments {
                            parameter,
                            first,
                            second,
                            ..
                        } = &fused;
                        assert!(fused::applies([parameter, &gradient, first, second]));
                    }
                    fused.update(&gradient, constants);
                    let mut parameter = plain.parameter.shallow_clone();
                    plain.update_by_operators(&mut parameter, &gradient, constants);
                }
                let bits = |moments: &Moments| -> Vec<Vec<u32>> {
                    [&moments.parameter, &moments.first, &moments.second]
                        .map(|tensor| Vec::<f32>::try_from(tensor).unwrap())
                        .map(|values| values.into_iter().map(f32::to_bits).collect())
                        .into()
                };
                assert_eq!(bits(&fused), bits(&plain), "{count} {decay}");
            }
        }
    }
}
