//! Classes: what the texts of a dataset are sorted into.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A class by its place among [`Classes::names`], from 0.
pub type Label = u16;

/// The most classes that a dataset may have.
pub const MAX_CLASSES: usize = 1_000;

/// The classes of a dataset in order; of two, the second may be the positive one.
///
/// Labels are places in this order, and probabilities have one column per class in this order. The exception is two classes, whose
/// one column is the probability of label 1 ([`Probabilities`](super::probabilities::Probabilities)).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, try_from = "Unchecked")]
pub struct Classes {
    names: Vec<String>,
    /// Whether label 1 is the class that F1, precision and recall are of.
    positive: bool,
}

/// Classes as written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Unchecked {
    names: Vec<String>,
    positive: bool,
}

fn counted(classes: usize) -> String {
    match classes {
        1 => "1 class".to_owned(),
        _ => format!("{classes} classes"),
    }
}

/// What can be wrong with a list of classes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ClassesError {
    /// There are fewer than two, or too many.
    #[error("{}, must be from 2 to {MAX_CLASSES}", counted(*.0))]
    Count(usize),
    /// A name is empty.
    #[error("class {0} has an empty name")]
    Empty(usize),
    /// Two classes have the same name.
    #[error("`{0}` is there twice")]
    Repeated(String),
    /// The positive class is none of the classes.
    #[error("the positive class `{0}` is not among the classes")]
    UnknownPositive(String),
    /// A positive class needs exactly one other.
    #[error("a positive class needs exactly two classes, got {0}")]
    PositiveOfMany(usize),
}

impl Classes {
    /// The two classes called `0` and `1`, of which `1` is positive.
    pub fn zero_one() -> Self {
        Self {
            names: vec!["0".to_owned(), "1".to_owned()],
            positive: true,
        }
    }

    /// Classes in this order. The positive one of two is put last, so that it is label 1. Classes called `0` and `1` in this order
    /// have the positive class `1` unless the other one is named.
    ///
    /// # Errors
    /// See [`ClassesError`].
    pub fn new(mut names: Vec<String>, positive: Option<&str>) -> Result<Self, ClassesError> {
        if !(2..=MAX_CLASSES).contains(&names.len()) {
            return Err(ClassesError::Count(names.len()));
        }
        if let Some(empty) = names.iter().position(String::is_empty) {
            return Err(ClassesError::Empty(empty + 1));
        }
        for (place, name) in names.iter().enumerate() {
            if names[..place].contains(name) {
                return Err(ClassesError::Repeated(name.clone()));
            }
        }
        let Some(positive) = positive else {
            let positive = names == ["0", "1"];
            return Ok(Self { names, positive });
        };
        if names.len() > 2 {
            return Err(ClassesError::PositiveOfMany(names.len()));
        }
        match names.iter().position(|name| name == positive) {
            None => Err(ClassesError::UnknownPositive(positive.to_owned())),
            Some(place) => {
                if place == 0 {
                    names.swap(0, 1);
                }
                Ok(Self {
                    names,
                    positive: true,
                })
            }
        }
    }

    /// The names, by label.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of classes, at least 2.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// The name of a label; empty for a label that is none of these classes.
    pub fn name(&self, label: Label) -> &str {
        self.names
            .get(usize::from(label))
            .map_or("", String::as_str)
    }

    /// The label of the class called `name`.
    pub fn label(&self, name: &str) -> Option<Label> {
        let place = self.names.iter().position(|known| known == name)?;
        Label::try_from(place).ok()
    }

    /// Whether F1, precision and recall are of label 1; otherwise they are averages over the classes.
    pub fn has_positive(&self) -> bool {
        self.positive
    }

    /// The name of the class that F1, precision and recall are of.
    pub fn positive(&self) -> Option<&str> {
        self.positive.then(|| self.name(1))
    }

    /// Whether these are `0` and `1`, of which `1` is positive.
    pub fn are_zero_one(&self) -> bool {
        self.positive && self.names == ["0", "1"]
    }
}

impl TryFrom<Unchecked> for Classes {
    type Error = ClassesError;

    fn try_from(Unchecked { names, positive }: Unchecked) -> Result<Self, ClassesError> {
        let last = names.last().cloned().unwrap_or_default();
        let mut classes = Self::new(names, positive.then_some(last.as_str()))?;
        classes.positive = positive;
        Ok(classes)
    }
}

impl Default for Classes {
    fn default() -> Self {
        Self::zero_one()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(names: &[&str], positive: Option<&str>) -> Result<Classes, ClassesError> {
        Classes::new(
            names.iter().map(|&name| name.to_owned()).collect(),
            positive,
        )
    }

    #[test]
    fn the_positive_class_is_label_1() {
        let spam = classes(&["spam", "ham"], Some("spam")).unwrap();
        assert_eq!(
            (spam.names(), spam.positive()),
            (["ham", "spam"].map(str::to_owned).as_slice(), Some("spam"))
        );
        let neither = classes(&["ham", "spam"], None).unwrap();
        assert_eq!((neither.positive(), neither.label("spam")), (None, Some(1)));
        assert_eq!(neither.name(0), "ham");
        assert_eq!(neither.label("eggs"), None);
    }

    #[test]
    fn zero_and_one_have_a_positive_class_by_themselves() {
        assert_eq!(classes(&["0", "1"], None).unwrap(), Classes::zero_one());
        assert!(classes(&["0", "1"], Some("1")).unwrap().are_zero_one());
        let other = classes(&["0", "1"], Some("0")).unwrap();
        assert_eq!((other.are_zero_one(), other.positive()), (false, Some("0")));
        assert_eq!(classes(&["1", "0"], None).unwrap().positive(), None);
    }

    #[test]
    fn faulty_lists_are_refused() {
        assert_eq!(classes(&["a"], None), Err(ClassesError::Count(1)));
        assert_eq!(classes(&["a", ""], None), Err(ClassesError::Empty(2)));
        assert_eq!(
            classes(&["a", "b", "a"], None),
            Err(ClassesError::Repeated("a".to_owned()))
        );
        assert_eq!(
            classes(&["a", "b"], Some("c")),
            Err(ClassesError::UnknownPositive("c".to_owned()))
        );
        assert_eq!(
            classes(&["a", "b", "c"], Some("c")),
            Err(ClassesError::PositiveOfMany(3))
        );
    }

    #[test]
    fn written_classes_read_back_and_are_checked() {
        for (names, positive) in [
            (["ham", "spam"], Some("spam")),
            (["ham", "spam"], None),
            (["1", "0"], None),
        ] {
            let classes = classes(&names, positive).unwrap();
            let text = serde_json::to_string(&classes).unwrap();
            assert_eq!(serde_json::from_str::<Classes>(&text).unwrap(), classes);
        }
        assert!(serde_json::from_str::<Classes>(r#"{"names":["a"],"positive":false}"#).is_err());
    }
}
