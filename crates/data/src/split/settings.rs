//! The settings of a split.

use fsl_common::classes::Classes;

use super::SplitError;
use super::report::Parameters;
use super::sets::{Set, Size, TEXT_PP};
use crate::preprocess::Rules;
use crate::stream::Delimiter;

/// How sets are drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What separates the fields of the input. Sets have commas.
    pub delimiter: Delimiter,
    /// The column of texts.
    pub text_column: String,
    /// The column of labels.
    pub label_column: String,
    /// The classes; without any they are the labels of the file.
    pub classes: Option<Classes>,
    /// The rules that make `text_pp`, by which texts are compared and measured. Without any, `text_pp` is the input's column of
    /// that name or, where there is none, the text itself.
    pub rules: Option<Rules>,
    /// The least characters (Unicode scalar values) that a text has after the rules.
    pub min_chars: usize,
    /// Whether a text that is there more than once may be drawn more than once, into one set. Otherwise the first is used,
    /// with its label.
    pub keep_duplicates: bool,
    /// Whether rows with a bad label (empty, or none of the classes) or a wrong number of fields are counted and left out, instead of being an error.
    pub skip_bad_rows: bool,
    /// The seed of all draws.
    pub seed: u64,
    /// The size of the training set.
    pub train: Option<Size>,
    /// The size of the test set, which is drawn before the others.
    pub test: Option<Size>,
    /// The size of the transfer set.
    pub transfer: Option<Size>,
    /// Whether the transfer set shows its labels.
    pub transfer_labels: bool,
}

impl Settings {
    /// The size of a set, if it is asked for.
    pub fn size(&self, set: Set) -> Option<&Size> {
        match set {
            Set::Train => self.train.as_ref(),
            Set::Test => self.test.as_ref(),
            Set::Transfer => self.transfer.as_ref(),
        }
    }

    /// Whether the settings can be met by any file.
    ///
    /// # Errors
    /// No set, two sets that have the rest, or two columns of one name.
    pub fn check(&self) -> Result<(), SplitError> {
        if Set::ALL.iter().all(|&set| self.size(set).is_none()) {
            return Err(SplitError::NoSet);
        }
        let mut rests = Set::ALL
            .into_iter()
            .filter(|&set| self.size(set) == Some(&Size::Rest));
        if let (Some(first), Some(second)) = (rests.next(), rests.next()) {
            return Err(SplitError::TwoRests { first, second });
        }
        let made = self.rules.is_some().then_some(TEXT_PP);
        let names = [Some(self.text_column.as_str()), made];
        let taken = names.contains(&Some(&self.label_column));
        if taken || names[0] == names[1] || self.label_column == TEXT_PP {
            let column = if taken { &self.label_column } else { TEXT_PP };
            return Err(SplitError::SameColumn {
                column: column.to_owned(),
            });
        }
        Ok(())
    }

    /// The settings as the report has them.
    pub(super) fn parameters(&self) -> Parameters {
        let size = |set| self.size(set).map(Size::to_string);
        let classes = self.classes.as_ref();
        Parameters {
            delimiter: match self.delimiter {
                Delimiter::Auto => "auto".to_owned(),
                Delimiter::Is(byte) => char::from(byte).to_string(),
            },
            text_column: self.text_column.clone(),
            label_column: self.label_column.clone(),
            classes: classes.map(|classes| classes.names().to_vec()),
            rules: match self.rules {
                None => "none",
                Some(Rules::Reference) => "reference",
                Some(Rules::Tidy) => "tidy",
            }
            .to_owned(),
            min_chars: self.min_chars,
            keep_duplicates: self.keep_duplicates,
            skip_bad_rows: self.skip_bad_rows,
            seed: self.seed,
            train: size(Set::Train),
            test: size(Set::Test),
            transfer: size(Set::Transfer),
            transfer_labels: self.transfer_labels,
        }
    }
}
