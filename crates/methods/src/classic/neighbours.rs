//! Nearest neighbours by cosine, in blocks of rows: `n` rows cost `n²` scalar products, but memory for their neighbours only.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::ClassicError;
use super::panels::Panels;
use super::unit_vectors::unit_vector;

/// Rows of a block. Two blocks of 1,500 columns stay in a processor's cache of 1 MiB.
const BLOCK: usize = 32;

/// A row near another one. Nearer ones are less, and of equally near ones the first row is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Neighbour {
    pub(super) row: usize,
    pub(super) cosine: f64,
}

impl Eq for Neighbour {}

impl PartialOrd for Neighbour {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Neighbour {
    fn cmp(&self, other: &Self) -> Ordering {
        let nearer = other.cosine.total_cmp(&self.cosine);
        nearer.then_with(|| self.row.cmp(&other.row))
    }
}

/// Rows scaled to length 1, in blocks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct UnitRows {
    rows: usize,
    columns: usize,
    /// Shape (`columns`, rows of the block): scalar products are sums over rows of panels.
    blocks: Vec<Panels>,
}

impl UnitRows {
    /// # Errors
    /// A value that is not finite, no columns, a row whose length differs from the first one's.
    pub(super) fn new(rows: &[&Vec<f32>]) -> Result<Self, ClassicError> {
        let columns = rows.first().map_or(0, |row| row.len());
        if columns == 0 && !rows.is_empty() {
            return Err(ClassicError::NoFeatures);
        }
        let mut blocks = Vec::with_capacity(rows.len().div_ceil(BLOCK));
        for (number, rows) in rows.chunks(BLOCK).enumerate() {
            let mut block = Panels::zeros(columns, rows.len());
            for (at, row) in rows.iter().enumerate() {
                if row.len() != columns {
                    return Err(ClassicError::Parameter {
                        name: "row",
                        got: row.len().to_string(),
                        allowed: "as long as the first row",
                    });
                }
                let vector = unit_vector(number * BLOCK + at, row)?;
                for (column, value) in vector.into_iter().enumerate() {
                    *block.get_mut(column, at) = value;
                }
            }
            blocks.push(block);
        }
        Ok(Self {
            rows: rows.len(),
            columns,
            blocks,
        })
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// The `count` nearest of the other rows for every row, the nearest first. Every scalar product is taken once.
    pub(super) fn neighbours(&self, count: usize) -> Vec<Vec<Neighbour>> {
        let mut nearest = vec![Nearest::default(); self.rows];
        for (one, first) in self.blocks.iter().enumerate() {
            for (other, second) in self.blocks.iter().enumerate().skip(one) {
                let products = first.transposed_times(second);
                for at in 0..products.rows() {
                    let row = one * BLOCK + at;
                    for column in 0..products.columns() {
                        let neighbour = other * BLOCK + column;
                        if row < neighbour {
                            let cosine = products.get(at, column);
                            nearest[row].offer(count, neighbour, cosine);
                            nearest[neighbour].offer(count, row, cosine);
                        }
                    }
                }
            }
        }
        nearest.into_iter().map(Nearest::sorted).collect()
    }

    /// The `count` nearest of these rows for every row of `others`, which have as many columns; the nearest first.
    pub(super) fn neighbours_of(&self, others: &Self, count: usize) -> Vec<Vec<Neighbour>> {
        let mut all = Vec::with_capacity(others.rows);
        for of_others in &others.blocks {
            let mut nearest = vec![Nearest::default(); of_others.columns()];
            for (number, block) in self.blocks.iter().enumerate() {
                let products = of_others.transposed_times(block);
                for (at, nearest) in nearest.iter_mut().enumerate() {
                    for column in 0..products.columns() {
                        nearest.offer(count, number * BLOCK + column, products.get(at, column));
                    }
                }
            }
            all.extend(nearest.into_iter().map(Nearest::sorted));
        }
        all
    }
}

/// The nearest rows so far, the farthest of them on top.
#[derive(Debug, Clone, Default)]
struct Nearest(BinaryHeap<Neighbour>);

impl Nearest {
    /// Takes a row if it is among the `count` nearest.
    fn offer(&mut self, count: usize, row: usize, cosine: f64) {
        let neighbour = Neighbour { row, cosine };
        if self.0.len() < count {
            self.0.push(neighbour);
        } else if let Some(mut farthest) = self.0.peek_mut()
            && neighbour < *farthest
        {
            *farthest = neighbour;
        }
    }

