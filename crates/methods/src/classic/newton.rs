//! The minimum of the logistic objective by Newton's method.
//!
//! Each Newton system is solved by conjugate gradients with a diagonal preconditioner (Nocedal & Wright 2006, algorithms
//! 5.3 and 7.1), so that only products with the features are needed: sparse features stay sparse, and neither many columns
//! nor many rows build a large matrix. Everything runs in one order on one thread, so equal inputs give equal bits.

use super::vectors::{add, dot};
use super::{ClassicError, Features, Targets};

/// The objective `½‖w‖² + Σ (sᵢ₁ ln(1 + exp(−mᵢ)) + sᵢ₀ ln(1 + exp(mᵢ)))` with `mᵢ = xᵢ·w + b` over `n` rows `x` of `p` columns.
///
/// Its argument θ has length `p + 1`: the coefficients `w`, then the intercept `b`, which is not penalised.
pub(super) struct Objective<'a> {
    /// `x`: shape (`n`, `p`), finite.
    pub(super) features: &'a Features,
    /// `s`: how much each of `n` rows counts for each of two classes.
    pub(super) strengths: Targets,
}

/// When to stop.
pub(super) struct Limits {
    /// What every part of the gradient must come down to, after division by `scale`.
    pub(super) tolerance: f64,
    /// The size of the gradient's parts that rounding errors are measured against: `Σ sᵢ · max(1, max |x|)`.
    pub(super) scale: f64,
    /// The most Newton steps.
    pub(super) max_iterations: usize,
}

impl Limits {
    /// The best point that was found, if its gradient is small enough.
    pub(super) fn reached<T>(
        &self,
        (gradient, best): (f64, T),
        iterations: usize,
    ) -> Result<T, ClassicError> {
        let tolerance = self.tolerance;
        if gradient <= tolerance {
            return Ok(best);
        }
        Err(ClassicError::NotConverged {
            iterations,
            gradient,
            tolerance,
        })
    }
}

/// The argument of the minimum.
///
/// Newton steps go on below the tolerance for as long as they halve the gradient, so that what is left is rounding error.
///
/// # Errors
/// A gradient that is not small enough when the steps are used up or stop to help.
pub(super) fn minimise(objective: &Objective, limits: &Limits) -> Result<Vec<f64>, ClassicError> {
    let mut theta = vec![0.0; objective.features.columns() + 1];
    let mut best = (f64::INFINITY, theta.clone());
    let mut iterations = 0;
    loop {
        let margins = objective.margins(&theta);
        let gradient = objective.gradient(&theta, &margins);
        let size = gradient.iter().fold(0.0, |a: f64, b| a.max(b.abs())) / limits.scale;
        let halved = size <= best.0 / 2.0;
        if size < best.0 {
            best = (size, theta.clone());
        }
        if best.0 <= limits.tolerance && (!halved || size == 0.0) {
            return Ok(best.1);
        }
        if iterations == limits.max_iterations {
            break;
        }
        iterations += 1;
        let step = objective.newton_step(&margins, &gradient, size.sqrt().clamp(1e-8, 0.1));
        let Some(next) = objective.search(&theta, &margins, &gradient, &step) else {
            break;
        };
        theta = next;
    }
    limits.reached(best, iterations)
}

