//! Classes of labels: told from a training pool, checked against one, and looked up for every text.

use std::collections::HashMap;

use fsl_common::classes::{Classes, Label, MAX_CLASSES};

use super::DataError;
use super::distinct::{DistinctLabel, DistinctLabels, label_text, number};
use super::guess::Difference;
use super::label_errors::{Doubt, DoubtfulClasses, EmptyClasses, UnknownLabels};
use super::labels::LabelColumn;

/// Texts from which on a label for every second one is more than classes have.
const MANY_TEXTS: usize = 20;

impl LabelColumn {
    /// The classes of a training pool: its distinct labels. Of two, `positive` may be the positive one.
    ///
    /// # Errors
    /// A single label, labels that are hardly classes (see [`Doubt`]), a positive class that is none of two.
    pub fn infer_classes(&self, positive: Option<&str>) -> Result<Classes, DataError> {
        self.distinct.infer_classes(positive)
    }

    /// Each text's label as one of `classes`.
    ///
    /// # Errors
    /// Labels that are none of the classes, all in one error.
    pub fn labels(&self, classes: &Classes) -> Result<Vec<Label>, DataError> {
        let labels = self.distinct.classes_by_line(classes)?;
        Ok(self.select(&labels))
    }

    /// The classes that no text has.
    pub fn missing(&self, classes: &Classes) -> Vec<Label> {
        self.distinct.missing(classes)
    }

    /// How many texts each class has; labels that are none of the classes do not count.
    pub fn counts(&self, classes: &Classes) -> Vec<usize> {
        self.distinct.counts(classes)
    }

    /// Checks that these labels are a training pool for the classes.
    ///
    /// # Errors
    /// As [`LabelColumn::labels`]; classes that no text has.
    pub fn check_classes(&self, classes: &Classes) -> Result<(), DataError> {
        self.distinct.check_classes(classes)
    }
}

impl DistinctLabels {
    /// As [`LabelColumn::infer_classes`].
    pub(super) fn infer_classes(&self, positive: Option<&str>) -> Result<Classes, DataError> {
        let found = self.sorted();
        if let [only] = found.as_slice() {
            return Err(self.one_class(&only.name));
        }
        if let Some(doubt) = doubt(&found, self.texts()) {
            return Err(self.doubtful(doubt, found));
        }
        let names: Vec<String> = found.into_iter().map(|label| label.name).collect();
        Classes::new(names.clone(), positive.map(label_text)).map_err(|problem| {
            DataError::Classes {
                path: self.path.clone(),
                column: self.column.clone(),
                classes: names,
                problem,
            }
        })
    }

    /// Each distinct label as one of `classes`.
    ///
    /// # Errors
    /// As [`LabelColumn::labels`].
    pub(super) fn classes_by_line(&self, classes: &Classes) -> Result<Vec<Label>, DataError> {
        let known = by_name(classes);
        let found: Vec<Option<Label>> = self
            .by_line
            .iter()
            .map(|label| known.get(label.name.as_str()).copied())
            .collect();
        if let Some(labels) = found.iter().copied().collect() {
            return Ok(labels);
        }
        let labels = self.by_line.iter().zip(&found);
        let unknown = labels.filter(|(_, known)| known.is_none());
        Err(DataError::UnknownLabels(Box::new(UnknownLabels {
            path: self.path.clone(),
            column: self.column.clone(),
            classes: classes.names().to_vec(),
            unknown: unknown.map(|(label, _)| label.clone()).collect(),
        })))
    }

    fn missing(&self, classes: &Classes) -> Vec<Label> {
        let counts = self.counts(classes);
        let missing = counts.iter().enumerate().filter(|(_, count)| **count == 0);
        missing.map(|(label, _)| label as Label).collect()
    }

    fn counts(&self, classes: &Classes) -> Vec<usize> {
        let known = by_name(classes);
        let mut counts = vec![0; classes.count()];
        for label in &self.by_line {
            if let Some(&class) = known.get(label.name.as_str()) {
                counts[usize::from(class)] += label.count;
            }
        }
        counts
    }

    /// As [`LabelColumn::check_classes`].
    pub(super) fn check_classes(&self, classes: &Classes) -> Result<(), DataError> {
        self.classes_by_line(classes)?;
        let missing = self.missing(classes);
        match missing.as_slice() {
            [] => Ok(()),
            [other] if classes.count() == 2 => Err(self.one_class(classes.name(1 - other))),
            _ => Err(DataError::EmptyClasses(Box::new(EmptyClasses {
                path: self.path.clone(),
                column: self.column.clone(),
                counts: classes
                    .names()
                    .iter()
                    .cloned()
                    .zip(self.counts(classes))
                    .collect(),
            }))),
        }
    }

    /// The error that says why labels, `found` among them, are hardly classes.
    pub(super) fn doubtful(&self, doubt: Doubt, found: Vec<DistinctLabel>) -> DataError {
        DataError::DoubtfulClasses(Box::new(DoubtfulClasses {
            path: self.path.clone(),
            column: self.column.clone(),
            doubt,
            found,
        }))
    }

    fn one_class(&self, class: &str) -> DataError {
        DataError::OneClass {
            class: class.to_owned(),
            got: self.texts(),
        }
    }
}

/// The labels of the classes by their names as a column has them.
pub(super) fn by_name(classes: &Classes) -> HashMap<&str, Label> {
    let names = classes.names().iter().map(String::as_str).map(label_text);
    names.zip(0..).collect()
}

/// Why the distinct labels of `texts` texts are hardly classes, if they are not.
fn doubt(found: &[DistinctLabel], texts: usize) -> Option<Doubt> {
    if found.len() > MAX_CLASSES {
        let allowed = MAX_CLASSES;
        return Some(Doubt::TooMany { allowed });
    }
    if texts >= MANY_TEXTS && 2 * found.len() > texts {
        return Some(Doubt::NearlyAsManyAsTexts { texts });
    }
    alike(found).or_else(|| mixed(found))
}

/// Two labels that look like one.
fn alike(found: &[DistinctLabel]) -> Option<Doubt> {
    for (place, second) in found.iter().enumerate() {
        for first in &found[..place] {
            if let Some(difference) = Difference::between(&first.name, &second.name) {
                return Some(Doubt::Alike {
                    labels: [first.name.clone(), second.name.clone()],
                    difference,
                });
            }
        }
    }
    None
}

/// Numbers among words, or words among numbers.
fn mixed(found: &[DistinctLabel]) -> Option<Doubt> {
    odd_kind(found).map(|odd| Doubt::Mixed { odd })
}

/// Where some labels are numbers and others are words, those of the kind that fewer texts have; of equals the words.
pub(super) fn odd_kind(found: &[DistinctLabel]) -> Option<Vec<DistinctLabel>> {
    let is_number = |label: &&DistinctLabel| number(&label.name).is_some();
    let (numbers, words): (Vec<&DistinctLabel>, Vec<_>) = found.iter().partition(is_number);
    if numbers.is_empty() || words.is_empty() {
        return None;
    }
    let texts = |labels: &[&DistinctLabel]| labels.iter().map(|label| label.count).sum::<usize>();
    let odd = if texts(&numbers) < texts(&words) {
        numbers
    } else {
        words
    };
    Some(odd.into_iter().cloned().collect())
}
