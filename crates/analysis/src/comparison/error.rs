//! Errors of comparisons.

use std::path::PathBuf;

use fsl_common::spelling::nearest;
use thiserror::Error;

/// Why rows cannot be compared.
#[derive(Debug, Error)]
pub enum CompareError {
    /// No row has this name.
    #[error("there is no row `{wanted}` in these specs")]
    NoRow {
        /// The name.
        wanted: String,
        /// The names of the rows that there are.
        known: Vec<String>,
    },
    /// Several rows have this name.
    #[error("row `{wanted}` is ambiguous: {} rows have this id", matches.len())]
    Ambiguous {
        /// The name.
        wanted: String,
        /// The full names of the rows that have it.
        matches: Vec<String>,
    },
    /// A pair of a row and itself.
    #[error("cannot compare `{row}` with itself")]
    Itself {
        /// The row.
        row: String,
    },
    /// Fewer than two rows.
    #[error("not enough rows to compare: these specs have {rows}")]
    TooFew {
        /// How many there are.
        rows: usize,
    },
    /// No row has another one to be compared with.
    #[error(
        "nothing to compare with: no other row comes before these (in a sweep: at the same point)"
    )]
    NoPair,
    /// Rows over different test texts.
    #[error("cannot compare `{}` with `{}`: they were scored on different test texts: {} and {}", rows[0], rows[1], tests[0].name(), tests[1].name())]
    OtherTexts {
        /// The rows.
        rows: [String; 2],
        /// The texts that each was scored on.
        tests: Box<[TestSet; 2]>,
    },
    /// Rows over different classes, or with another positive one.
    #[error("cannot compare `{}` with `{}`: they have {} and {}, or another positive class", rows[0], rows[1], classes[0], classes[1])]
    OtherClasses {
        /// The rows.
        rows: [String; 2],
        /// The classes of each.
        classes: [String; 2],
    },
    /// A metric of the positive class, where there is none.
    #[error("cannot compare `{row}` by {metric}: its data has no positive class")]
    NeedsPositive {
        /// The metric.
        metric: &'static str,
        /// The row.
        row: String,
    },
    /// An empty test set, or one that the metric has no value for.
    #[error("cannot compare `{row}`: {metric} is not defined for its predictions")]
    Undefined {
        /// The metric.
        metric: &'static str,
        /// The row.
        row: String,
    },
    /// A test set without the positive class.
    #[error("cannot compare `{row}`: no test text has label 1, so F1 is undefined")]
    NoPositives {
        /// The row that was scored on it.
        row: String,
    },
}

/// The texts that a row was scored on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestSet {
    /// Where they lie, if they are here.
    pub path: Option<PathBuf>,
    /// The SHA-256 of the file.
    pub sha256: String,
    /// The column of labels.
    pub label: String,
}

impl TestSet {
    fn name(&self) -> String {
        let path = self.path.as_ref();
        let path = path.map_or_else(String::new, |path| format!("`{}`, ", path.display()));
        let short = self.sha256.get(..16).unwrap_or(&self.sha256);
        format!("{path}sha256 {short}…, labels `{}`", self.label)
    }
}

/// The row's id in its full name, `experiment/row`, or the whole of a name without an experiment. A slash among the values of an arm,
/// such as `probe[encoder=hf:a/b]`, is part of the id.
fn row_id(name: &str) -> &str {
    let values = name.find('[').unwrap_or(name.len());
    name[..values]
        .find('/')
        .map_or(name, |slash| &name[slash + 1..])
}

impl CompareError {
    /// Whether the command line is at fault; otherwise the specs are.
    pub fn is_usage(&self) -> bool {
        !matches!(
            self,
            Self::OtherTexts { .. }
                | Self::OtherClasses { .. }
                | Self::Undefined { .. }
                | Self::NoPositives { .. }
        )
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let quoted = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        };
        match self {
            Self::NoRow { wanted, known } => {
                let near = nearest(row_id(wanted), known.iter().map(|name| row_id(name)));
                let near = near.and_then(|id| known.iter().find(|name| row_id(name) == id));
                Some(match near {
                    Some(name) => format!("did you mean `{name}`? The rows are {}", quoted(known)),
                    None => format!("the rows are {}", quoted(known)),
                })
            }
            Self::Ambiguous { matches, .. } => Some(format!("use a full name: {}", quoted(matches))),
            Self::Itself { .. } => Some("name another row with --against".to_owned()),
            Self::TooFew { .. } => Some("name specs with two rows or more".to_owned()),
            Self::NoPair => Some("name two rows with --pair".to_owned()),
            Self::OtherTexts { .. } => Some(
                "only rows over the same test file and labels can be compared; use the same test file in both specs and run them"
                    .to_owned(),
            ),
            Self::OtherClasses { .. } => Some(
                "give both specs the same `data.classes` and `data.positive`".to_owned(),
            ),
            Self::NeedsPositive { .. } => Some(
                "set `data.positive`, or choose another metric with --metric, such as macro-f1"
                    .to_owned(),
            ),
            Self::Undefined { .. } => Some("choose another metric with --metric".to_owned()),
            Self::NoPositives { .. } => Some(
                "F1 is computed for label 1: use a test file that has some, or swap the labels if 0 is the class of interest"
                    .to_owned(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_arm_is_named_where_its_values_have_slashes() {
        let error = |wanted: &str| CompareError::NoRow {
            wanted: wanted.to_owned(),
            known: ["t/probe[encoder=hf:x/b]", "t/probe[encoder=hf:a/b]"]
                .map(str::to_owned)
                .into(),
        };
        for wanted in ["t/prob[encoder=hf:a/b]", "prob[encoder=hf:a/b]"] {
            let hint = error(wanted).hint().unwrap();
            assert!(
                hint.starts_with("did you mean `t/probe[encoder=hf:a/b]`?"),
                "{hint}"
            );
        }
    }
}