impl Objective<'_> {
    /// `xᵢ·w + b` for each row; also the change of the margins along a direction.
    fn margins(&self, theta: &[f64]) -> Vec<f64> {
        let intercept = theta[self.features.columns()];
        (0..self.features.rows())
            .map(|row| self.features.dot(row, theta) + intercept)
            .collect()
    }

    fn value(&self, theta: &[f64], margins: &[f64]) -> f64 {
        let coefficients = &theta[..self.features.columns()];
        let rows = self.strengths.rows().zip(margins);
        let loss: f64 = rows
            .map(|(s, &margin)| s[1] * softplus(-margin) + s[0] * softplus(margin))
            .sum();
        0.5 * dot(coefficients, coefficients) + loss
    }

    fn gradient(&self, theta: &[f64], margins: &[f64]) -> Vec<f64> {
        let mut gradient = theta.to_vec();
        gradient[self.features.columns()] = 0.0;
        for (row, (s, &margin)) in self.strengths.rows().zip(margins).enumerate() {
            let slope = s[0] * sigmoid(margin) - s[1] * sigmoid(-margin);
            self.add_row(row, slope, &mut gradient);
        }
        gradient
    }

    /// Adds `factor` times (xᵢ, 1) to `sums`.
    fn add_row(&self, row: usize, factor: f64, sums: &mut [f64]) {
        self.features.add_row(row, factor, sums);
        sums[self.features.columns()] += factor;
    }

    /// The second derivative times `direction`; `curvatures` are those of the rows' losses.
    fn hessian_times(&self, curvatures: &[f64], direction: &[f64]) -> Vec<f64> {
        let mut product = direction.to_vec();
        product[self.features.columns()] = 0.0;
        for (row, change) in self.margins(direction).into_iter().enumerate() {
            self.add_row(row, curvatures[row] * change, &mut product);
        }
        product
    }

    /// The diagonal of the second derivative, kept away from 0.
    fn diagonal(&self, curvatures: &[f64]) -> Vec<f64> {
        let columns = self.features.columns();
        let mut diagonal = vec![1.0; columns + 1];
        diagonal[columns] = curvatures.iter().sum::<f64>().max(1e-8);
        for (row, curvature) in curvatures.iter().enumerate() {
            for (column, value) in self.features.row(row) {
                diagonal[column] += curvature * value * value;
            }
        }
        diagonal
    }

    /// Minus the gradient divided by the second derivative, to a residual of `accuracy` times the first one.
    fn newton_step(&self, margins: &[f64], gradient: &[f64], accuracy: f64) -> Vec<f64> {
        let curvatures: Vec<f64> = margins
            .iter()
            .zip(self.strengths.rows())
            .map(|(margin, s)| (s[0] + s[1]) * sigmoid(*margin) * sigmoid(-margin))
            .collect();
        let diagonal = self.diagonal(&curvatures);
        let precondition = |residual: &[f64]| -> Vec<f64> {
            residual
                .iter()
                .zip(&diagonal)
                .map(|(part, scale)| part / scale)
                .collect()
        };
        let mut step = vec![0.0; gradient.len()];
        let mut residual: Vec<f64> = gradient.iter().map(|part| -part).collect();
        let mut conditioned = precondition(&residual);
        let mut direction = conditioned.clone();
        let mut size = dot(&residual, &conditioned);
        let goal = size * accuracy * accuracy;
        // In exact arithmetic as many steps are enough as there are rows or columns; rounding may take a few times more.
        for _ in 0..20 + 10 * margins.len().min(gradient.len()) {
            let product = self.hessian_times(&curvatures, &direction);
            let curvature = dot(&direction, &product);
            if curvature <= 0.0 || size <= goal {
                break;
            }
            add(&mut step, size / curvature, &direction);
            add(&mut residual, -size / curvature, &product);
            conditioned = precondition(&residual);
            let next = dot(&residual, &conditioned);
            let turn = next / size;
            size = next;
            for (part, ahead) in direction.iter_mut().zip(&conditioned) {
                *part = ahead + turn * *part;
            }
        }
        step
    }

    /// θ after the longest of the steps 1, ½, ¼, … that lowers the objective as Armijo's rule asks (constant 1e-4; Nocedal &
    /// Wright 2006, section 3.1). Changes below the rounding error of the objective count as none.
    fn search(
        &self,
        theta: &[f64],
        margins: &[f64],
        gradient: &[f64],
        step: &[f64],
    ) -> Option<Vec<f64>> {
        let value = self.value(theta, margins);
        let slope = dot(gradient, step);
        let rounding = 16.0 * f64::EPSILON * value.abs();
        (0..60)
            .map(|halvings| 0.5_f64.powi(halvings))
            .find_map(|length| {
                let mut next = theta.to_vec();
                add(&mut next, length, step);
                let lowered = self.value(&next, &self.margins(&next));
                (lowered <= value + 1e-4 * length * slope + rounding).then_some(next)
            })
    }
}

/// `1 / (1 + exp(−x))` without overflow.
pub(super) fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let power = x.exp();
        power / (1.0 + power)
    }
}

/// `ln(1 + exp(x))` without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}
