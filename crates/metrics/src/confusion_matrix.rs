//! The confusion matrix of any number of classes.

use fsl_common::classes::Label;
use serde::{Deserialize, Serialize};

use super::class_counts::ClassCounts;
use super::{Confusion, MetricError};

/// How often texts of each class (rows) were predicted to be of each class (columns). As JSON, the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Vec<u64>>", into = "Vec<Vec<u64>>")]
pub struct ConfusionMatrix {
    classes: usize,
    counts: Vec<u64>,
}

/// A class's figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassFigures {
    /// The share of its predictions that are right.
    pub precision: f64,
    /// The share of its texts that were found.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// Its texts.
    pub support: u64,
}

impl ConfusionMatrix {
    /// Counts predictions of so many classes.
    ///
    /// # Errors
    /// Lengths that differ, a label that is none of the classes.
    pub fn new(classes: usize, labels: &[Label], predicted: &[Label]) -> Result<Self, MetricError> {
        if labels.len() != predicted.len() {
            return Err(MetricError::Lengths {
                labels: labels.len(),
                probabilities: predicted.len(),
            });
        }
        let mut counts = vec![0; classes * classes];
        for (index, (&label, &answer)) in labels.iter().zip(predicted).enumerate() {
            for got in [label, answer] {
                if usize::from(got) >= classes {
                    return Err(MetricError::Class {
                        index,
                        got,
                        classes,
                    });
                }
            }
            counts[usize::from(label) * classes + usize::from(answer)] += 1;
        }
        Ok(Self { classes, counts })
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Each class's texts by what was predicted.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[u64]> {
        self.counts.chunks_exact(self.classes)
    }

    /// Texts of the class `label` that were predicted to be of the class `predicted`.
    pub fn count(&self, label: Label, predicted: Label) -> u64 {
        self.counts[usize::from(label) * self.classes + usize::from(predicted)]
    }

    /// How many texts were counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The sums that metrics follow from.
    pub fn counts(&self) -> ClassCounts {
        let mut sums = ClassCounts::new(self.classes);
        for (label, row) in self.rows().enumerate() {
            sums.hits[label] = row[label] as f64;
            for (predicted, &count) in row.iter().enumerate() {
                sums.support[label] += count as f64;
                sums.predicted[predicted] += count as f64;
            }
        }
        sums
    }

    /// Every class's figures.
    pub fn per_class(&self) -> Vec<ClassFigures> {
        let counts = self.counts();
        let one = |(class, row): (usize, &[u64])| ClassFigures {
            precision: counts.precision(class),
            recall: counts.recall(class),
            f1: counts.f1(class),
            support: row.iter().sum(),
        };
        self.rows().enumerate().map(one).collect()
    }

    /// The counts of two classes, of which label 1 is positive; `None` for any other number.
    pub fn two_class(&self) -> Option<Confusion> {
        let &[
            true_negatives,
            false_positives,
            false_negatives,
            true_positives,
        ] = self.counts.as_slice()
        else {
            return None;
        };
        Some(Confusion {
            true_positives,
            false_positives,
            false_negatives,
            true_negatives,
        })
    }
}

impl From<Confusion> for ConfusionMatrix {
    fn from(of: Confusion) -> Self {
        Self {
            classes: 2,
            counts: vec![
                of.true_negatives,
                of.false_positives,
                of.false_negatives,
                of.true_positives,
            ],
        }
    }
}

impl TryFrom<Vec<Vec<u64>>> for ConfusionMatrix {
    type Error = String;

    fn try_from(rows: Vec<Vec<u64>>) -> Result<Self, String> {
        let classes = rows.len();
        if classes < 2 || rows.iter().any(|row| row.len() != classes) {
            return Err("a confusion matrix has as many rows as columns, at least 2".to_owned());
        }
        let counts = rows.concat();
        Ok(Self { classes, counts })
    }
}

impl From<ConfusionMatrix> for Vec<Vec<u64>> {
    fn from(matrix: ConfusionMatrix) -> Self {
        matrix.rows().map(<[u64]>::to_vec).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_labels_and_columns_predictions() {
        let matrix = ConfusionMatrix::new(3, &[0, 0, 1, 2], &[0, 1, 1, 0]).unwrap();
        let text = serde_json::to_string(&matrix).unwrap();
        assert_eq!(text, "[[1,1,0],[0,1,0],[1,0,0]]");
        assert_eq!(
            serde_json::from_str::<ConfusionMatrix>(&text).unwrap(),
            matrix
        );
        assert!(serde_json::from_str::<ConfusionMatrix>("[[1,1],[0]]").is_err());
        assert_eq!((matrix.count(0, 1), matrix.count(1, 0)), (1, 0));
        assert!(ConfusionMatrix::new(2, &[2], &[0]).is_err());
        assert!(ConfusionMatrix::new(2, &[0], &[0, 1]).is_err());
    }

    #[test]
    fn two_classes_convert_back() {
        let counts = Confusion {
            true_positives: 3,
            false_positives: 1,
            false_negatives: 2,
            true_negatives: 4,
        };
        let matrix = ConfusionMatrix::from(counts);
        assert_eq!(matrix.two_class(), Some(counts));
        let sums = matrix.counts();
        assert_eq!(sums.f1(1).to_bits(), counts.f1().to_bits());
        assert_eq!(sums.mcc().to_bits(), counts.mcc().to_bits());
        let macro_f1 = sums.macro_average(ClassCounts::f1);
        assert_eq!(macro_f1.to_bits(), counts.macro_f1().to_bits());
        assert_eq!(sums.accuracy().to_bits(), counts.accuracy().to_bits());
    }
}
