//! Features with a column of ones, laid out for products with a matrix of coefficients.

use super::Features;
use super::panels::Panels;

/// `n` rows of `p` features and a last column of ones.
pub(super) enum Design {
    /// Most features are not 0.
    Dense {
        /// Shape (`n`, `p + 1`).
        rows: Panels,
        /// Shape (`p + 1`, `n`).
        transposed: Panels,
    },
    /// Most features are 0: the others of row `i`, with their columns, are `entries[starts[i]..starts[i + 1]]`.
    Sparse {
        starts: Vec<usize>,
        entries: Vec<(usize, f64)>,
        columns: usize,
    },
}

/// The share of features that are not 0 from which on zeros are multiplied too.
const DENSE_SHARE: f64 = 0.2;

impl Design {
    pub(super) fn new(features: &Features) -> Self {
        let (n, p) = (features.rows(), features.columns());
        let nonzero = |row| features.row(row).filter(|(_, value)| *value != 0.0);
        let count: usize = (0..n).map(|row| nonzero(row).count()).sum();
        if count as f64 >= DENSE_SHARE * (n * p) as f64 {
            let (mut rows, mut transposed) = (Panels::zeros(n, p + 1), Panels::zeros(p + 1, n));
            for row in 0..n {
                for (column, value) in nonzero(row).chain([(p, 1.0)]) {
                    *rows.get_mut(row, column) = value;
                    *transposed.get_mut(column, row) = value;
                }
            }
            return Self::Dense { rows, transposed };
        }
        let (mut starts, mut entries) = (vec![0], Vec::with_capacity(count + n));
        for row in 0..n {
            entries.extend(nonzero(row).chain([(p, 1.0)]));
            starts.push(entries.len());
        }
        Self::Sparse {
            starts,
            entries,
            columns: p + 1,
        }
    }

    /// `p + 1`.
    pub(super) fn columns(&self) -> usize {
        match self {
            Self::Dense { rows, .. } => rows.columns(),
            Self::Sparse { columns, .. } => *columns,
        }
    }

    /// The rows times `theta` (shape (`p + 1`, K)): shape (`n`, K).
    pub(super) fn times(&self, theta: &Panels) -> Panels {
        match self {
            Self::Dense { transposed, .. } => transposed.transposed_times(theta),
            Self::Sparse {
                starts, entries, ..
            } => {
                let mut product = Panels::zeros(starts.len() - 1, theta.columns());
                for (product, theta) in product.panels_mut().zip(theta.panels()) {
                    for (sums, range) in product.iter_mut().zip(starts.windows(2)) {
                        for (column, value) in &entries[range[0]..range[1]] {
                            sums.add(*value, &theta[*column]);
                        }
                    }
                }
                product
            }
        }
    }

    /// The transposed rows times `parts` (shape (`n`, K)): shape (`p + 1`, K).
    pub(super) fn transposed_times(&self, parts: &Panels) -> Panels {
        match self {
            Self::Dense { rows, .. } => rows.transposed_times(parts),
            Self::Sparse {
                starts,
                entries,
                columns,
            } => {
                let mut product = Panels::zeros(*columns, parts.columns());
                for (product, parts) in product.panels_mut().zip(parts.panels()) {
                    for (part, range) in parts.iter().zip(starts.windows(2)) {
                        for (column, value) in &entries[range[0]..range[1]] {
                            product[*column].add(*value, part);
                        }
                    }
                }
                product
            }
        }
    }

    /// `Σᵢ sᵢ xᵢⱼ²` for each column `j`.
    pub(super) fn squares(&self, strengths: &[f64]) -> Vec<f64> {
        let mut squares = vec![0.0; self.columns()];
        match self {
            Self::Dense { transposed, .. } => {
                for (column, square) in squares.iter_mut().enumerate() {
                    for (row, strength) in strengths.iter().enumerate() {
                        *square += strength * transposed.get(column, row).powi(2);
                    }
                }
            }
            Self::Sparse {
                starts, entries, ..
            } => {
                for (strength, range) in strengths.iter().zip(starts.windows(2)) {
                    for (column, value) in &entries[range[0]..range[1]] {
                        squares[*column] += strength * value * value;
                    }
                }
            }
        }
        squares
    }
}
