//! Errors in labels: classes that cannot be told from a column, labels that are none of the classes, classes without texts.

use std::fmt;
use std::path::PathBuf;

use super::distinct::{DistinctLabel, listed, quoted, shown};
use super::guess::{self, Difference};

/// Labels of a column that are none of the classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLabels {
    /// The file.
    pub path: PathBuf,
    /// The column of labels.
    pub column: String,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The labels that are none of them, at least one, by the line of their first text.
    pub unknown: Vec<DistinctLabel>,
}

impl fmt::Display for UnknownLabels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, column) = (self.path.display(), &self.column);
        let classes = match self.classes.as_slice() {
            [first, second] => format!("`{}` or `{}`", shown(first), shown(second)),
            classes => format!("one of {}", quoted(classes)),
        };
        if let [only] = self.unknown.as_slice()
            && only.count == 1
        {
            let (line, name) = (only.first_line, shown(&only.name));
            return write!(
                formatter,
                "`{path}`, line {line}: column `{column}`: got `{name}`, must be {classes}"
            );
        }
        let unknown = listed(&self.unknown);
        write!(
            formatter,
            "`{path}`: column `{column}`: got {unknown}, must be {classes}"
        )
    }
}

impl UnknownLabels {
    /// What the user probably forgot.
    pub fn hint(&self) -> String {
        guess::hint(&self.unknown, &self.classes, &self.column)
    }
}

/// Classes that no training text has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmptyClasses {
    /// The file.
    pub path: PathBuf,
    /// The column of labels.
    pub column: String,
    /// Every class with the number of its texts; some have none.
    pub counts: Vec<(String, usize)>,
}

impl fmt::Display for EmptyClasses {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let none = self.counts.iter().filter(|(_, count)| *count == 0);
        let none: Vec<String> = none.map(|(name, _)| name.clone()).collect();
        let some = self.counts.iter().filter(|(_, count)| *count > 0).take(20);
        let some: Vec<String> = some
            .map(|(name, count)| format!("`{}` {count}", shown(name)))
            .collect();
        let more = self.counts.len() - none.len() - some.len();
        write!(
            formatter,
            "`{}`: column `{}`: no text has the label {}; texts by label: {}",
            self.path.display(),
            self.column,
            quoted(&none),
            some.join(", ")
        )?;
        match more {
            0 => Ok(()),
            more => write!(formatter, " and {more} more"),
        }
    }
}

/// Why the distinct labels of a column are hardly its classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// There are more than a dataset may have.
    TooMany {
        /// The most that are allowed.
        allowed: usize,
    },
    /// There already are more than a dataset may have, and what comes after this line was not read.
    TooManySoFar {
        /// The most that are allowed.
        allowed: usize,
        /// The line, from 1, of the first text with one label too many.
        line: u64,
    },
    /// Most texts have a label of their own.
    NearlyAsManyAsTexts {
        /// How many texts there are.
        texts: usize,
    },
    /// Two look like one.
    Alike {
        /// Both labels.
        labels: [String; 2],
        /// How they differ.
        difference: Difference,
    },
    /// Some are numbers and others are not; here are the others or the numbers, whichever fewer texts have.
    Mixed {
        /// Of one of the two kinds.
        odd: Vec<DistinctLabel>,
    },
}

/// Classes that cannot be told from the labels of a column, unless a list of classes says that they are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoubtfulClasses {
    /// The file.
    pub path: PathBuf,
    /// The column of labels.
    pub column: String,
    /// What is in doubt.
    pub doubt: Doubt,
    /// The distinct labels.
    pub found: Vec<DistinctLabel>,
}

impl fmt::Display for DoubtfulClasses {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, column) = (self.path.display(), &self.column);
        write!(formatter, "`{path}`: column `{column}`: ")?;
        let count = self.found.len();
        match &self.doubt {
            Doubt::TooMany { allowed } => write!(
                formatter,
                "{count} different labels, at most {allowed} are allowed"
            )?,
            Doubt::TooManySoFar { allowed, line } => write!(
                formatter,
                "more than {allowed} different labels in the first {line} lines, too many to be classes"
            )?,
            Doubt::NearlyAsManyAsTexts { texts } => write!(
                formatter,
                "{count} different labels among {texts} texts, too many to be classes"
            )?,
            Doubt::Alike {
                labels: [first, second],
                difference,
            } => write!(
                formatter,
                "the labels `{}` and `{}` {}",
                shown(first),
                shown(second),
                difference.described()
            )?,
            Doubt::Mixed { odd } => {
                let names: Vec<String> = odd.iter().map(|label| label.name.clone()).collect();
                let words = "some labels are numbers and others are words";
                write!(formatter, "{words}, such as {}", quoted(&names))?;
            }
        }
        write!(formatter, "; found {}", listed(&self.found))
    }
}

impl DoubtfulClasses {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match &self.doubt {
            Doubt::TooManySoFar { .. } => {
                "name the column of labels: `data.label` or `--label-column`".to_owned()
            }
            Doubt::TooMany { .. } | Doubt::NearlyAsManyAsTexts { .. } => {
                "name the column of labels; if these are the classes, list them in `data.classes` or `--classes`"
                    .to_owned()
            }
            Doubt::Alike { .. } => {
                "write them the same way; if they are two classes, list all in `data.classes` or `--classes`"
                    .to_owned()
            }
            Doubt::Mixed { odd } => match odd.iter().find(|label| label.name == self.column) {
                Some(DistinctLabel { first_line, .. }) => {
                    format!("line {first_line} seems to be the header again; remove it")
                }
                None => "correct the labels; if these are the classes, list all in `data.classes` or `--classes`"
                    .to_owned(),
            },
        }
    }
}
