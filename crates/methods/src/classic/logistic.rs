//! Logistic regression between two classes with an L2 penalty.

use fsl_common::classes::Label;

use super::labels::check_all_occur;
use super::newton::{Limits, Objective, minimise, sigmoid};
use super::{ClassicError, Features, Targets};

/// How a logistic regression is fitted.
///
/// What is minimised is scikit-learn's objective, `½‖w‖² + C Σ kᵢ ln(1 + exp(−yᵢ (xᵢ·w + b)))` with yᵢ = ±1: a sum over texts,
/// not a mean, and no penalty on the intercept `b`. scikit-learn's own default solver stops early; this one does not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogisticParams {
    /// C, the inverse of the penalty's strength, finite and above 0. Default 1, as in scikit-learn.
    pub c: f64,
    /// Whether a text of a class of `m` texts among `n` weighs kᵢ = n / (2m), so that both classes count alike
    /// (`class_weight="balanced"`); otherwise kᵢ = 1. Default false.
    pub balanced: bool,
    /// What every part of the gradient must come down to, as a fraction of `C Σ kᵢ · max(1, largest |feature|)`, finite and
    /// above 0. Default 1e-12: the fit goes on as long as double precision allows, and a larger gradient is an error.
    pub tolerance: f64,
    /// The most Newton steps, at least 1. Default 200; a fit takes about ten.
    pub max_iterations: usize,
}

impl Default for LogisticParams {
    fn default() -> Self {
        Self {
            c: 1.0,
            balanced: false,
            tolerance: 1e-12,
            max_iterations: 200,
        }
    }
}

impl LogisticParams {
    /// Fits to `features` (shape (`n`, `p`)) and `labels` (length `n`, 0 or 1). Equal inputs give equal bits.
    ///
    /// # Errors
    /// Parameters out of range, labels of one class only or not as many as rows, no columns, a feature that is not finite, a
    /// minimum that is not reached.
    pub fn fit(self, features: &Features, labels: &[Label]) -> Result<Logistic, ClassicError> {
        self.fit_weighted(features, labels, &vec![1.0; labels.len()])
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
    ) -> Result<Logistic, ClassicError> {
        check_limits(("c", self.c), self.tolerance, self.max_iterations)?;
        check_shape(features, labels.len())?;
        check_shape(features, weights.len())?;
        check_all_occur(labels, 2)?;
        let mut targets = Targets::new(2);
        targets.add_labels(labels, weights);
        self.fit_targets(features, &targets)
    }

    /// As [`fit`](Self::fit), to rows that count for both classes as `targets` say. Where classes are balanced, `m` is the sum of what rows
    /// count for the class, and `n` that of both.
    ///
    /// # Errors
    /// As of [`fit`](Self::fit).
    pub fn fit_targets(
        self,
        features: &Features,
        targets: &Targets,
    ) -> Result<Logistic, ClassicError> {
        check_limits(("c", self.c), self.tolerance, self.max_iterations)?;
        check_shape(features, targets.rows().len())?;
        let strengths = targets.strengths(self.c, self.balanced)?;
        let largest = features.largest()?;
        let sum: f64 = strengths.rows().map(|row| row[0] + row[1]).sum();
        let limits = Limits {
            tolerance: self.tolerance,
            scale: sum * largest.max(1.0),
            max_iterations: self.max_iterations,
        };
        let objective = Objective {
            features,
            strengths,
        };
        let mut coefficients = minimise(&objective, &limits)?;
        let intercept = coefficients.pop().unwrap_or_default();
        Ok(Logistic {
            coefficients,
            intercept,
        })
    }
}

/// Checks that there are features, and a row of them for each label.
pub(super) fn check_shape(features: &Features, labels: usize) -> Result<(), ClassicError> {
    if features.rows() != labels {
        let rows = features.rows();
        return Err(ClassicError::Labels { rows, labels });
    }
    if features.columns() == 0 {
        return Err(ClassicError::NoFeatures);
    }
    Ok(())
}

/// Checks what limits a fit; `strength` is the penalty's parameter with its name.
pub(super) fn check_limits(
    strength: (&'static str, f64),
    tolerance: f64,
    max_iterations: usize,
) -> Result<(), ClassicError> {
    check_positive(strength)?;
    check_positive(("tolerance", tolerance))?;
    if max_iterations == 0 {
        let (name, allowed) = ("max_iterations", "at least 1");
        return Err(ClassicError::Parameter {
            name,
            got: "0".to_owned(),
            allowed,
        });
    }
    Ok(())
}

/// Refuses a parameter, given with its name, that is not finite or not above 0.
pub(super) fn check_positive((name, value): (&'static str, f64)) -> Result<(), ClassicError> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(ClassicError::Parameter {
        name,
        got: value.to_string(),
        allowed: "finite and above 0",
    })
}

/// A fitted logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    coefficients: Vec<f64>,
    intercept: f64,
}

impl Logistic {
    /// `w`: one coefficient for each column, length `p`; a positive one speaks for label 1.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// `b`: the log-odds of label 1 for a row of zeros.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// The log-odds of label 1, `x·w + b`, for each row of `features`.
    ///
    /// # Panics
    /// Where `features` has other columns than the ones that were fitted.
    pub fn decision_function(&self, features: &Features) -> Vec<f64> {
        assert_eq!(
            features.columns(),
            self.coefficients.len(),
            "columns of features"
        );
        let margin = |row| features.dot(row, &self.coefficients) + self.intercept;
        (0..features.rows()).map(margin).collect()
    }

