//! The objective of multinomial logistic regression with its derivatives.

use super::design::Design;
use super::panels::Panels;

/// The objective `½‖W‖² + Σ sᵢ (ln Σₖ exp(mᵢₖ) − mᵢ,yᵢ)` with margins `mᵢₖ = xᵢ·wₖ + bₖ`, over `n` rows `x` and K classes.
///
/// Its argument θ has shape (`p + 1`, K): the coefficients `W`, and in the last row the intercepts, which are not penalised.
pub(super) struct Objective {
    pub(super) design: Design,
    /// `y`: length `n`, below K.
    pub(super) labels: Vec<usize>,
    /// `s`: length `n`, positive: C times the weight of the row.
    pub(super) strengths: Vec<f64>,
    /// K.
    pub(super) classes: usize,
}

/// The objective at some θ.
pub(super) struct Evaluation {
    pub(super) value: f64,
    /// Shape (`p + 1`, K).
    pub(super) gradient: Panels,
    /// The probability of each class for each row: shape (`n`, K).
    pub(super) chances: Panels,
}

impl Objective {
    pub(super) fn evaluate(&self, theta: &Panels) -> Evaluation {
        let mut chances = self.design.times(theta);
        let mut value = 0.5 * self.penalised(theta);
        for (row, (&label, strength)) in self.labels.iter().zip(&self.strengths).enumerate() {
            let margin = chances.get(row, label);
            let loss = softmax(&mut chances, row) - margin;
            // Near 0, the difference of two large numbers would have few digits.
            let of_others = (0..self.classes).filter(|class| *class != label);
            let rest: f64 = of_others.map(|class| chances.get(row, class)).sum();
            value += strength * if rest < 0.5 { -(-rest).ln_1p() } else { loss };
        }
        let mut slopes = chances.clone();
        for (row, &label) in self.labels.iter().enumerate() {
            *slopes.get_mut(row, label) -= 1.0;
        }
        slopes.scale_rows(&self.strengths);
        let mut gradient = self.design.transposed_times(&slopes);
        self.add_penalty(theta, &mut gradient);
        // As it is but for rounding errors, which along the intercepts' sum, where the objective is flat, nothing would hold back.
        gradient.center_rows();
        Evaluation {
            value,
            gradient,
            chances,
        }
    }

    /// The second derivative, where the probabilities are `chances`, times `direction`.
    pub(super) fn hessian_times(&self, chances: &Panels, direction: &Panels) -> Panels {
        let mut changes = self.design.times(direction);
        let mut means = vec![0.0; self.labels.len()];
        for (changes, chances) in changes.panels_mut().zip(chances.panels()) {
            for ((mean, changes), chances) in means.iter_mut().zip(changes).zip(chances) {
                for (change, chance) in changes.0.iter_mut().zip(chances.0) {
                    *change *= chance;
                }
                *mean += changes.0.iter().sum::<f64>();
            }
        }
        for (changes, chances) in changes.panels_mut().zip(chances.panels()) {
            for ((mean, changes), chances) in means.iter().zip(changes).zip(chances) {
                changes.add(-mean, chances);
            }
        }
        changes.scale_rows(&self.strengths);
        let mut product = self.design.transposed_times(&changes);
        self.add_penalty(direction, &mut product);
        product.center_rows();
        product
    }

    /// The mean of `pᵢₖ (1 − pᵢₖ)` per class, in such a unit that it is 1/K where all classes are equally likely: what the curvature
    /// of every class is taken for where one number must do.
    pub(super) fn curvature(&self, chances: &Panels) -> f64 {
        let squares: f64 = chances.dot(chances);
        (self.labels.len() as f64 - squares)
            / (self.labels.len() * self.classes.saturating_sub(1).max(1)) as f64
    }

    /// `‖W‖²`.
    fn penalised(&self, theta: &Panels) -> f64 {
        let columns = self.design.columns() - 1;
        theta
            .panels()
            .flat_map(|panel| &panel[..columns])
            .flat_map(|lanes| lanes.0)
            .map(|value| value * value)
            .sum()
    }

    /// Adds the penalty's derivative.
    fn add_penalty(&self, theta: &Panels, sums: &mut Panels) {
        let columns = self.design.columns() - 1;
        for (sums, theta) in sums.panels_mut().zip(theta.panels()) {
            for (sum, part) in sums.iter_mut().zip(&theta[..columns]) {
                sum.add(1.0, part);
            }
        }
    }
}

/// Turns a row of margins into probabilities; returns `ln Σ exp(margin)`.
pub(super) fn softmax(margins: &mut Panels, row: usize) -> f64 {
    let classes = margins.columns();
    let largest = (0..classes).fold(f64::NEG_INFINITY, |largest, class| {
        largest.max(margins.get(row, class))
    });
    let mut sum = 0.0;
    for class in 0..classes {
        let margin = margins.get_mut(row, class);
        *margin = (*margin - largest).exp();
        sum += *margin;
    }
    for class in 0..classes {
        *margins.get_mut(row, class) /= sum;
    }
    largest + sum.ln()
}
