//! Probabilities of classes, text by text.

use super::classes::Label;

/// P(class) of every text: a matrix `[texts, classes]`. Two classes have one column, P(label 1): the other one is what is left, and
/// a two-class model has one logit.
#[derive(Debug, Clone, PartialEq)]
pub struct Probabilities {
    classes: usize,
    values: Vec<f64>,
}

impl Probabilities {
    /// Of two classes: P(label 1) of every text.
    pub fn two_class(values: Vec<f64>) -> Self {
        Self { classes: 2, values }
    }

    /// Of `classes` classes, at least 2: row by row, one column each, or P(label 1) alone where there are two.
    ///
    /// # Panics
    /// Where the values do not fill whole rows.
    pub fn new(classes: usize, values: Vec<f64>) -> Self {
        let probabilities = Self { classes, values };
        assert!(
            probabilities
                .values
                .len()
                .is_multiple_of(probabilities.columns()),
            "{} values in rows of {}",
            probabilities.values.len(),
            probabilities.columns()
        );
        probabilities
    }

    /// Of `classes` classes, at least 2: text by text, the share of each class, also of two. Of these the first is left out.
    ///
    /// # Panics
    /// Where rows have other lengths than `classes`.
    pub fn from_shares(classes: usize, rows: impl Iterator<Item: AsRef<[f64]>>) -> Self {
        let first = usize::from(classes == 2);
        let mut values = Vec::with_capacity(rows.size_hint().0 * (classes - first));
        for row in rows {
            let shares = row.as_ref();
            assert_eq!(shares.len(), classes, "shares of classes");
            values.extend_from_slice(&shares[first..]);
        }
        Self { classes, values }
    }

    /// Of more than two classes: `exp(sₖ)` over the sum of these, for the scores `s` of each text, one for each class.
    pub fn softmax(classes: usize, scores: &[Vec<f64>]) -> Self {
        let mut values = Vec::with_capacity(scores.len() * classes);
        for row in scores {
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let raised: Vec<f64> = row.iter().map(|score| (score - largest).exp()).collect();
            let sum: f64 = raised.iter().sum();
            values.extend(raised.iter().map(|value| value / sum));
        }
        Self::new(classes, values)
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Values per text: 1 for two classes, otherwise one per class.
    pub fn columns(&self) -> usize {
        if self.classes == 2 { 1 } else { self.classes }
    }

    /// The number of texts.
    pub fn texts(&self) -> usize {
        self.values.len() / self.columns()
    }

    /// All values, row by row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All values, row by row.
    pub fn into_values(self) -> Vec<f64> {
        self.values
    }

    /// The values of each text.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.columns())
    }

    /// P(class) of a text.
    pub fn of(&self, text: usize, label: Label) -> f64 {
        match (self.classes, label) {
            (2, 1) => self.values[text],
            (2, _) => 1.0 - self.values[text],
            (classes, label) => self.values[text * classes + usize::from(label)],
        }
    }

    /// The predicted label of every text: the class of the highest probability, the first of equals. Of two classes that is label 1
    /// where its probability is above one half, as in the published evaluation.
    pub fn predicted(&self) -> Vec<Label> {
        self.rows().map(predicted).collect()
    }

    /// The rows of these texts.
    #[must_use]
    pub fn select(&self, texts: &[usize]) -> Self {
        let columns = self.columns();
        let rows = texts
            .iter()
            .flat_map(|&text| &self.values[text * columns..(text + 1) * columns]);
        Self {
            classes: self.classes,
            values: rows.copied().collect(),
        }
    }
}

/// The label that a row of probabilities predicts.
fn predicted(row: &[f64]) -> Label {
    if let [positive] = row {
        return Label::from(*positive > 0.5);
    }
    let mut best = 0;
    for (label, &value) in row.iter().enumerate() {
        if value > row[best] {
            best = label;
        }
    }
    // Classes::new refuses more classes than a label can number.
    best as Label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_classes_have_one_column() {
        let two = Probabilities::two_class(vec![0.5, 0.75]);
        assert_eq!((two.classes(), two.columns(), two.texts()), (2, 1, 2));
        assert!((two.of(1, 1) - 0.75).abs() + (two.of(1, 0) - 0.25).abs() < 1e-15);
        assert_eq!(two.predicted(), [0, 1]);
    }

    #[test]
    fn shares_of_two_classes_keep_the_second_and_of_more_all() {
        let two = Probabilities::from_shares(2, [[0.25, 0.75], [1.0, 0.0]].iter());
        assert_eq!(two, Probabilities::two_class(vec![0.75, 0.0]));
        let rows = [vec![0.2, 0.5, 0.3], vec![0.4, 0.2, 0.4]];
        let three = Probabilities::from_shares(3, rows.iter());
        assert_eq!(three, Probabilities::new(3, rows.concat()));
        let none: [Vec<f64>; 0] = [];
        assert_eq!(Probabilities::from_shares(2, none.iter()).texts(), 0);
    }

    #[test]
    fn several_classes_have_a_column_each_and_ties_go_to_the_first() {
        let three = Probabilities::new(3, vec![0.2, 0.5, 0.3, 0.4, 0.2, 0.4]);
        assert_eq!((three.classes(), three.columns(), three.texts()), (3, 3, 2));
        assert!((three.of(0, 2) - 0.3).abs() < 1e-15);
        assert_eq!(three.predicted(), [1, 0]);
        assert_eq!(three.select(&[1]).values(), [0.4, 0.2, 0.4]);
    }
}
