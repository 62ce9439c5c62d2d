//! Logistic regression between three classes or more with an L2 penalty.

use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;

use super::design::Design;
use super::newton::Limits;
use super::panels::Panels;
use super::softmax::{Objective, softmax};
use super::softmax_minimum::minimise;
use super::{ClassicError, Features, Targets};

/// How a multinomial logistic regression is fitted.
///
/// What is minimised is scikit-learn's objective, `½‖W‖² + C Σ kᵢ (ln Σₖ exp(xᵢ·wₖ + bₖ) − xᵢ·w_yᵢ − b_yᵢ)`: a sum over texts, not a
/// mean, and no penalty on the intercepts `b`. These are determined up to a constant; as with scikit-learn, they sum to 0.
/// scikit-learn's own default solver stops early; this one does not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MultinomialParams {
    /// C, the inverse of the penalty's strength, finite and above 0. Default 1, as in scikit-learn.
    pub c: f64,
    /// Whether a text of a class of `m` texts among `n` weighs kᵢ = n / (Km), so that all K classes count alike
    /// (`class_weight="balanced"`); otherwise kᵢ = 1. Default false.
    pub balanced: bool,
    /// What every part of the gradient must come down to, as a fraction of `C Σ kᵢ · max(1, largest |feature|)`, finite and
    /// above 0. Default 1e-12: the fit goes on as long as double precision allows, and a larger gradient is an error.
    pub tolerance: f64,
    /// The most Newton steps, at least 1. Default 200; after the steps of L-BFGS that come first, a fit takes a few.
    pub max_iterations: usize,
}

impl Default for MultinomialParams {
    fn default() -> Self {
        Self {
            c: 1.0,
            balanced: false,
            tolerance: 1e-12,
            max_iterations: 200,
        }
    }
}

impl MultinomialParams {
    /// Fits to `features` (shape (`n`, `p`)) and `labels` (length `n`, below `classes`). Equal inputs give equal bits.
    ///
    /// # Errors
    /// Parameters out of range, fewer than three classes, a class without a text, labels that are not as many as rows or not below
    /// `classes`, no columns, a feature that is not finite, a minimum that is not reached.
    pub fn fit(
        self,
        features: &Features,
        labels: &[Label],
        classes: usize,
    ) -> Result<Multinomial, ClassicError> {
        self.fit_weighted(features, labels, &vec![1.0; labels.len()], classes)
    }

    /// As [`fit`](Self::fit), with rows that count as often as `weights` (length `n`, above 0) says: scikit-learn's `sample_weight`.
    ///
    /// # Errors
    /// As of [`fit`](Self::fit); weights that are not as many as rows.
    pub fn fit_weighted(
        self,
        features: &Features,
        labels: &[Label],
        weights: &[f64],
        classes: usize,
    ) -> Result<Multinomial, ClassicError> {
        self.check(classes)?;
        super::logistic::check_shape(features, labels.len())?;
        super::logistic::check_shape(features, weights.len())?;
        super::labels::counts_per_class(labels, classes)?;
        let mut targets = Targets::new(classes);
        targets.add_labels(labels, weights);
        self.fit_targets(features, &targets)
    }

    /// As [`fit`](Self::fit), to rows that count for all classes as `targets` say. Where classes are balanced, `m` is the sum of what rows
    /// count for the class, and `n` that of all.
    ///
    /// # Errors
    /// As of [`fit`](Self::fit).
    pub fn fit_targets(
        self,
        features: &Features,
        targets: &Targets,
    ) -> Result<Multinomial, ClassicError> {
        self.check(targets.classes())?;
        super::logistic::check_shape(features, targets.rows().len())?;
        let largest = features.largest()?;
        let objective = Objective::new(features, &targets.strengths(self.c, self.balanced)?);
        let limits = Limits {
            tolerance: self.tolerance,
            scale: objective.strengths.iter().sum::<f64>() * largest.max(1.0),
            max_iterations: self.max_iterations,
        };
        minimise(&objective, &limits).map(Multinomial::new)
    }

    fn check(self, classes: usize) -> Result<(), ClassicError> {
        super::logistic::check_limits(("c", self.c), self.tolerance, self.max_iterations)?;
        if classes < 3 {
            return Err(ClassicError::Parameter {
                name: "classes",
                got: classes.to_string(),
                allowed: "at least 3",
            });
        }
        Ok(())
    }
}

/// A fitted multinomial logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Multinomial {
    /// Shape (`p + 1`, K): coefficients, and in the last row intercepts that sum to 0.
    theta: Panels,
}

impl Multinomial {
    fn new(mut theta: Panels) -> Self {
        let (classes, intercepts) = (theta.columns(), theta.rows() - 1);
        let sum: f64 = (0..classes).map(|class| theta.get(intercepts, class)).sum();
        for class in 0..classes {
            *theta.get_mut(intercepts, class) -= sum / classes as f64;
        }
        Self { theta }
    }

    /// The number of classes, K.
    pub fn classes(&self) -> usize {
        self.theta.columns()
    }

    /// `W`, class by class: K times `p` coefficients.
    pub fn coefficients(&self) -> Vec<f64> {
        (0..self.classes())
            .flat_map(|class| (0..self.theta.rows() - 1).map(move |column| (column, class)))
            .map(|(column, class)| self.theta.get(column, class))
            .collect()
    }

