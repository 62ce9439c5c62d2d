//! Ridge regression on weighted rows.

use fsl_common::probabilities::Probabilities;

use super::design::Design;
use super::panels::Panels;
use super::{ClassicError, Features, Targets};

/// How a ridge regression is fitted.
///
/// What is minimised is scikit-learn's objective, `Σ sᵢ ‖yᵢ − xᵢB − b‖² + α ‖B‖²`, with row weights `s` and no penalty on the intercepts
/// `b`. The normal equations are solved by conjugate gradients with a diagonal preconditioner (Nocedal & Wright 2006, algorithm 5.3),
/// so that sparse features stay sparse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RidgeParams {
    /// α, finite and above 0. Default 1, as in scikit-learn.
    pub alpha: f64,
    /// What the residual of the normal equations must come down to, as a fraction of their right-hand side. Default 1e-10.
    pub tolerance: f64,
    /// The most steps. Default 10,000.
    pub max_iterations: usize,
}

impl Default for RidgeParams {
    fn default() -> Self {
        Self {
            alpha: 1.0,
            tolerance: 1e-10,
            max_iterations: 10_000,
        }
    }
}

impl RidgeParams {
    /// Fits to `features` (shape (`n`, `p`)), `targets` (`n` rows of `K` numbers) and `weights` (length `n`, above 0). Equal inputs give
    /// equal bits.
    ///
    /// # Errors
    /// Parameters out of range, targets or weights that are not as many as rows, no columns, a feature that is not finite, a minimum that
    /// is not reached.
    pub fn fit(
        self,
        features: &Features,
        targets: &[Vec<f64>],
        weights: &[f64],
    ) -> Result<Ridge, ClassicError> {
        super::logistic::check_limits(("alpha", self.alpha), self.tolerance, self.max_iterations)?;
        super::logistic::check_shape(features, targets.len())?;
        super::logistic::check_shape(features, weights.len())?;
        features.largest()?;
        let design = Design::new(features);
        let columns = targets.first().map_or(0, Vec::len);
        let mut right = Panels::zeros(targets.len(), columns);
        for (row, target) in targets.iter().enumerate() {
            for (column, value) in target.iter().enumerate() {
                *right.get_mut(row, column) = *value;
            }
        }
        right.scale_rows(weights);
        let equations = NormalEquations {
            inverse_diagonal: self.inverse_diagonal(&design, weights),
            weights,
            alpha: self.alpha,
            right: design.transposed_times(&right),
            design,
        };
        self.solve(&equations).map(|theta| Ridge { theta })
    }

    /// As [`fit`](Self::fit), to rows that count for the classes as `targets` say: each counts as often as their sum, and its targets are
    /// their shares of it; of two classes that of the second alone.
    ///
    /// # Errors
    /// As of [`fit`](Self::fit).
    pub fn fit_targets(
        self,
        features: &Features,
        targets: &Targets,
    ) -> Result<Ridge, ClassicError> {
        let from = usize::from(targets.classes() == 2);
        let mut weights = Vec::with_capacity(targets.rows().len());
        let mut shares: Vec<Vec<f64>> = Vec::with_capacity(targets.rows().len());
        for row in targets.rows() {
            let sum: f64 = row.iter().sum();
            weights.push(sum);
            shares.push(row[from..].iter().map(|count| count / sum).collect());
        }
        self.fit(features, &shares, &weights)
    }

    fn inverse_diagonal(&self, design: &Design, weights: &[f64]) -> Vec<f64> {
        let mut diagonal = design.squares(weights);
        let last = diagonal.len() - 1;
        diagonal[..last]
            .iter_mut()
            .for_each(|value| *value += self.alpha);
        diagonal.iter().map(|value| 1.0 / value).collect()
    }

    fn solve(&self, equations: &NormalEquations) -> Result<Panels, ClassicError> {
        let mut theta = Panels::zeros(equations.right.rows(), equations.right.columns());
        let mut residual = equations.right.clone();
        let size = residual.dot(&residual).sqrt();
        if size <= 0.0 {
            return Ok(theta);
        }
        let preconditioned = |residual: &Panels| {
            let mut scaled = residual.clone();
            scaled.scale_rows(&equations.inverse_diagonal);
            scaled
        };
        let mut direction = preconditioned(&residual);
        let mut slope = residual.dot(&direction);
        for _ in 0..self.max_iterations {
            let product = equations.times(&direction);
            let step = slope / direction.dot(&product);
            theta.add(step, &direction);
            residual.add(-step, &product);
            if residual.dot(&residual).sqrt() <= self.tolerance * size {
                return Ok(theta);
            }
            let scaled = preconditioned(&residual);
            let next = residual.dot(&scaled);
            direction.scale(next / slope);
            direction.add(1.0, &scaled);
            slope = next;
        }
        Err(ClassicError::NotConverged {
            iterations: self.max_iterations,
            gradient: residual.dot(&residual).sqrt() / size,
            tolerance: self.tolerance,
        })
    }
}

/// `(XᵀSX + αI) θ = XᵀSY`, with a last column of ones in `X` that α leaves alone.
struct NormalEquations<'a> {
    design: Design,
    weights: &'a [f64],
    alpha: f64,
    /// Shape (`p + 1`, K).
    right: Panels,
    /// Length `p + 1`.
    inverse_diagonal: Vec<f64>,
}

