//! Labels that spread over a graph of neighbours.
//!
//! Zhou, Bousquet, Lal, Weston and Schölkopf 2004, "Learning with Local and Global Consistency", NIPS 16; on the graph of Iscen, Tolias,
//! Avrithis and Chum 2019, "Label Propagation for Deep Semi-supervised Learning", CVPR, section 4.1 (`arXiv:1904.04717`). Rows outside of
//! the graph: Delalleau, Bengio and Le Roux 2005, "Efficient Non-Parametric Function Induction in Semi-Supervised Learning", AISTATS.

use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;

use super::ClassicError;
use super::labels::check_all_occur;
use super::logistic::{check_limits, check_positive};
use super::neighbours::{Neighbour, UnitRows};
use super::vectors::{add, dot};

/// How labels spread.
///
/// Of `n` rows, labelled or not, `a_ij = max(0, cos(xᵢ, xⱼ))³` where `j` is one of the `k` nearest other rows of `i` by cosine, the first
/// of equals, and 0 elsewhere. With `W = A + Aᵀ`, the diagonal matrix `D` of its sums by rows, `S = D^(−1/2) W D^(−1/2)`, and `Y` (shape
/// (`n`, `K`)) that has the weight of every labelled row in the column of its class,
///
/// `F = (I − αS)⁻¹ Y`.
///
/// `I − αS` is symmetric and positive definite, as no eigenvalue of `S` is above 1. So every column of `F` comes from conjugate gradients
/// (Nocedal & Wright 2006, algorithm 5.2). A row that is not in the graph has the scores `Σⱼ w_j Fⱼ` over its `k` nearest rows `j` in the
/// graph, with `w` as `a`: but for the factor that makes them sum to 1, the mean of these rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelPropagationParams {
    /// `k`, at least 1; with fewer other rows, all of them. Default 20.
    pub neighbours: usize,
    /// α, above 0 and below 1: how much of a row's score comes from its neighbours. Default 0.9.
    pub alpha: f64,
    /// What the residual must come down to, as a fraction of the right-hand side. Default 1e-12: far from all labels scores are small,
    /// but their ratios count.
    pub tolerance: f64,
    /// The most steps. Default 10,000.
    pub max_iterations: usize,
}

impl Default for LabelPropagationParams {
    fn default() -> Self {
        Self {
            neighbours: 20,
            alpha: 0.9,
            tolerance: 1e-12,
            max_iterations: 10_000,
        }
    }
}

impl LabelPropagationParams {
    /// Fits to `rows` (`n` of equal length), the first of which have `labels` (below `classes`) and `weights` (as many, above 0). Equal
    /// inputs give equal bits.
    ///
    /// # Errors
    /// Parameters out of range, more labels than rows, weights that are not as many as labels or not above 0, a class without a row, no
    /// columns, rows of different lengths, a value that is not finite, equations that are not solved.
    pub fn fit(
        self,
        rows: &[&Vec<f32>],
        (labels, weights): (&[Label], &[f64]),
        classes: usize,
    ) -> Result<LabelPropagationModel, ClassicError> {
        self.check()?;
        if rows.len() < labels.len() || weights.len() != labels.len() {
            return Err(ClassicError::Labels {
                rows: rows.len().min(weights.len()),
                labels: labels.len(),
            });
        }
        for weight in weights {
            check_positive(("weight", *weight))?;
        }
        check_all_occur(labels, classes)?;
        let rows = UnitRows::new(rows)?;
        let graph = Graph::new(&rows.neighbours(self.neighbours));
        let mut scores = vec![0.0; rows.rows() * classes];
        for class in 0..classes {
            let mut targets = vec![0.0; rows.rows()];
            for ((target, label), weight) in targets.iter_mut().zip(labels).zip(weights) {
                if usize::from(*label) == class {
                    *target = *weight;
                }
            }
            let column = self.solve(&graph, &targets)?;
            for (scores, value) in scores.chunks_exact_mut(classes).zip(column) {
                // F has no negative numbers: below 0 are rounding errors.
                scores[class] = value.max(0.0);
            }
        }
        Ok(LabelPropagationModel {
            neighbours: self.neighbours,
            classes,
            rows,
            scores,
        })
    }

