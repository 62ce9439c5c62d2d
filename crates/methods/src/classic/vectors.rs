//! Products and sums of vectors, part by part from the first: one order, so equal inputs give equal bits.

/// The scalar product.
pub(super) fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// Adds `factor` times `other`.
pub(super) fn add(sums: &mut [f64], factor: f64, other: &[f64]) {
    for (sum, other) in sums.iter_mut().zip(other) {
        *sum += factor * other;
    }
}