impl NormalEquations<'_> {
    /// The left side times `direction`.
    fn times(&self, direction: &Panels) -> Panels {
        let mut rows = self.design.times(direction);
        rows.scale_rows(self.weights);
        let mut product = self.design.transposed_times(&rows);
        let penalised = self.design.columns() - 1;
        for (product, direction) in product.panels_mut().zip(direction.panels()) {
            for (sum, part) in product[..penalised].iter_mut().zip(direction) {
                sum.add(self.alpha, part);
            }
        }
        product
    }
}

/// A fitted ridge regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Ridge {
    /// Shape (`p + 1`, K): coefficients, and in the last row the intercepts.
    theta: Panels,
}

impl Ridge {
    /// `xB + b` for each row of `features`.
    ///
    /// # Panics
    /// Where `features` has other columns than the ones that were fitted.
    pub fn predict(&self, features: &Features) -> Vec<Vec<f64>> {
        assert_eq!(
            features.columns() + 1,
            self.theta.rows(),
            "columns of features"
        );
        let intercepts = self.theta.rows() - 1;
        let row = |row| {
            let score = |column| {
                let products = features
                    .row(row)
                    .map(|(feature, value)| value * self.theta.get(feature, column));
                products.sum::<f64>() + self.theta.get(intercepts, column)
            };
            (0..self.theta.columns()).map(score).collect()
        };
        (0..features.rows()).map(row).collect()
    }

    /// Predictions as probabilities: clipped to 0 and 1, and of more than two classes, divided by their sum; where all are 0, all classes are
    /// equally likely. A single column is that of the second of two classes.
    ///
    /// # Panics
    /// As of [`predict`](Self::predict).
    pub fn predict_proba(&self, features: &Features) -> Probabilities {
        let mut rows = self.predict(features);
        let values = rows.iter_mut().flatten();
        values.for_each(|value| *value = value.clamp(0.0, 1.0));
        let classes = self.theta.columns();
        if classes == 1 {
            return Probabilities::two_class(rows.concat());
        }
        for row in &mut rows {
            let sum: f64 = row.iter().sum();
            for value in row {
                *value = if sum > 0.0 {
                    *value / sum
                } else {
                    1.0 / classes as f64
                };
            }
        }
        Probabilities::new(classes, rows.concat())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn rows(value: &Value) -> Vec<Vec<f64>> {
        serde_json::from_value(value.clone()).unwrap()
    }

    /// Witness: scikit-learn's `Ridge(solver="cholesky")`, tests/golden/cross_view/generate.py. 1e-8: the tolerance, 1e-10, times the
    /// condition number's root.
    #[test]
    fn predictions_are_those_of_scikit_learn() {
        let file = std::fs::read(fsl_test_support::golden("cross_view/ridge.json")).unwrap();
        let cases: Value = serde_json::from_slice(&file).unwrap();
        for case in cases.as_array().unwrap() {
            let features = Features::dense(&rows(&case["features"])).unwrap();
            let weights: Vec<f64> = serde_json::from_value(case["weights"].clone()).unwrap();
            let params = RidgeParams {
                alpha: case["alpha"].as_f64().unwrap(),
                ..RidgeParams::default()
            };
            let nonzero = |row| {
                features
                    .row(row)
                    .filter(|(_, value)| *value != 0.0)
                    .collect()
            };
            let sparse = Features::sparse(features.columns(), (0..features.rows()).map(nonzero));
            for features in [&features, &sparse] {
                let fitted = params.fit(features, &rows(&case["targets"]), &weights);
                let found = fitted.unwrap().predict(features).concat();
                let expected = rows(&case["predictions"]).concat();
                assert_eq!(found.len(), expected.len());
                for (found, expected) in found.iter().zip(&expected) {
                    assert!((found - expected).abs() < 1e-8, "{found} {expected}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_fitted_is_named() {
        let features = Features::dense(&[vec![1.0], vec![2.0]]).unwrap();
        let targets = [vec![1.0], vec![0.0]];
        let params = RidgeParams::default();
        assert!(params.fit(&features, &targets, &[1.0]).is_err());
        assert!(params.fit(&features, &targets[..1], &[1.0; 2]).is_err());
        let alpha = RidgeParams {
            alpha: 0.0,
            ..params
        };
        assert!(alpha.fit(&features, &targets, &[1.0; 2]).is_err());
        let hasty = RidgeParams {
            max_iterations: 1,
            ..params
        };
        let wide = Features::dense(&[vec![1.0, 5.0], vec![2.0, 1.0], vec![0.5, 3.0]]).unwrap();
        let targets = [vec![1.0], vec![0.0], vec![2.0]];
        let error = hasty.fit(&wide, &targets, &[1.0; 3]).unwrap_err();
        assert!(error.to_string().contains("in 1 iterations"), "{error}");
        let zeros = [vec![0.0], vec![0.0], vec![0.0]];
        let flat = params.fit(&wide, &zeros, &[1.0; 3]).unwrap();
        assert!(
            flat.predict(&wide)
                .concat()
                .iter()
                .all(|value| *value == 0.0)
        );
    }
}