    fn check(&self) -> Result<(), ClassicError> {
        check_limits(("alpha", self.alpha), self.tolerance, self.max_iterations)?;
        let fault = |name, got, allowed| Err(ClassicError::Parameter { name, got, allowed });
        if self.alpha >= 1.0 {
            return fault("alpha", self.alpha.to_string(), "above 0 and below 1");
        }
        if self.neighbours == 0 {
            return fault("neighbours", "0".to_owned(), "at least 1");
        }
        Ok(())
    }

    /// One column of `F` by conjugate gradients.
    fn solve(&self, graph: &Graph, targets: &[f64]) -> Result<Vec<f64>, ClassicError> {
        let mut solution = vec![0.0; targets.len()];
        let mut residual = targets.to_vec();
        let mut direction = residual.clone();
        let mut square = dot(&residual, &residual);
        let size = square.sqrt();
        for _ in 0..self.max_iterations {
            let product = graph.system_times(self.alpha, &direction);
            let step = square / dot(&direction, &product);
            add(&mut solution, step, &direction);
            add(&mut residual, -step, &product);
            let next = dot(&residual, &residual);
            if next.sqrt() <= self.tolerance * size {
                return Ok(solution);
            }
            for (direction, residual) in direction.iter_mut().zip(&residual) {
                *direction = residual + next / square * *direction;
            }
            square = next;
        }
        Err(ClassicError::NotConverged {
            iterations: self.max_iterations,
            gradient: square.sqrt() / size,
            tolerance: self.tolerance,
        })
    }
}

/// How near two rows are, by their cosine. Iscen et al. cube it.
fn affinity(cosine: f64) -> f64 {
    cosine.max(0.0).powi(3)
}

/// `S` in compressed rows: those of row `i` are `starts[i]..starts[i + 1]`.
struct Graph {
    starts: Vec<usize>,
    columns: Vec<usize>,
    values: Vec<f64>,
}

impl Graph {
    fn new(neighbours: &[Vec<Neighbour>]) -> Self {
        let mut rows: Vec<Vec<(usize, f64)>> = vec![Vec::new(); neighbours.len()];
        for (row, neighbours) in neighbours.iter().enumerate() {
            for neighbour in neighbours {
                let affinity = affinity(neighbour.cosine);
                if affinity > 0.0 {
                    rows[row].push((neighbour.row, affinity));
                    rows[neighbour.row].push((row, affinity));
                }
            }
        }
        let sum = |row: &Vec<(usize, f64)>| row.iter().map(|(_, affinity)| affinity).sum();
        let sums: Vec<f64> = rows.iter().map(sum).collect();
        let mut graph = Self {
            starts: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
        };
        for (row, mut affinities) in rows.into_iter().enumerate() {
            affinities.sort_by_key(|(column, _)| *column);
            // Rows that are each other's neighbours have two affinities, which are the same.
            for same in affinities.chunk_by(|one, other| one.0 == other.0) {
                let (column, affinity) = same[0];
                let affinity = affinity * same.len() as f64;
                graph.columns.push(column);
                let scale = (sums[row] * sums[column]).sqrt();
                graph.values.push(affinity / scale);
            }
            graph.starts.push(graph.columns.len());
        }
        graph
    }

    /// `(I − αS) v`: the left-hand side of the equations at `v`.
    fn system_times(&self, alpha: f64, vector: &[f64]) -> Vec<f64> {
        let product = |(row, own): (usize, &f64)| {
            let range = self.starts[row]..self.starts[row + 1];
            let values = self.values[range.clone()].iter();
            let products = values
                .zip(&self.columns[range])
                .map(|(value, &column)| value * vector[column]);
            own - alpha * products.sum::<f64>()
        };
        vector.iter().enumerate().map(product).collect()
    }
}

/// Labels that have spread over a graph.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelPropagationModel {
    neighbours: usize,
    classes: usize,
    /// Those of the graph.
    rows: UnitRows,
    /// `F`, row by row.
    scores: Vec<f64>,
}

impl LabelPropagationModel {
    /// The probability of each class for each of `rows`, which are as long as those of the graph: the scores of a row, divided by their
    /// sum. Where no label reaches any of its neighbours, all classes are equally likely.
    ///
    /// # Errors
    /// A value that is not finite, a row of another length.
    pub fn predict_proba(&self, rows: &[Vec<f32>]) -> Result<Probabilities, ClassicError> {
        let rows = UnitRows::new(&rows.iter().collect::<Vec<_>>())?;
        if rows.rows() > 0 && rows.columns() != self.rows.columns() {
            return Err(ClassicError::Parameter {
                name: "row",
                got: rows.columns().to_string(),
                allowed: "as long as those of the graph",
            });
        }
        let neighbours = self.rows.neighbours_of(&rows, self.neighbours);
        let shares = neighbours.iter().map(|nearest| self.shares(nearest));
        Ok(Probabilities::from_shares(self.classes, shares))
    }

