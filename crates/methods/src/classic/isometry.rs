//! Rows of fewer numbers with the same scalar products.

/// Rows of as many numbers as there are rows, with the scalar products of `rows` (shape (`n`, `p`)): the Cholesky factor of their Gram
/// matrix. What is learnt from rows with an L2 penalty depends on their scalar products alone, so that few long rows can be fitted as short
/// ones. Rows that depend on earlier ones, but for rounding, have zeros in their place.
pub fn isometric_rows(rows: &[Vec<f32>]) -> Vec<Vec<f64>> {
    let count = rows.len();
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(count);
    for (at, row) in rows.iter().enumerate() {
        let own = dot(row, row);
        let mut new = vec![0.0; count];
        for other in 0..at {
            let pivot = factor[other][other];
            if pivot > 0.0 {
                let known = (0..other).map(|column| new[column] * factor[other][column]);
                let rest = dot(row, &rows[other]) - known.sum::<f64>();
                new[other] = rest / pivot;
            }
        }
        let explained: f64 = new.iter().map(|value| value * value).sum();
        let rest = own - explained;
        if rest > 1e-10 * own {
            new[at] = rest.sqrt();
        }
        factor.push(new);
    }
    factor
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    let products = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b));
    products.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By definition. 1e-6: rows that are left out are smaller than 1e-5 of others.
    #[test]
    fn scalar_products_stay() {
        let rows = vec![
            vec![1.0_f32, 2.0, 0.5, -1.0, 0.25],
            vec![0.0, 1.0, 1.0, 1.0, -2.0],
            vec![2.0, 4.0, 1.0, -2.0, 0.5],
            vec![0.0; 5],
            vec![1.0, 0.0, 0.0, 0.0, 0.0],
        ];
        let found = isometric_rows(&rows);
        assert_eq!(found.len(), rows.len());
        for (a, row_a) in found.iter().zip(&rows) {
            for (b, row_b) in found.iter().zip(&rows) {
                let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                assert!((product - dot(row_a, row_b)).abs() < 1e-6);
            }
        }
    }
}