    /// `b`: one for each class, with the sum 0.
    pub fn intercepts(&self) -> Vec<f64> {
        (0..self.classes())
            .map(|class| self.theta.get(self.theta.rows() - 1, class))
            .collect()
    }

    /// The probability of each class, `exp(x·wₖ + bₖ)` over the sum of these, for each row of `features`.
    ///
    /// # Panics
    /// Where `features` has other columns than the ones that were fitted.
    pub fn predict_proba(&self, features: &Features) -> Probabilities {
        let classes = self.classes();
        assert_eq!(
            features.columns() + 1,
            self.theta.rows(),
            "columns of features"
        );
        let mut values = Vec::with_capacity(features.rows() * classes);
        if features.rows() > 0 {
            let mut chances = Design::new(features).times(&self.theta);
            for row in 0..features.rows() {
                softmax(&mut chances, row);
                values.extend((0..classes).map(|class| chances.get(row, class)));
            }
        }
        Probabilities::new(classes, values)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn numbers(value: &Value) -> Vec<f64> {
        let list = value.as_array().unwrap();
        list.iter()
            .flat_map(|value| {
                value
                    .as_f64()
                    .map_or_else(|| numbers(value), |one| vec![one])
            })
            .collect()
    }

    /// The case of 77 classes, as `drawn` of `tests/golden/multinomial/generate.py` makes it.
    fn drawn(classes: u64, texts: u64, columns: u64) -> (Features, Vec<Label>) {
        let mut state = 15_u64;
        let mut next = |one: bool| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 57) as f64 / 64.0 - 1.0 + f64::from(u8::from(one))
        };
        let rows: Vec<Vec<f64>> = (0..texts)
            .map(|text| {
                (0..columns)
                    .map(|column| next(column == text % classes % columns))
                    .collect()
            })
            .collect();
        let labels = (0..texts).map(|text| (text % classes) as Label).collect();
        (Features::dense(&rows).unwrap(), labels)
    }

    /// Relative to the largest of the expected values, and 1 at least; of as many as are expected.
    fn difference(found: &[f64], expected: &[f64]) -> f64 {
        let scale = expected
            .iter()
            .fold(1.0_f64, |largest, value| largest.max(value.abs()));
        let pairs = found[..expected.len()].iter().zip(expected);
        pairs.fold(0.0_f64, |largest, (a, b)| largest.max((a - b).abs())) / scale
    }

    /// Witness: scikit-learn with Newton steps of higher precision, `tests/golden/multinomial/generate.py`. 1e-10: a gradient of
    /// rounding errors (about 1e-16 of its parts) times the flattest direction of the hardest problem (C = 1e4 and separable).
    #[test]
    fn coefficients_and_probabilities_are_those_of_scikit_learn() {
        let file = std::fs::read(fsl_test_support::golden("multinomial/cases.json")).unwrap();
        let cases: Vec<Value> = serde_json::from_slice(&file).unwrap();
        let mut rows = Vec::new();
        for case in &cases {
            let classes = case["classes"].as_u64().unwrap();
            if let Some(list) = case["features"].as_array() {
                rows = list.iter().map(numbers).collect();
            }
            let (features, labels) = if classes == 77 {
                drawn(77, 308, 12)
            } else {
                let labels = numbers(&case["labels"]);
                let labels = labels.into_iter().map(|label| label as Label).collect();
                (Features::dense(&rows).unwrap(), labels)
            };
            let params = MultinomialParams {
                c: case["c"].as_f64().unwrap(),
                balanced: case["balanced"].as_bool().unwrap(),
                ..MultinomialParams::default()
            };
            let fitted = params.fit(&features, &labels, classes as usize).unwrap();
            let differences = [
                difference(&fitted.coefficients(), &numbers(&case["coefficients"])),
                difference(&fitted.intercepts(), &numbers(&case["intercepts"])),
                difference(
                    fitted.predict_proba(&features).values(),
                    &numbers(&case["probabilities"]),
                ),
            ];
            assert!(
                differences.iter().all(|difference| *difference < 1e-10),
                "{}: {differences:?}",
                case["name"]
            );
            assert_eq!(
                params.fit(&features, &labels, classes as usize).as_ref(),
                Ok(&fitted)
            );
        }
    }

    #[test]
    fn what_cannot_be_fitted_is_named() {
        let rows = Features::dense(&[vec![1.0], vec![3.0], vec![4.0]]).unwrap();
        let fault = |labels: &[Label], classes| {
            let fitted = MultinomialParams::default().fit(&rows, labels, classes);
            fitted.unwrap_err().to_string()
        };
        assert_eq!(fault(&[0, 1, 3], 5), "2 of 5 classes have no training text");
        assert_eq!(
            fault(&[0, 1, 3], 3),
            "`label`: got 3, must be below the number of classes"
        );
        assert_eq!(
            fault(&[0, 1, 2, 0], 3),
            "3 rows of features do not match 4 labels"
        );
        assert_eq!(fault(&[0, 1, 1], 2), "`classes`: got 2, must be at least 3");
        let hasty = MultinomialParams {
            max_iterations: 1,
            ..MultinomialParams::default()
        };
        let error = hasty.fit(&rows, &[0, 1, 2], 3).unwrap_err().to_string();
        assert!(error.starts_with("the minimum was not reached in 1 iterations: "));
    }
}
