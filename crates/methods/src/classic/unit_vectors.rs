//! Vectors scaled to length 1.

use super::ClassicError;

/// Vectors scaled to Euclidean length 1; one of zeros stays as it is, as with scikit-learn's `normalize`.
///
/// # Errors
/// A value that is not finite.
pub(super) fn unit_vectors(vectors: &[Vec<f32>]) -> Result<Vec<Vec<f64>>, ClassicError> {
    let vectors = vectors.iter().enumerate();
    vectors
        .map(|(row, vector)| unit_vector(row, vector))
        .collect()
}

/// One of them, the `row`-th.
pub(super) fn unit_vector(row: usize, vector: &[f32]) -> Result<Vec<f64>, ClassicError> {
    let vector: Vec<f64> = vector.iter().copied().map(f64::from).collect();
    if let Some(column) = vector.iter().position(|value| !value.is_finite()) {
        let got = vector[column];
        return Err(ClassicError::NonFinite { row, column, got });
    }
    let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
    let scale = if length == 0.0 { 1.0 } else { length };
    Ok(vector.iter().map(|value| value / scale).collect())
}
