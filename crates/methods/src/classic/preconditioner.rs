//! Approximate inverses of the second derivative of [`super::softmax::Objective`].
//!
//! Where all classes are equally likely, the second derivative is that of a ridge regression, the same for every class:
//! `a XᵀSX + 1`, with a = 1/K. With the `a` of other probabilities it is an approximation.

use super::design::Design;
use super::panels::{LANES, Lanes, Panels};

/// A symmetric positive definite matrix of shape (`p + 1`, `p + 1`), the same for every class.
pub(super) enum Preconditioner {
    /// The inverse of the whole matrix.
    Full(Panels),
    /// The inverse of its diagonal.
    Diagonal(Vec<f64>),
}

/// The most columns of which a whole matrix is inverted.
const MOST_COLUMNS: usize = 1_100;

impl Preconditioner {
    /// For rows of these `strengths`, and an `a` of `curvature`.
    pub(super) fn new(design: &Design, strengths: &[f64], curvature: f64) -> Self {
        let columns = design.columns();
        if let Design::Dense { rows, .. } = design
            && columns <= MOST_COLUMNS.min(2 * rows.rows())
        {
            let mut weighted = rows.clone();
            weighted.scale_rows(strengths);
            let mut matrix = weighted.transposed_times(rows);
            matrix.scale(curvature);
            for column in 0..columns - 1 {
                *matrix.get_mut(column, column) += 1.0;
            }
            if let Some(inverse) = inverse(&matrix) {
                return Self::Full(inverse);
            }
        }
        let mut diagonal = design.squares(strengths);
        for (column, square) in diagonal.iter_mut().enumerate() {
            let penalty = if column + 1 < columns { 1.0 } else { 0.0 };
            *square = 1.0 / (curvature * *square + penalty).max(f64::MIN_POSITIVE);
        }
        Self::Diagonal(diagonal)
    }

    /// The approximate inverse times `parts` (shape (`p + 1`, K)).
    pub(super) fn times(&self, parts: &Panels) -> Panels {
        match self {
            Self::Full(inverse) => inverse.transposed_times(parts),
            Self::Diagonal(diagonal) => {
                let mut product = parts.clone();
                product.scale_rows(diagonal);
                product
            }
        }
    }
}

/// The inverse of a symmetric matrix by Cholesky factors `L Lᵀ`: `(L⁻¹)ᵀ L⁻¹`. `None` where it is not positive definite.
fn inverse(matrix: &Panels) -> Option<Panels> {
    let size = matrix.rows();
    // Row by row, each as long as the matrix is wide.
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(size);
    for row in 0..size {
        let mut new = vec![0.0; size];
        for column in 0..=row {
            let known = if column == row { &new } else { &factor[column] };
            let rest = matrix.get(row, column) - dot_in_lanes(&new[..column], &known[..column]);
            new[column] = if column < row {
                rest / factor[column][column]
            } else if rest > 0.0 {
                rest.sqrt()
            } else {
                return None;
            };
        }
        factor.push(new);
    }
    let mut inverse = Panels::zeros(size, size);
    for (at, panel) in inverse.panels_mut().enumerate() {
        invert_columns(&factor, at * LANES, panel);
    }
    Some(inverse.transposed_times(&inverse))
}

/// Eight columns of `L⁻¹`, from column `first` on.
fn invert_columns(factor: &[Vec<f64>], first: usize, panel: &mut [Lanes]) {
    for row in first..factor.len() {
        let mut sums = Lanes([0.0; LANES]);
        if row < first + LANES {
            sums.0[row - first] = 1.0;
        }
        for (factor, known) in factor[row][first..row].iter().zip(&panel[first..row]) {
            sums.add(-factor, known);
        }
        panel[row].0 = sums.0.map(|sum| sum / factor[row][row]);
    }
}

/// The scalar product in another order than [`super::vectors::dot`]: faster, with other bits.
fn dot_in_lanes(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a.iter().zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| a * b);
    sums.into_iter().chain(rest).sum()
}
