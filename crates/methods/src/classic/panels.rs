//! Matrices whose columns lie eight side by side, and their product.
//!
//! Every element of a product is one sum, taken from the first row to the last, whatever instructions the processor has and without
//! fused multiplication: equal inputs give equal bits on every machine.

/// Columns side by side.
pub(super) const LANES: usize = 8;

/// Eight neighbouring columns of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(super) struct Lanes(pub(super) [f64; LANES]);

impl Lanes {
    /// Adds `factor` times `other`.
    pub(super) fn add(&mut self, factor: f64, other: &Self) {
        self.0 = std::array::from_fn(|lane| self.0[lane] + factor * other.0[lane]);
    }
}

const ZEROS: Lanes = Lanes([0.0; LANES]);

/// A matrix in panels of eight columns; within a panel, row by row. Columns that fill up the last panel are 0.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panels {
    rows: usize,
    columns: usize,
    values: Vec<Lanes>,
}

impl Panels {
    /// Zeros, of shape (`rows`, `columns`).
    pub(super) fn zeros(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            columns,
            values: vec![ZEROS; rows * columns.div_ceil(LANES)],
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    pub(super) fn panels(&self) -> impl Iterator<Item = &[Lanes]> {
        self.values.chunks_exact(self.rows)
    }

    pub(super) fn panels_mut(&mut self) -> impl Iterator<Item = &mut [Lanes]> {
        self.values.chunks_exact_mut(self.rows)
    }

    pub(super) fn get(&self, row: usize, column: usize) -> f64 {
        self.values[column / LANES * self.rows + row].0[column % LANES]
    }

    pub(super) fn get_mut(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.values[column / LANES * self.rows + row].0[column % LANES]
    }

    /// The sum of the products of all elements with those of `other`, which has the same shape.
    pub(super) fn dot(&self, other: &Self) -> f64 {
        let mut sums = [0.0; LANES];
        for (a, b) in self.values.iter().zip(&other.values) {
            for (sum, (a, b)) in sums.iter_mut().zip(a.0.into_iter().zip(b.0)) {
                *sum += a * b;
            }
        }
        sums.iter().sum()
    }

    /// Adds `factor` times `other`, which has the same shape.
    pub(super) fn add(&mut self, factor: f64, other: &Self) {
        for (sum, part) in self.values.iter_mut().zip(&other.values) {
            sum.add(factor, part);
        }
    }

    /// Multiplies every element by `factor`.
    pub(super) fn scale(&mut self, factor: f64) {
        self.values
            .iter_mut()
            .flat_map(|lanes| &mut lanes.0)
            .for_each(|value| *value *= factor);
    }

    /// Multiplies every row by its factor.
    pub(super) fn scale_rows(&mut self, factors: &[f64]) {
        for panel in self.panels_mut() {
            for (lanes, factor) in panel.iter_mut().zip(factors) {
                lanes.0.iter_mut().for_each(|value| *value *= factor);
            }
        }
    }

    /// Takes from every element the mean of its row, so that rows sum to 0.
    pub(super) fn center_rows(&mut self) {
        for row in 0..self.rows {
            let sum: f64 = (0..self.columns).map(|column| self.get(row, column)).sum();
            let mean = sum / self.columns as f64;
            for column in 0..self.columns {
                *self.get_mut(row, column) -= mean;
            }
        }
    }

    /// The largest absolute value.
    pub(super) fn largest(&self) -> f64 {
        self.values
            .iter()
            .flat_map(|lanes| lanes.0)
            .fold(0.0, |largest, value| largest.max(value.abs()))
    }

    /// The transpose of this matrix (shape (`l`, `m`)) times `other` (shape (`l`, `n`)): shape (`m`, `n`).
    pub(super) fn transposed_times(&self, other: &Self) -> Self {
        let mut product = Self::zeros(self.columns, other.columns);
        multiply(self, other, &mut product);
        product
    }
}

#[cfg(target_arch = "x86_64")]
fn multiply(a: &Panels, b: &Panels, product: &mut Panels) {
    if std::arch::is_x86_feature_detected!("avx512f") {
        #[expect(unsafe_code, reason = "the processor has the instructions")]
        multiply_in_blocks(a, b, product, |a, b, _| unsafe { x86::block_512(a, b) });
    } else if std::arch::is_x86_feature_detected!("avx") {
        #[expect(unsafe_code, reason = "the processor has the instructions")]
        multiply_in_blocks(a, b, product, |a, b, first| unsafe {
            x86::block_256(a, b, first)
        });
    } else {
        multiply_in_blocks(a, b, product, block::<2>);
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn multiply(a: &Panels, b: &Panels, product: &mut Panels) {
    multiply_in_blocks(a, b, product, block::<2>);
}

/// Blocks in the processor's own instructions: the compiler finds them only where the loop is written in one way, and then not always.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        _mm256_add_pd, _mm256_load_pd, _mm256_mul_pd, _mm256_set1_pd, _mm256_setzero_pd,
        _mm256_store_pd, _mm512_add_pd, _mm512_load_pd, _mm512_mul_pd, _mm512_set1_pd,
        _mm512_setzero_pd, _mm512_store_pd,
    };

    use super::{LANES, Lanes, ZEROS};

    /// All eight rows of a block.
    #[target_feature(enable = "avx512f")]
    pub(super) fn block_512(a: &[Lanes], b: &[Lanes]) -> [Lanes; LANES] {
        let mut sums = [_mm512_setzero_pd(); LANES];
        for (a, b) in a.iter().zip(b) {
            #[expect(unsafe_code, reason = "eight numbers, aligned to their size")]
            let b = unsafe { _mm512_load_pd(b.0.as_ptr()) };
            for (sum, factor) in sums.iter_mut().zip(a.0) {
                *sum = _mm512_add_pd(*sum, _mm512_mul_pd(_mm512_set1_pd(factor), b));
            }
        }
        let mut block = [ZEROS; LANES];
        for (row, sum) in block.iter_mut().zip(sums) {
            #[expect(unsafe_code, reason = "eight numbers, aligned to their size")]
            unsafe {
                _mm512_store_pd(row.0.as_mut_ptr(), sum);
            }
        }
        block
    }

    /// Four rows of a block, from `first` (0 or 4) on.
    #[target_feature(enable = "avx")]
    pub(super) fn block_256(a: &[Lanes], b: &[Lanes], first: usize) -> [Lanes; LANES / 2] {
        let mut sums = [[_mm256_setzero_pd(); 2]; LANES / 2];
        for (a, b) in a.iter().zip(b) {
            #[expect(unsafe_code, reason = "four numbers each, aligned to their size")]
            let b = unsafe { [0, 4].map(|half| _mm256_load_pd(b.0[half..].as_ptr())) };
            for (row, sum) in sums.iter_mut().enumerate() {
                let factor = _mm256_set1_pd(a.0[(first + row) % LANES]);
                sum[0] = _mm256_add_pd(sum[0], _mm256_mul_pd(factor, b[0]));
                sum[1] = _mm256_add_pd(sum[1], _mm256_mul_pd(factor, b[1]));
            }
        }
        let mut block = [ZEROS; LANES / 2];
        for (row, sum) in block.iter_mut().zip(sums) {
            #[expect(unsafe_code, reason = "four numbers each, aligned to their size")]
            unsafe {
                _mm256_store_pd(row.0.as_mut_ptr(), sum[0]);
                _mm256_store_pd(row.0[LANES / 2..].as_mut_ptr(), sum[1]);
            }
        }
        block
    }
}

/// `R` rows of a block, from `first` on.
fn block<const R: usize>(a: &[Lanes], b: &[Lanes], first: usize) -> [Lanes; R] {
    let mut sums = [ZEROS; R];
    for (a, b) in a.iter().zip(b) {
        for (row, sums) in sums.iter_mut().enumerate() {
            sums.add(a.0[(first + row) % LANES], b);
        }
    }
    sums
}

/// The product, `R` of its rows and eight of its columns at a time: as many sums as registers hold. `block` has a panel of each matrix
/// and the first of the `R` columns of the first panel.
fn multiply_in_blocks<const R: usize>(
    a: &Panels,
    b: &Panels,
    product: &mut Panels,
    block: impl Fn(&[Lanes], &[Lanes], usize) -> [Lanes; R],
) {
    let rows = product.rows;
    for (a, first) in a.values.chunks_exact(a.rows).zip((0..).step_by(LANES)) {
        let panels = b.values.chunks_exact(b.rows);
        for (b, product) in panels.zip(product.values.chunks_exact_mut(rows)) {
            let rows = &mut product[first..rows.min(first + LANES)];
            for (part, rows) in rows.chunks_mut(R).enumerate() {
                rows.copy_from_slice(&block(a, b, part * R)[..rows.len()]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(rows: usize, columns: usize) -> Panels {
        let mut matrix = Panels::zeros(rows, columns);
        for row in 0..rows {
            for column in 0..columns {
                *matrix.get_mut(row, column) = ((row * 31 + column * 17) % 23) as f64 / 7.0 - 1.5;
            }
        }
        matrix
    }

    /// The plain triple loop, to the bit, whatever instructions are used.
    #[test]
    fn products_are_plain_sums() {
        for (inner, rows, columns) in [(1, 1, 1), (5, 3, 8), (7, 8, 9), (12, 19, 23)] {
            let (a, b) = (filled(inner, rows), filled(inner, columns));
            let product = a.transposed_times(&b);
            let mut plain = Panels::zeros(rows, columns);
            multiply_in_blocks(&a, &b, &mut plain, block::<2>);
            assert_eq!(product, plain);
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx") {
                let mut narrow = Panels::zeros(rows, columns);
                #[expect(unsafe_code, reason = "the processor has the instructions")]
                multiply_in_blocks(&a, &b, &mut narrow, |a, b, first| unsafe {
                    x86::block_256(a, b, first)
                });
                assert_eq!(product, narrow);
            }
            for row in 0..rows {
                for column in 0..columns {
                    let sum =
                        (0..inner).fold(0.0, |sum, at| sum + a.get(at, row) * b.get(at, column));
                    assert_eq!(product.get(row, column).to_bits(), sum.to_bits());
                }
            }
        }
    }
}
