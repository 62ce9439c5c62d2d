//! Counts of labels.

use fsl_common::classes::Label;

use super::ClassicError;

/// How many of the labels are of each class.
///
/// # Errors
/// A label that is not below `classes`, or a class that no label is of.
pub(crate) fn counts_per_class(
    labels: &[Label],
    classes: usize,
) -> Result<Vec<usize>, ClassicError> {
    let mut counts = vec![0; classes];
    for &label in labels {
        let Some(count) = counts.get_mut(usize::from(label)) else {
            return Err(ClassicError::Parameter {
                name: "label",
                got: label.to_string(),
                allowed: "below the number of classes",
            });
        };
        *count += 1;
    }
    let empty = counts.iter().filter(|count| **count == 0).count();
    if empty > 0 {
        return Err(ClassicError::EmptyClasses { empty, classes });
    }
    Ok(counts)
}

/// Refuses labels that leave out a class.
///
/// # Errors
/// A class that no label is of, a label that is not below `classes`.
pub(crate) fn check_all_occur(labels: &[Label], classes: usize) -> Result<(), ClassicError> {
    if classes == 2 && labels.windows(2).all(|pair| pair[0] == pair[1]) {
        return Err(ClassicError::OneClass { got: labels.len() });
    }
    counts_per_class(labels, classes).map(|_| ())
}

/// The label that most texts have, the lowest of equals, as scikit-learn's `DummyClassifier(strategy="most_frequent")` has it; 0
/// where there are no labels.
pub fn majority_label(labels: &[Label]) -> Label {
    let mut sorted = labels.to_vec();
    sorted.sort_unstable();
    let mut best: &[Label] = &[];
    for same in sorted.chunk_by(|a, b| a == b) {
        if same.len() > best.len() {
            best = same;
        }
    }
    best.first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: `DummyClassifier(strategy="most_frequent")` of scikit-learn, which takes the lowest label on a tie.
    #[test]
    fn the_majority_is_the_most_frequent_label_and_the_lowest_of_equals() {
        assert_eq!(majority_label(&[2, 1, 2, 0]), 2);
        assert_eq!(majority_label(&[5, 3, 5, 3, 0]), 3);
        assert_eq!(majority_label(&[1, 0]), 0);
        assert_eq!(majority_label(&[]), 0);
    }

    #[test]
    fn classes_without_a_text_are_counted() {
        assert_eq!(counts_per_class(&[0, 2, 1, 2], 3), Ok(vec![1, 1, 2]));
        let fault = |labels: &[Label]| counts_per_class(labels, 4).unwrap_err().to_string();
        assert_eq!(fault(&[0, 2, 2]), "2 of 4 classes have no training text");
        assert_eq!(
            fault(&[0, 4]),
            "`label`: got 4, must be below the number of classes"
        );
    }

    #[test]
    fn both_of_two_classes_are_needed() {
        assert_eq!(check_all_occur(&[0, 1], 2), Ok(()));
        let fault = |labels: &[Label], classes| check_all_occur(labels, classes).unwrap_err();
        assert_eq!(fault(&[1, 1], 2), ClassicError::OneClass { got: 2 });
        let empty = ClassicError::EmptyClasses {
            empty: 1,
            classes: 3,
        };
        assert_eq!(fault(&[0, 1], 3), empty);
    }
}
