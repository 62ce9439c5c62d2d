//! Scores of texts, from which probabilities and targets follow.

use super::threshold::quantile;

/// The steepness of the targets between two classes.
const STEEPNESS: f64 = 0.75;

/// Scores of texts: a row each, of two classes one column, of more one for each class.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scores {
    pub(super) rows: Vec<Vec<f64>>,
}

impl Scores {
    /// The only column of two classes.
    pub(super) fn first_column(&self) -> Vec<f64> {
        self.rows.iter().map(|row| row[0]).collect()
    }

    /// The standard deviation of all scores; 1 where they are all the same, but for rounding.
    pub(super) fn deviation(&self) -> f64 {
        let all = || self.rows.iter().flatten();
        let count = all().count() as f64;
        let mean = all().sum::<f64>() / count;
        let squares: f64 = all().map(|score| (score - mean).powi(2)).sum();
        let deviation = (squares / count).sqrt();
        let largest = all().fold(0.0_f64, |largest, score| largest.max(score.abs()));
        // Below that are rounding errors.
        if deviation > 1e-12 * largest {
            deviation
        } else {
            1.0
        }
    }

    /// Adds `factor` times `other`.
    pub(super) fn add(&mut self, factor: f64, other: &Self) {
        for (row, other) in self.rows.iter_mut().zip(&other.rows) {
            for (score, other) in row.iter_mut().zip(other) {
                *score += factor * other;
            }
        }
    }

    pub(super) fn zeros_like(other: &Self) -> Self {
        let rows = other.rows.iter();
        Self {
            rows: rows.map(|row| vec![0.0; row.len()]).collect(),
        }
    }

    /// What students learn of scores between two classes.
    pub(super) fn squashed(&self) -> Self {
        let median = quantile(&self.first_column(), 0.5);
        let deviation = self.deviation();
        let target = |row: &Vec<f64>| {
            let standardised = (row[0] - median) / deviation;
            vec![(STEEPNESS * standardised).tanh()]
        };
        Self {
            rows: self.rows.iter().map(target).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0.1 three times has a mean that is not 0.1.
    #[test]
    fn equal_scores_are_not_blown_up() {
        let scores = |values: &[f64]| Scores {
            rows: values.iter().map(|value| vec![*value]).collect(),
        };
        for value in [0.0, 0.1, -3.7e5] {
            assert!((scores(&[value; 3]).deviation() - 1.0).abs() < 1e-15);
        }
        assert!((scores(&[1.0, -1.0]).deviation() - 1.0).abs() < 1e-15);
        assert!((scores(&[2e-9, -2e-9]).deviation() - 2e-9).abs() < 1e-20);
    }
}
