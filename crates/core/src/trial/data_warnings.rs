//! What makes scores on the texts of a trial or of a dataset doubtful, counted.

use serde::{Deserialize, Serialize};

use fsl_common::classes::{Classes, Label};
use fsl_common::truncation::Truncation;
use fsl_data::{self as data, Overlap};

/// What makes scores on these texts doubtful. Texts are as the method reads them, after the text rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DataWarnings {
    /// Test texts that are also training texts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub test_in_training: Overlap,
    /// Test texts that are also among those that a student is trained on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub test_in_transfer: Overlap,
    /// Training texts that are there again with another label.
    #[serde(default, skip_serializing_if = "is_default")]
    pub conflicting_labels: u64,
    /// Training texts without a word.
    #[serde(default, skip_serializing_if = "is_default")]
    pub empty_training: u64,
    /// Test texts without a word.
    #[serde(default, skip_serializing_if = "is_default")]
    pub empty_test: u64,
    /// Transfer texts without a word.
    #[serde(default, skip_serializing_if = "is_default")]
    pub empty_transfer: u64,
    /// Classes without a test text.
    #[serde(default, skip_serializing_if = "is_default")]
    pub absent_test_classes: Vec<String>,
    /// The class of all test texts, if they have only one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub only_test_class: Option<String>,
    /// What the encoder does not read of the training texts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub truncated_training: Truncation,
    /// What it does not read of the texts that a student is trained on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub truncated_transfer: Truncation,
    /// What it does not read of the test texts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub truncated_test: Truncation,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Texts and their labels; no labels where none are known.
#[derive(Debug, Clone, Copy)]
pub struct LabelledTexts<'a> {
    /// The texts.
    pub texts: &'a [String],
    /// The labels.
    pub labels: &'a [Label],
}

impl DataWarnings {
    /// What follows from the texts and labels alone. `transfer` is what a student is trained on.
    pub fn new(
        train: LabelledTexts,
        test: LabelledTexts,
        transfer: &[String],
        classes: &Classes,
    ) -> Self {
        let mut warnings = Self {
            test_in_training: data::overlap(test.texts, train.texts),
            test_in_transfer: data::overlap(test.texts, transfer),
            conflicting_labels: data::conflicting_labels(train.texts, train.labels),
            empty_training: data::empty_texts(train.texts),
            empty_test: data::empty_texts(test.texts),
            empty_transfer: data::empty_texts(transfer),
            ..Self::default()
        };
        warnings.find_absent_classes(test.labels, classes);
        warnings
    }

    /// What follows from the labels alone, for methods that do not read the texts.
    pub fn of_labels(test: &[Label], classes: &Classes) -> Self {
        let mut warnings = Self::default();
        warnings.find_absent_classes(test, classes);
        warnings
    }

    fn find_absent_classes(&mut self, test: &[Label], classes: &Classes) {
        if test.is_empty() {
            return;
        }
        let named = classes.names().iter().zip(0..);
        let (present, absent): (Vec<_>, Vec<_>) =
            named.partition(|(_, label)| test.contains(label));
        if let [(only, _)] = present.as_slice() {
            self.only_test_class = Some((*only).clone());
        }
        self.absent_test_classes = absent.into_iter().map(|(name, _)| name.clone()).collect();
    }

    /// Whether there is nothing to warn of.
    pub fn is_empty(&self) -> bool {
        is_default(self)
    }

    /// The warnings about two trials in one: of each count the larger one, and the classes of both.
    pub fn merge(&mut self, other: &Self) {
        let more = |own: &mut Overlap, other: Overlap| {
            if other.texts > own.texts {
                *own = other;
            }
        };
        more(&mut self.test_in_training, other.test_in_training);
        more(&mut self.test_in_transfer, other.test_in_transfer);
        self.conflicting_labels = self.conflicting_labels.max(other.conflicting_labels);
        self.empty_training = self.empty_training.max(other.empty_training);
        self.empty_test = self.empty_test.max(other.empty_test);
        self.empty_transfer = self.empty_transfer.max(other.empty_transfer);
        for class in &other.absent_test_classes {
            if !self.absent_test_classes.contains(class) {
                self.absent_test_classes.push(class.clone());
            }
        }
        if self.only_test_class.is_none() {
            self.only_test_class.clone_from(&other.only_test_class);
        }
        let longer = |own: &mut Truncation, other: Truncation| {
            if other.is_worse_than(*own) {
                *own = other;
            }
        };
        longer(&mut self.truncated_training, other.truncated_training);
        longer(&mut self.truncated_transfer, other.truncated_transfer);
        longer(&mut self.truncated_test, other.truncated_test);
    }

    /// Each warning as a clause, such as `2 test texts are also training texts`. `scored` is what the scored texts are called, usually
    /// `test`.
    pub fn clauses(&self, scored: &str) -> Vec<String> {
        let sets = [
            overlap(self.test_in_training, scored, "training"),
            overlap(self.test_in_transfer, scored, "transfer"),
            counted(
                self.conflicting_labels,
                "training",
                ["has", "have"],
                "more than one label",
            ),
            counted(self.empty_training, "training", ["is", "are"], "empty"),
            counted(self.empty_transfer, "transfer", ["is", "are"], "empty"),
            counted(self.empty_test, scored, ["is", "are"], "empty"),
            self.classes(scored),
            self.truncated_training.sentence("training"),
            self.truncated_transfer.sentence("transfer"),
            self.truncated_test.sentence(scored),
        ];
        sets.into_iter().flatten().collect()
    }