    /// The probability of label 1, `1 / (1 + exp(−(x·w + b)))`, for each row of `features`.
    ///
    /// # Panics
    /// Where `features` has other columns than the ones that were fitted.
    pub fn predict_proba(&self, features: &Features) -> Vec<f64> {
        let margins = self.decision_function(features).into_iter();
        margins.map(sigmoid).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn numbers(value: &Value) -> Vec<f64> {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(|number| number.as_f64().unwrap())
            .collect()
    }

    fn features(value: &Value) -> Features {
        let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
        Features::dense(&rows).unwrap()
    }

    /// The same numbers with the zeros left out.
    fn sparse(dense: &Features) -> Features {
        let row = |at| dense.row(at).filter(|(_, value)| *value != 0.0).collect();
        Features::sparse(dense.columns(), (0..dense.rows()).map(row))
    }

    /// Relative to the largest of the expected values, and 1 at least.
    fn difference(found: &[f64], expected: &[f64]) -> f64 {
        assert_eq!(found.len(), expected.len());
        let scale = expected
            .iter()
            .fold(1.0_f64, |largest, value| largest.max(value.abs()));
        let pairs = found.iter().zip(expected);
        pairs.fold(0.0_f64, |largest, (a, b)| largest.max((a - b).abs())) / scale
    }

    /// Witness: scikit-learn with 40-digit polish, `tests/golden/logistic/generate.py`. 1e-10: a gradient of rounding errors
    /// (about 1e-15 of its parts) times the flattest direction of the hardest problem (C = 1e6 and separable, about 1e5).
    #[test]
    fn coefficients_and_probabilities_are_those_of_scikit_learn() {
        let file = std::fs::read(fsl_test_support::golden("logistic/cases.json")).unwrap();
        let cases: Value = serde_json::from_slice(&file).unwrap();
        for case in cases.as_array().unwrap() {
            let dense = features(&case["features"]);
            let labels: Vec<Label> = numbers(&case["labels"])
                .into_iter()
                .map(|label| label as Label)
                .collect();
            let params = LogisticParams {
                c: case["c"].as_f64().unwrap(),
                balanced: case["balanced"].as_bool().unwrap(),
                ..LogisticParams::default()
            };
            let mut expected = numbers(&case["coefficients"]);
            expected.push(case["intercept"].as_f64().unwrap());
            for features in [&dense, &sparse(&dense)] {
                let fitted = params.fit(features, &labels).unwrap();
                let found = [fitted.coefficients(), &[fitted.intercept()]].concat();
                let [theta, probabilities] = [
                    difference(&found, &expected),
                    difference(
                        &fitted.predict_proba(features),
                        &numbers(&case["probabilities"]),
                    ),
                ];
                assert!(
                    theta < 1e-10 && probabilities < 1e-10,
                    "{}: {theta:e}",
                    case["name"]
                );
            }
        }
    }

    /// By hand: where all rows are the same, the intercept alone says the share of label 1, and the penalty keeps the other coefficients at 0.
    #[test]
    fn identical_features_give_the_share_of_labels() {
        for value in [0.0, 1.0, 1e3] {
            let rows = Features::dense(&vec![vec![value, value]; 4]).unwrap();
            for (balanced, share) in [(false, 0.25), (true, 0.5)] {
                let params = LogisticParams {
                    balanced,
                    ..LogisticParams::default()
                };
                let model = params.fit(&rows, &[1, 0, 0, 0]).unwrap();
                for probability in model.predict_proba(&rows) {
                    assert!((probability - share).abs() < 1e-9, "{value}: {probability}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_fitted_is_named() {
        let rows = Features::dense(&[vec![1.0, 2.0], vec![3.0, 4.0]]).unwrap();
        let fault = |params: LogisticParams, rows: &Features, labels: &[Label]| {
            params.fit(rows, labels).unwrap_err().to_string()
        };
        let params = LogisticParams::default();
        assert_eq!(
            fault(params, &rows, &[1, 1]),
            "2 labels of one class only, both classes are needed"
        );
        assert_eq!(
            fault(params, &rows, &[1]),
            "2 rows of features do not match 1 labels"
        );
        let infinite = Features::dense(&[vec![1.0, 2.0], vec![3.0, f64::INFINITY]]).unwrap();
        assert_eq!(
            fault(params, &infinite, &[0, 1]),
            "row 1, column 1 of the features: got inf, must be finite"
        );
        assert_eq!(
            Features::dense::<f32>(&[vec![], vec![]]),
            Err(ClassicError::NoFeatures)
        );
        assert_eq!(
            Features::dense(&[vec![1.0], vec![]])
                .unwrap_err()
                .to_string(),
            "`row`: got 0, must be as long as the first row"
        );
        assert_eq!(
            fault(
                LogisticParams {
                    c: f64::NAN,
                    ..params
                },
                &rows,
                &[0, 1]
            ),
            "`c`: got NaN, must be finite and above 0"
        );
        let hasty = LogisticParams {
            max_iterations: 1,
            ..params
        };
        let error = hasty.fit(&rows, &[0, 1]).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the minimum was not reached in 1 iterations: ")
        );
        assert!(error.hint().is_some());
    }
}
