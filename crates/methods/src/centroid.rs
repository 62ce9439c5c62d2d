//! Centroid: a frozen encoder and the nearest class mean of its normalised vectors.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::inputs::EncoderRef;
use super::{
    Declared, Dependencies, EncoderInputs, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, Settings,
};
use crate::classic::ClassicError;
use fsl_common::settings::Pooling;

/// A frozen encoder and the nearest class mean. `E` is the encoder: a name in a spec, its contents in a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Centroid<E = String> {
    /// An encoder of the catalogue, a folder (with a `/` in it), or `hf:org/name@revision`.
    #[schemars(length(min = 1))]
    pub encoder: E,
    /// How the tokens' vectors become the text's.
    #[serde(default = "default_pooling")]
    pub pooling: Pooling,
}

fn default_pooling() -> Pooling {
    Pooling::Mean
}

impl<E: EncoderRef> Settings for Centroid<E> {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            encoder: Some(self.encoder.id()),
            labelled_texts: true,
            ..Requirements::default()
        }
    }
}

impl Declared for Centroid {
    type Inputs = Centroid<EncoderInputs>;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        Some(Centroid {
            encoder: dependencies.encoder?,
            pooling: self.pooling,
        })
    }

    fn encoder_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.encoder)
    }
}

impl Method for Centroid<EncoderInputs> {
    /// Embeds all texts, takes the mean of each class's training vectors and compares the others with both.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let started = Instant::now();
        let encoder = context.encoders.load(&self.encoder)?;
        let train = encoder.embed(context.train_texts, self.pooling, &mut |_| {})?;
        let means = ClassMeans::fit(&train, context.train_labels)?;
        let fit_time = started.elapsed();
        let probabilities = context.predict_sets(on_progress, |texts, on_text| {
            let vectors = encoder.embed(texts, self.pooling, on_text)?;
            Ok(means.probabilities(&vectors)?)
        })?;
        Ok(Outcome {
            probabilities,
            fit: None,
            fit_time,
            predict_time: started.elapsed() - fit_time,
        })
    }

    fn encoder(&self) -> Option<&EncoderInputs> {
        Some(&self.encoder)
    }

    fn encoder_mut(&mut self) -> Option<&mut EncoderInputs> {
        Some(&mut self.encoder)
    }
}

/// The mean `mₖ` of the unit vectors of each class `k`, length `H` each. It need not have length 1.
struct ClassMeans([Vec<f64>; 2]);

impl ClassMeans {
    /// The means of `vectors` (shape (`n`, `H`), of any length) by their `labels` (length `n`, 0 or 1).
    ///
    /// # Errors
    /// Labels of one class only, or a value that is not finite.
    fn fit(vectors: &[Vec<f32>], labels: &[u8]) -> Result<Self, ClassicError> {
        let vectors = unit_vectors(vectors)?;
        let of_class = |class| {
            let pairs = vectors.iter().zip(labels);
            mean(pairs.filter(|(_, label)| **label == class).map(|(v, _)| v))
        };
        match (of_class(0), of_class(1)) {
            (Some(zero), Some(one)) => Ok(Self([zero, one])),
            _ => Err(ClassicError::OneClass { got: labels.len() }),
        }
    }

    /// P(label = 1) of each vector: `exp(−d₁²) / (exp(−d₀²) + exp(−d₁²)) = 1 / (1 + exp(d₁² − d₀²))`, `dₖ` being the Euclidean
    /// distance of its unit vector from `mₖ`. Above 0.5 means nearer to label 1's mean; a tie is 0.5 and so label 0, as with
    /// scikit-learn's `NearestCentroid`. Its `predict_proba` has the same formula over distances in units of the within-class
    /// standard deviation, and need not agree with its `predict`.
    ///
    /// # Errors
    /// A value that is not finite.
    fn probabilities(&self, vectors: &[Vec<f32>]) -> Result<Vec<f64>, ClassicError> {
        let [zero, one] = &self.0;
        let probability = |vector: &Vec<f64>| {
            let excess = squared_distance(vector, one) - squared_distance(vector, zero);
            1.0 / (1.0 + excess.exp())
        };
        Ok(unit_vectors(vectors)?.iter().map(probability).collect())
    }
}