    fn classes(&self, scored: &str) -> Option<String> {
        /// Classes that are named at most.
        const NAMED: usize = 5;
        if let Some(only) = &self.only_test_class {
            return Some(format!(
                "all {scored} texts are labelled `{only}`, so that F1, MCC and AUC say nothing about a model"
            ));
        }
        let absent = &self.absent_test_classes;
        let names: Vec<String> = (absent.iter().take(NAMED))
            .map(|class| format!("`{class}`"))
            .collect();
        let more = match absent.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!absent.is_empty())
            .then(|| format!("no {scored} text is labelled {}{more}", names.join(", ")))
    }
}

/// `2 test texts are also training texts`.
fn overlap(Overlap { texts, exact }: Overlap, set: &str, other: &str) -> Option<String> {
    let (noun, are, a) = match texts {
        0 => return None,
        1 => ("text", "is", "a "),
        _ => ("texts", "are", ""),
    };
    let folded = match texts - exact.min(texts) {
        0 => "",
        all if all == texts => " (ignoring case and spaces)",
        _ => " (some of them only when case and spaces are ignored)",
    };
    Some(format!(
        "{texts} {set} {noun} {are} also {a}{other} {noun}{folded}"
    ))
}

/// `1 test text is empty`.
fn counted(count: u64, set: &str, [has, have]: [&str; 2], what: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {set} text {has} {what}")),
        _ => Some(format!("{count} {set} texts {have} {what}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn every_warning_is_counted_and_worded() {
        let train = own(&["good day", "Good day", "", "bad"]);
        let test = own(&["bad", "new", " ", "good  day", "seen"]);
        let transfer = own(&["Seen", "  "]);
        let train = LabelledTexts {
            texts: &train,
            labels: &[0, 1, 0, 0],
        };
        let test = LabelledTexts {
            texts: &test,
            labels: &[1; 5],
        };
        let mut warnings = DataWarnings::new(train, test, &transfer, &Classes::zero_one());
        warnings.truncated_test = Truncation {
            texts: 2,
            tokens: 1,
            of_tokens: 10,
            ..Truncation::default()
        };
        assert_eq!(
            warnings.clauses("test"),
            [
                "2 test texts are also training texts (some of them only when case and spaces are ignored)",
                "1 test text is also a transfer text (ignoring case and spaces)",
                "2 training texts have more than one label",
                "1 training text is empty",
                "1 transfer text is empty",
                "1 test text is empty",
                "all test texts are labelled `1`, so that F1, MCC and AUC say nothing about a model",
                "2 test texts are cut at max-tokens (10.0 % of all tokens)",
            ]
        );
    }

    #[test]
    fn clean_texts_raise_no_warning_and_only_warnings_are_stored() {
        let (train, test) = (own(&["a", "b"]), own(&["c", "d"]));
        let clean = DataWarnings::new(
            LabelledTexts {
                texts: &train,
                labels: &[0, 1],
            },
            LabelledTexts {
                texts: &test,
                labels: &[0, 1],
            },
            &[],
            &Classes::zero_one(),
        );
        assert!(clean.is_empty() && clean.clauses("test").is_empty());
        let json = serde_json::to_string(&DataWarnings {
            empty_test: 2,
            ..DataWarnings::default()
        });
        assert_eq!(json.unwrap(), r#"{"empty-test":2}"#);
    }

    #[test]
    fn classes_without_a_test_text_are_named() {
        let names = own(&["a", "b", "c", "d", "e", "f", "g", "h"]);
        let classes = Classes::new(names, None).unwrap();
        let said = |labels: &[Label]| DataWarnings::of_labels(labels, &classes).clauses("test");
        assert_eq!(
            said(&[0, 1]),
            ["no test text is labelled `c`, `d`, `e`, `f`, `g` and 1 more"]
        );
        assert_eq!(
            said(&[0, 1, 2, 3, 4, 5, 7]),
            ["no test text is labelled `g`"]
        );
        assert_eq!(said(&[0, 1, 2, 3, 4, 5, 6, 7]), [""; 0]);
    }

    #[test]
    fn of_two_trials_the_larger_counts_stay() {
        let mut all = DataWarnings {
            empty_test: 3,
            absent_test_classes: own(&["a"]),
            ..DataWarnings::default()
        };
        all.merge(&DataWarnings {
            empty_test: 2,
            conflicting_labels: 4,
            absent_test_classes: own(&["a", "b"]),
            ..DataWarnings::default()
        });
        let expected = DataWarnings {
            empty_test: 3,
            conflicting_labels: 4,
            absent_test_classes: own(&["a", "b"]),
            ..DataWarnings::default()
        };
        assert_eq!(all, expected);
    }
}
