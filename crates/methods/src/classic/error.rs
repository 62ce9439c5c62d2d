//! Errors of fitting classic methods.

use thiserror::Error;

/// A reason why a classic method could not be fitted.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ClassicError {
    /// No word or n-gram is in enough texts.
    #[error("no n-gram of {words} to be found in at least {min_df} of {texts} texts")]
    EmptyVocabulary {
        /// The lengths of n-grams that count, such as `1 to 3 words`.
        words: String,
        /// In how many texts an n-gram must be.
        min_df: usize,
        /// How many texts there are.
        texts: usize,
    },
    /// A parameter is out of its range.
    #[error("`{name}`: got {got}, must be {allowed}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its value.
        got: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// Rows of features and labels differ in number.
    #[error("{rows} rows of features do not match {labels} labels")]
    Labels {
        /// Rows of features.
        rows: usize,
        /// Labels.
        labels: usize,
    },
    /// All labels are the same, or there are none.
    #[error("{got} labels of one class only, both classes are needed")]
    OneClass {
        /// How many labels there are.
        got: usize,
    },
    /// There are classes without a text.
    #[error("{empty} of {classes} classes have no training text")]
    EmptyClasses {
        /// How many have none.
        empty: usize,
        /// How many there are.
        classes: usize,
    },
    /// The rows have no columns.
    #[error("no features")]
    NoFeatures,
    /// A feature is infinite or not a number.
    #[error("row {row}, column {column} of the features: got {got}, must be finite")]
    NonFinite {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The value.
        got: f64,
    },
    /// The minimum was not reached.
    #[error(
        "the minimum was not reached in {iterations} iterations: the gradient is {gradient:.1e}, must be {tolerance:.1e}"
    )]
    NotConverged {
        /// Newton steps taken.
        iterations: usize,
        /// The largest part of the scaled gradient.
        gradient: f64,
        /// What it must come down to.
        tolerance: f64,
    },
}

impl ClassicError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::EmptyVocabulary { .. } => Some(
                "add texts, lower the number of texts an n-gram must be in, or keep stop words"
                    .to_owned(),
            ),
            Self::OneClass { .. } => Some("add texts of the other class".to_owned()),
            Self::EmptyClasses { .. } => Some("add texts of every class".to_owned()),
            Self::NotConverged { .. } => Some(
                "bring the features to a scale near 1, or lower `c` where there is one".to_owned(),
            ),
            Self::Parameter { .. }
            | Self::Labels { .. }
            | Self::NoFeatures
            | Self::NonFinite { .. } => None,
        }
    }
}