    /// The mean of the neighbours' scores, scaled to the sum 1.
    fn shares(&self, neighbours: &[Neighbour]) -> Vec<f64> {
        let mut shares = vec![0.0; self.classes];
        for neighbour in neighbours {
            let scores = &self.scores[neighbour.row * self.classes..][..self.classes];
            add(&mut shares, affinity(neighbour.cosine), scores);
        }
        let sum: f64 = shares.iter().sum();
        if sum <= 0.0 {
            return vec![1.0 / self.classes as f64; self.classes];
        }
        shares.into_iter().map(|share| share / sum).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: two rows joined with each other alone have `S = [[0, 1], [1, 0]]`, so `F` of the labels `y` is `(y₁ + α y₂, y₂ + α y₁) /
    /// (1 − α²)`. A row in the middle is as near to both, and the labels weigh 1 and 3.
    #[test]
    fn two_rows_share_their_labels() {
        let rows = [vec![2.0, 1.0], vec![1.0, 2.0]];
        let params = LabelPropagationParams {
            alpha: 0.5,
            ..LabelPropagationParams::default()
        };
        let labels: (&[Label], &[f64]) = (&[0, 1], &[1.0, 3.0]);
        let model = params
            .fit(&rows.iter().collect::<Vec<_>>(), labels, 2)
            .unwrap();
        for (found, expected) in model.scores.iter().zip([1.0, 1.5, 0.5, 3.0]) {
            assert!((found * 0.75 - expected).abs() < 1e-12, "{found}");
        }
        let found = model.predict_proba(&[vec![1.0, 1.0]]).unwrap();
        assert!((found.values()[0] - 0.75).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_learnt_from_is_named() {
        let rows = [vec![1.0, 0.0], vec![0.0, 1.0], vec![1.0, 1.0]];
        let fit = |params: LabelPropagationParams, labels: &[Label], weights: &[f64]| {
            let rows: Vec<&Vec<f32>> = rows.iter().collect();
            params.fit(&rows, (labels, weights), 2)
        };
        let usual = LabelPropagationParams::default();
        let fault = |params, labels: &[Label], weights: &[f64]| {
            fit(params, labels, weights).unwrap_err().to_string()
        };
        let alpha = |alpha| LabelPropagationParams { alpha, ..usual };
        let both = [0, 1];
        let said = "`alpha`: got 1, must be above 0 and below 1";
        assert_eq!(fault(alpha(1.0), &both, &[1.0; 2]), said);
        let said = "`alpha`: got 0, must be finite and above 0";
        assert_eq!(fault(alpha(0.0), &both, &[1.0; 2]), said);
        let none = LabelPropagationParams {
            neighbours: 0,
            ..usual
        };
        let said = "`neighbours`: got 0, must be at least 1";
        assert_eq!(fault(none, &both, &[1.0; 2]), said);
        let said = "2 labels of one class only, both classes are needed";
        assert_eq!(fault(usual, &[1, 1], &[1.0; 2]), said);
        let said = "3 rows of features do not match 4 labels";
        assert_eq!(fault(usual, &[0, 1, 0, 1], &[1.0; 4]), said);
        let said = "1 rows of features do not match 2 labels";
        assert_eq!(fault(usual, &both, &[1.0]), said);
        for (weight, said) in [(0.0, "0"), (-1.0, "-1"), (f64::NAN, "NaN")] {
            let said = format!("`weight`: got {said}, must be finite and above 0");
            assert_eq!(fault(usual, &both, &[1.0, weight]), said);
        }
        let model = fit(usual, &both, &[1.0; 2]).unwrap();
        let error = model.predict_proba(&[vec![1.0]]).unwrap_err();
        let said = "`row`: got 1, must be as long as those of the graph";
        assert_eq!(error.to_string(), said);
        assert_eq!(model.predict_proba(&[]).unwrap().texts(), 0);
    }
}
