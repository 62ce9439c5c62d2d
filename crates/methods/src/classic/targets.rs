//! What a logistic regression learns: how much each row counts for each class.

use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;

use super::ClassicError;

/// How much each of `n` rows counts for each of K classes: a row of label `y` counts its weight for `y` and nothing for the others, a row
/// of which probabilities are known counts its weight times these. A regression on them minimises the same as one on every row K times, once
/// with each label and these weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Targets {
    classes: usize,
    /// Row by row.
    values: Vec<f64>,
}

impl Targets {
    /// Of no rows.
    pub fn new(classes: usize) -> Self {
        Self {
            classes,
            values: Vec::new(),
        }
    }

    /// Adds rows with `labels` (below K) and as many `weights`.
    pub fn add_labels(&mut self, labels: &[Label], weights: &[f64]) {
        for (&label, &weight) in labels.iter().zip(weights) {
            let classes = 0..self.classes;
            let counts = |class| {
                if class == usize::from(label) {
                    weight
                } else {
                    0.0
                }
            };
            self.values.extend(classes.map(counts));
        }
    }

    /// Adds rows with `probabilities` of K classes, each of weight 1.
    pub fn add_probabilities(&mut self, probabilities: &Probabilities) {
        let classes = self.classes as Label;
        for row in 0..probabilities.texts() {
            let counts = (0..classes).map(|class| probabilities.of(row, class));
            self.values.extend(counts);
        }
    }

    /// K.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How much each row counts for each class.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.classes)
    }

    /// The same times C, and where classes are `balanced`, times the weight of all rows over K times that of the class, so that all classes
    /// count alike.
    ///
    /// # Errors
    /// A class that no row counts for.
    pub(super) fn strengths(&self, c: f64, balanced: bool) -> Result<Self, ClassicError> {
        let mut of_class = vec![0.0; self.classes];
        for row in self.rows() {
            for (sum, weight) in of_class.iter_mut().zip(row) {
                *sum += weight;
            }
        }
        let empty = of_class.iter().filter(|sum| **sum <= 0.0).count();
        if empty > 0 {
            let classes = self.classes;
            return Err(ClassicError::EmptyClasses { empty, classes });
        }
        let all: f64 = of_class.iter().sum();
        let factor = |class: usize| {
            if balanced {
                all / (self.classes as f64 * of_class[class])
            } else {
                1.0
            }
        };
        let factors: Vec<f64> = (0..self.classes).map(factor).collect();
        let strengths = self.values.iter().zip(factors.iter().cycle());
        Ok(Self {
            classes: self.classes,
            values: strengths
                .map(|(weight, factor)| c * weight * factor)
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_classes_count_alike() {
        let mut targets = Targets::new(2);
        targets.add_labels(&[1, 0, 1], &[1.0, 2.0, 3.0]);
        targets.add_probabilities(&Probabilities::two_class(vec![0.25]));
        let rows: Vec<&[f64]> = targets.rows().collect();
        assert_eq!(rows, [[0.0, 1.0], [2.0, 0.0], [0.0, 3.0], [0.75, 0.25]]);
        let strengths = targets.strengths(10.0, true).unwrap();
        let sum = |class: usize| strengths.rows().map(|row| row[class]).sum::<f64>();
        assert!((sum(0) - 35.0).abs() < 1e-12 && (sum(1) - 35.0).abs() < 1e-12);
        assert!(Targets::new(2).strengths(1.0, false).is_err());
    }
}
