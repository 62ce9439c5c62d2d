//! References to rows of experiments.

use serde::Deserialize;

/// A row of an experiment, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(from = "String")]
pub struct RowRef {
    /// The experiment's name; empty in a spec that names a row of its own.
    pub experiment: String,
    /// The row's id.
    pub row: String,
}

impl From<String> for RowRef {
    /// `row`, or `experiment/row`; the point of an arm may have a `/` in it.
    fn from(written: String) -> Self {
        let row = written.split('[').next().unwrap_or(&written);
        match row.find('/') {
            Some(slash) if slash > 0 => Self {
                experiment: written[..slash].to_owned(),
                row: written[slash + 1..].to_owned(),
            },
            _ => Self {
                experiment: String::new(),
                row: written,
            },
        }
    }
}

impl std::fmt::Display for RowRef {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.experiment, self.row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn experiment_and_row_are_told_apart_before_the_point() {
        let parsed = |text: &str| {
            let RowRef { experiment, row } = RowRef::from(text.to_owned());
            (experiment, row)
        };
        let pair = |experiment: &str, row: &str| (experiment.to_owned(), row.to_owned());
        assert_eq!(parsed("fsl"), pair("", "fsl"));
        assert_eq!(parsed("other/fsl"), pair("other", "fsl"));
        assert_eq!(parsed("fsl[encoder=./a/b]"), pair("", "fsl[encoder=./a/b]"));
        assert_eq!(parsed("other/fsl[c=1]"), pair("other", "fsl[c=1]"));
    }
}