/// Vectors scaled to Euclidean length 1; one of zeros stays as it is, as with scikit-learn's `normalize`.
fn unit_vectors(vectors: &[Vec<f32>]) -> Result<Vec<Vec<f64>>, ClassicError> {
    let unit = |(row, vector): (usize, &Vec<f32>)| {
        let vector: Vec<f64> = vector.iter().copied().map(f64::from).collect();
        if let Some(column) = vector.iter().position(|value| !value.is_finite()) {
            let got = vector[column];
            return Err(ClassicError::NonFinite { row, column, got });
        }
        let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
        let scale = if length == 0.0 { 1.0 } else { length };
        Ok(vector.iter().map(|value| value / scale).collect())
    };
    vectors.iter().enumerate().map(unit).collect()
}

/// The mean of equally long vectors; `None` of none.
fn mean<'a>(mut vectors: impl Iterator<Item = &'a Vec<f64>>) -> Option<Vec<f64>> {
    let mut sum = vectors.next()?.clone();
    let mut count = 1.0;
    for vector in vectors {
        sum.iter_mut()
            .zip(vector)
            .for_each(|(sum, value)| *sum += value);
        count += 1.0;
    }
    Some(sum.iter().map(|sum| sum / count).collect())
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use fsl_test_support::golden;
    use safetensors::SafeTensors;

    use super::*;

    /// A case of `tests/golden/centroid/generate.py`.
    #[derive(Deserialize)]
    struct Case {
        name: String,
        labels: Vec<u8>,
        #[serde(default)]
        train: Vec<Vec<f32>>,
        #[serde(default)]
        test: Vec<Vec<f32>>,
        predicted: Vec<u8>,
        probabilities: Vec<f64>,
    }

    fn cases() -> Vec<Case> {
        let file = std::fs::read(golden("centroid/cases.json")).unwrap();
        let mut cases: Vec<Case> = serde_json::from_slice(&file).unwrap();
        for case in cases.iter_mut().filter(|case| case.train.is_empty()) {
            case.train = encoder_vectors();
            case.test = case.train.split_off(case.labels.len());
        }
        cases
    }

    /// MiniLM's vectors of 100 texts, by sentence-transformers.
    fn encoder_vectors() -> Vec<Vec<f32>> {
        let file = std::fs::read(golden("embed/embeddings.safetensors")).unwrap();
        let file = SafeTensors::deserialize(&file).unwrap();
        let tensor = file.tensor("mean_64").unwrap();
        let (values, _) = tensor.data().as_chunks();
        let values: Vec<f32> = values
            .iter()
            .map(|&bytes| f32::from_le_bytes(bytes))
            .collect();
        values
            .chunks(tensor.shape()[1])
            .map(<[f32]>::to_vec)
            .collect()
    }

    /// Witness: scikit-learn's `NearestCentroid`. Predictions agree exactly, ties included; 1e-12 leaves room for rounding, as it
    /// gets squared distances (up to 4) from scalar products.
    #[test]
    fn predictions_and_probabilities_are_those_of_scikit_learn() {
        for case in cases() {
            let name = &case.name;
            let means = ClassMeans::fit(&case.train, &case.labels).unwrap();
            let found = means.probabilities(&case.test).unwrap();
            let predicted: Vec<u8> = found.iter().map(|p| u8::from(*p > 0.5)).collect();
            assert_eq!(predicted, case.predicted, "{name}");
            for (found, expected) in found.iter().zip(&case.probabilities) {
                assert!(
                    (found - expected).abs() < 1e-12,
                    "{name}: {found} {expected}"
                );
            }
        }
    }

    /// By hand: the unit vectors (0.6, 0.8) and (1, 0) are 0.4² + 0.8² = 0.8 apart.
    #[test]
    fn a_text_at_a_mean_has_the_probability_of_the_means_distance() {
        let means = ClassMeans::fit(&[vec![2.0, 0.0], vec![3.0, 4.0]], &[0, 1]).unwrap();
        let found = means
            .probabilities(&[vec![6.0, 8.0], vec![0.5, 0.0]])
            .unwrap();
        let expected = [1.0 / (1.0 + (-0.8_f64).exp()), 1.0 / (1.0 + 0.8_f64.exp())];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
    }

    #[test]
    fn what_cannot_be_fitted_is_named() {
        let fault = |vectors: &[Vec<f32>], labels: &[u8]| {
            let fitted = ClassMeans::fit(vectors, labels).map(|_| ());
            fitted.unwrap_err().to_string()
        };
        assert_eq!(
            fault(&[vec![1.0], vec![2.0]], &[1, 1]),
            "2 labels of one class only, both classes are needed"
        );
        assert_eq!(
            fault(&[vec![1.0, 2.0], vec![3.0, f32::NAN]], &[0, 1]),
            "row 1, column 1 of the features: got NaN, must be finite"
        );
    }
}