    fn sorted(self) -> Vec<Neighbour> {
        self.0.into_sorted_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors in the plane at these multiples of a degree, of lengths 1, 2 and so on.
    fn rows(degrees: impl Iterator<Item = u16>) -> Vec<Vec<f32>> {
        let lengths = (1_u16..).map(f32::from);
        let degrees = degrees.map(|degrees| f32::from(degrees).to_radians());
        degrees
            .zip(lengths)
            .map(|(angle, length): (f32, f32)| vec![length * angle.cos(), length * angle.sin()])
            .collect()
    }

    fn unit_rows(rows: &[Vec<f32>]) -> UnitRows {
        UnitRows::new(&rows.iter().collect::<Vec<_>>()).unwrap()
    }

    fn numbers(neighbours: &[Neighbour]) -> Vec<usize> {
        neighbours.iter().map(|neighbour| neighbour.row).collect()
    }

    /// By hand: of vectors in half a plane, those at the nearest angles are the nearest. There are more of them than in one block.
    #[test]
    fn neighbours_are_the_nearest_across_blocks() {
        let degrees = |row: usize| row * row / 36;
        let all = unit_rows(&rows((0..80).map(|row| degrees(row) as u16)));
        let found = all.neighbours(200);
        for (row, found) in found.iter().enumerate() {
            let distance = |other: usize| degrees(other).abs_diff(degrees(row));
            let mut expected: Vec<usize> = (0..80).filter(|other| *other != row).collect();
            expected.sort_by_key(|other| distance(*other));
            let distances = |rows: &[usize]| rows.iter().copied().map(distance).collect::<Vec<_>>();
            assert_eq!(
                distances(&numbers(found)),
                distances(&expected),
                "row {row}"
            );
        }
        // Fewer of them are the first of all, for rows of their own and for others.
        for count in [1, 7, 40] {
            for (all, few) in found.iter().zip(all.neighbours(count)) {
                assert_eq!(few, all[..count]);
            }
        }
        let others = all.neighbours_of(&all, 41);
        for (row, (own, others)) in found.iter().zip(others).enumerate() {
            let others: Vec<Neighbour> = others.into_iter().filter(|one| one.row != row).collect();
            assert_eq!(others, own[..others.len()]);
        }
    }

    #[test]
    fn of_equally_near_rows_the_first_ones_are_taken() {
        let mut same = vec![vec![0.6, 0.8]; 100];
        same.push(vec![0.0, 0.0]);
        let all = unit_rows(&same);
        let found = all.neighbours(3);
        assert_eq!(numbers(&found[0]), [1, 2, 3]);
        assert_eq!(numbers(&found[2]), [0, 1, 3]);
        assert_eq!(numbers(&found[99]), [0, 1, 2]);
        // A row of zeros is as far from every other one.
        assert_eq!(numbers(&found[100]), [0, 1, 2]);
        let found = all.neighbours_of(&unit_rows(&same[..2]), 2);
        assert_eq!(numbers(&found[1]), [0, 1]);
    }

    #[test]
    fn rows_without_sense_are_named() {
        let fault = |rows: &[Vec<f32>]| {
            let rows: Vec<&Vec<f32>> = rows.iter().collect();
            UnitRows::new(&rows).unwrap_err().to_string()
        };
        assert_eq!(fault(&[vec![]]), "no features");
        let infinite = "row 1, column 0 of the features: got inf, must be finite";
        assert_eq!(fault(&[vec![1.0], vec![f32::INFINITY]]), infinite);
        let long = "`row`: got 2, must be as long as the first row";
        assert_eq!(fault(&[vec![1.0], vec![1.0, 2.0]]), long);
        assert_eq!(UnitRows::new(&[]).unwrap().rows(), 0);
    }
}
