//! A matrix of features: one row for each text.

use super::ClassicError;

/// Features of `n` texts in `p` columns, sparse or dense, in double precision.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    columns: usize,
    values: Vec<f64>,
    layout: Layout,
}

#[derive(Debug, Clone, PartialEq)]
enum Layout {
    /// Every value of every row, row by row.
    Dense,
    /// Compressed rows: those of row `i` are `starts[i]..starts[i + 1]`, in the columns `indices`.
    Sparse {
        starts: Vec<usize>,
        indices: Vec<usize>,
    },
}

impl Features {
    /// Dense features from equally long rows.
    ///
    /// # Errors
    /// No columns, or a row whose length differs from the first one's.
    pub fn dense<T: Copy + Into<f64>>(
        rows: &[impl std::borrow::Borrow<Vec<T>>],
    ) -> Result<Self, ClassicError> {
        let rows = || rows.iter().map(std::borrow::Borrow::borrow);
        let columns = rows().next().map_or(0, Vec::len);
        if columns == 0 {
            return Err(ClassicError::NoFeatures);
        }
        if let Some(row) = rows().find(|row| row.len() != columns) {
            let allowed = "as long as the first row";
            return Err(ClassicError::Parameter {
                name: "row",
                got: row.len().to_string(),
                allowed,
            });
        }
        let values = rows().flatten().map(|&value| value.into()).collect();
        Ok(Self {
            columns,
            values,
            layout: Layout::Dense,
        })
    }

    /// Sparse features in `columns` columns; each row lists (column, value) with ascending columns below `columns`.
    pub(super) fn sparse(columns: usize, rows: impl Iterator<Item = Vec<(usize, f64)>>) -> Self {
        let (mut starts, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
        for row in rows {
            for (index, value) in row {
                indices.push(index);
                values.push(value);
            }
            starts.push(indices.len());
        }
        Self {
            columns,
            values,
            layout: Layout::Sparse { starts, indices },
        }
    }

    /// How many rows there are: `n`.
    pub fn rows(&self) -> usize {
        match &self.layout {
            Layout::Dense => self.values.len() / self.columns,
            Layout::Sparse { starts, .. } => starts.len() - 1,
        }
    }

    /// How many columns there are: `p`.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The values of row `row` that are stored, with their columns, which ascend; all others are 0.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let (indices, range) = match &self.layout {
            Layout::Dense => (None, row * self.columns..(row + 1) * self.columns),
            Layout::Sparse { starts, indices } => {
                let range = starts[row]..starts[row + 1];
                (Some(&indices[range.clone()]), range)
            }
        };
        self.values[range]
            .iter()
            .enumerate()
            .map(move |(at, &value)| (indices.map_or(at, |indices| indices[at]), value))
    }

    /// These rows, in this order.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        if self.is_dense() {
            let values = rows.iter().flat_map(|&row| {
                let range = row * self.columns..(row + 1) * self.columns;
                &self.values[range]
            });
            return Self {
                columns: self.columns,
                values: values.copied().collect(),
                layout: Layout::Dense,
            };
        }
        let rows = rows.iter().map(|&row| self.row(row).collect());
        Self::sparse(self.columns, rows)
    }

    fn is_dense(&self) -> bool {
        self.layout == Layout::Dense
    }

    /// The scalar product of row `row` with `weights` (length `p`).
    pub(super) fn dot(&self, row: usize, weights: &[f64]) -> f64 {
        self.row(row)
            .map(|(column, value)| value * weights[column])
            .sum()
    }

    /// Adds `factor` times row `row` to `sums` (length `p`).
    pub(super) fn add_row(&self, row: usize, factor: f64, sums: &mut [f64]) {
        for (column, value) in self.row(row) {
            sums[column] += factor * value;
        }
    }

    /// The largest absolute value, once it is known that all are finite.
    ///
    /// # Errors
    /// The first value that is infinite or not a number.
    pub(super) fn largest(&self) -> Result<f64, ClassicError> {
        let mut largest = 0.0_f64;
        for row in 0..self.rows() {
            for (column, got) in self.row(row) {
                if !got.is_finite() {
                    return Err(ClassicError::NonFinite { row, column, got });
                }
                largest = largest.max(got.abs());
            }
        }
        Ok(largest)
    }
}
