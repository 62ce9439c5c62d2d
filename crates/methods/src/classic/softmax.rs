//! The objective of multinomial logistic regression with its derivatives.

use super::design::Design;
use super::panels::Panels;
use super::{Features, Targets};

/// The objective `½‖W‖² + Σ sᵢ Σₖ tᵢₖ (ln Σⱼ exp(mᵢⱼ) − mᵢₖ)` with margins `mᵢₖ = xᵢ·wₖ + bₖ`, over `n` rows `x` and K classes.
///
/// Its argument θ has shape (`p + 1`, K): the coefficients `W`, and in the last row the intercepts, which are not penalised.
pub(super) struct Objective {
    pub(super) design: Design,
    /// `t`: shape (`n`, K), rows with the sum 1: 1 for the row's label, or the probability of each class.
    pub(super) shares: Panels,
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
    /// For rows of which each counts `s t` for each class.
    pub(super) fn new(features: &Features, targets: &Targets) -> Self {
        let classes = targets.classes();
        let strengths: Vec<f64> = targets.rows().map(|row| row.iter().sum()).collect();
        let mut shares = Panels::zeros(strengths.len(), classes);
        for (row, targets) in targets.rows().enumerate() {
            for (class, target) in targets.iter().enumerate() {
                *shares.get_mut(row, class) = target / strengths[row];
            }
        }
        Self {
            design: Design::new(features),
            shares,
            strengths,
            classes,
        }
    }

    pub(super) fn evaluate(&self, theta: &Panels) -> Evaluation {
        let mut chances = self.design.times(theta);
        let mut value = 0.5 * self.penalised(theta);
        let mut margins = vec![0.0; self.classes];
        for (row, strength) in self.strengths.iter().enumerate() {
            for (class, margin) in margins.iter_mut().enumerate() {
                *margin = chances.get(row, class);
            }
            let sum = softmax(&mut chances, row);
            value += strength * self.loss(&chances, row, &margins, sum);
        }
        let mut slopes = chances.clone();
        slopes.add(-1.0, &self.shares);
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

    /// `Σₖ tₖ (−ln pₖ)` of a row with the probabilities `chances`; `sum` = `ln Σ exp(margin)`.
    fn loss(&self, chances: &Panels, row: usize, margins: &[f64], sum: f64) -> f64 {
        let mut loss = 0.0;
        for (class, margin) in margins.iter().enumerate() {
            let share = self.shares.get(row, class);
            if share > 0.0 {
                let of_others = (0..self.classes).filter(|other| *other != class);
                let rest = || of_others.map(|class| chances.get(row, class)).sum::<f64>();
                // Near 0, the difference of two large numbers would have few digits.
                let likely = (chances.get(row, class) > 0.25).then(rest);
                loss += share
                    * match likely {
                        Some(rest) if rest < 0.5 => -(-rest).ln_1p(),
                        _ => sum - margin,
                    };
            }
        }
        loss
    }

    /// The second derivative, where the probabilities are `chances`, times `direction`.
    pub(super) fn hessian_times(&self, chances: &Panels, direction: &Panels) -> Panels {
        let mut changes = self.design.times(direction);
        let mut means = vec![0.0; self.strengths.len()];
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
        let rows = self.strengths.len();
        (rows as f64 - squares) / (rows * self.classes.saturating_sub(1).max(1)) as f64
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
