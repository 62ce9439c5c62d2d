//! Nearest class means of vectors scaled to length 1.

use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;

use super::ClassicError;
use super::labels::check_all_occur;
use super::unit_vectors::unit_vectors;
use super::vectors::add;

/// The mean `mₖ` of the unit vectors of each class `k`, length `H` each. It need not have length 1.
#[derive(Debug, Clone, PartialEq)]
pub struct CentroidMeans(Vec<Vec<f64>>);

impl CentroidMeans {
    /// The means of `rows` (shape (`n`, `H`), of any length) by their `labels` (length `n`, below `classes`). A row counts as often as
    /// its weight says (`weights`, length `n`, above 0).
    ///
    /// # Errors
    /// A class without a text, labels or weights that are not as many as rows, labels not below `classes`, a value that is not finite.
    pub fn fit(
        rows: &[Vec<f32>],
        labels: &[Label],
        weights: &[f64],
        classes: usize,
    ) -> Result<Self, ClassicError> {
        for count in [labels.len(), weights.len()] {
            if rows.len() != count {
                return Err(ClassicError::Labels {
                    rows: rows.len(),
                    labels: count,
                });
            }
        }
        let vectors = unit_vectors(rows)?;
        check_all_occur(labels, classes)?;
        let mean_of = |class: usize| {
            let all = vectors.iter().zip(weights).zip(labels);
            let of_class = all.filter(|(_, label)| usize::from(**label) == class);
            mean(of_class.map(|((vector, weight), _)| (vector, *weight)))
        };
        Ok(Self((0..classes).filter_map(mean_of).collect()))
    }

    /// The probability of each class, `exp(−dₖ²)` over the sum of these, `dₖ` being the Euclidean distance of the row's unit vector
    /// from `mₖ`. The most likely class is the one of the nearest mean, the first of equals, as with scikit-learn's
    /// `NearestCentroid`. Its `predict_proba` has the same formula over distances in units of the within-class standard deviation,
    /// and need not agree with its `predict`.
    ///
    /// # Errors
    /// A value that is not finite.
    pub fn predict_proba(&self, rows: &[Vec<f32>]) -> Result<Probabilities, ClassicError> {
        let vectors = unit_vectors(rows)?;
        if let [zero, one] = self.0.as_slice() {
            let probability = |vector: &Vec<f64>| {
                let excess = squared_distance(vector, one) - squared_distance(vector, zero);
                1.0 / (1.0 + excess.exp())
            };
            let values = vectors.iter().map(probability).collect();
            return Ok(Probabilities::two_class(values));
        }
        let scores = |vector: &Vec<f64>| {
            let means = self.0.iter();
            means.map(|mean| -squared_distance(vector, mean)).collect()
        };
        let scores: Vec<Vec<f64>> = vectors.iter().map(scores).collect();
        Ok(Probabilities::softmax(self.0.len(), &scores))
    }
}

/// The mean of equally long vectors with their weights; `None` of none.
fn mean<'a>(vectors: impl Iterator<Item = (&'a Vec<f64>, f64)>) -> Option<Vec<f64>> {
    let mut sum: Option<Vec<f64>> = None;
    let mut count = 0.0;
    for (vector, weight) in vectors {
        let sums = sum.get_or_insert_with(|| vec![0.0; vector.len()]);
        add(sums, weight, vector);
        count += weight;
    }
    let sum = sum?.into_iter();
    Some(sum.map(|value| value / count).collect())
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// A case of `tests/golden/centroid_classes/generate.py`.
    #[derive(Deserialize)]
    struct Case {
        classes: usize,
        train: Vec<Vec<f32>>,
        labels: Vec<Label>,
        weights: Vec<f64>,
        test: Vec<Vec<f32>>,
        predicted: Vec<Label>,
        probabilities: Vec<Vec<f64>>,
    }

    /// Witness: scikit-learn's `NearestCentroid`. 1e-12 leaves room for rounding, as it gets squared distances (up to 4) from scalar
    /// products.
    #[test]
    fn predictions_and_probabilities_are_those_of_scikit_learn() {
        let file = std::fs::read(fsl_test_support::golden("centroid_classes/cases.json")).unwrap();
        let cases: Vec<Case> = serde_json::from_slice(&file).unwrap();
        for case in cases {
            let means =
                CentroidMeans::fit(&case.train, &case.labels, &case.weights, case.classes).unwrap();
            let found = means.predict_proba(&case.test).unwrap();
            assert_eq!(found.predicted(), case.predicted, "{}", case.classes);
            for (found, expected) in found.rows().zip(&case.probabilities) {
                for (found, expected) in found.iter().zip(expected) {
                    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
                }
            }
        }
    }
}
