//! Errors in data.

use std::path::PathBuf;

use fsl_common::spelling::nearest;
use thiserror::Error;

/// What can be wrong with a data file or with the texts drawn from it. Paths are shown as they were given.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file cannot be opened or read; the source says why.
    #[error("`{}`: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// There is nothing in the file, or nothing but a header.
    #[error("`{}`: {}", path.display(), if *header { "a header but no rows" } else { "the file is empty" })]
    Empty {
        /// The file.
        path: PathBuf,
        /// Whether there is a header.
        header: bool,
    },
    /// Something is wrong in one line.
    #[error("`{}`, line {line}: {fault}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1; for a row of several lines its first.
        line: u64,
        /// What is wrong there.
        fault: LineFault,
    },
    /// The header lacks a column.
    #[error("`{}`: no column `{column}`; the columns are {}", path.display(), quoted(present))]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The name that was looked for.
        column: String,
        /// The names in the header.
        present: Vec<String>,
    },
    /// The header has the column more than once.
    #[error("`{}`: {count} columns are called `{column}`, must be exactly one", path.display())]
    RepeatedColumn {
        /// The file.
        path: PathBuf,
        /// The name that was looked for.
        column: String,
        /// How many columns have it.
        count: usize,
    },
    /// A zip archive has no CSV file in it, or several.
    #[error("`{}`: must hold one CSV file, got {}", path.display(), if members.is_empty() { "none".to_owned() } else { quoted(members) })]
    Members {
        /// The archive.
        path: PathBuf,
        /// The CSV files in it.
        members: Vec<String>,
    },
    /// There is nothing in any of the texts.
    #[error("`{}`: column `{column}` is empty in all {got} rows", path.display())]
    NoText {
        /// The file.
        path: PathBuf,
        /// The column of texts.
        column: String,
        /// How many rows there are.
        got: usize,
    },
    /// There are fewer texts than a sample wants.
    #[error("a sample of {wanted} texts needs at least as many, got {got}")]
    TooFewTexts {
        /// The size of the sample.
        wanted: usize,
        /// How many texts there are.
        got: usize,
    },
    /// A class has fewer texts than a balanced sample takes from it.
    #[error("a balanced sample of {size} texts needs {wanted} with label `{class}`, got {got}")]
    TooFewInClass {
        /// The size of the whole sample.
        size: usize,
        /// The class, 0 or 1.
        class: u8,
        /// How many texts the sample takes from the class.
        wanted: usize,
        /// How many texts of the class there are.
        got: usize,
    },
    /// Every text has the same label.
    #[error("all {got} texts have label `{class}`; both labels are needed")]
    OneClass {
        /// The only class, 0 or 1.
        class: u8,
        /// How many texts there are.
        got: usize,
    },
}

/// What can be wrong in one line of a data file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LineFault {
    /// The bytes are no UTF-8.
    #[error("invalid UTF-8 at byte {byte} of the file")]
    Encoding {
        /// Where the first wrong byte is, from 0.
        byte: usize,
    },
    /// There is a character U+0000.
    #[error("a NUL byte")]
    Nul,
    /// A quoted field runs to the end of the file.
    #[error("this quote is never closed")]
    OpenQuote,
    /// The row has more or fewer fields than the header.
    #[error("{got} {}, the header has {allowed}", if *got == 1 { "field" } else { "fields" })]
    Fields {
        /// Fields in the row.
        got: usize,
        /// Fields in the header.
        allowed: usize,
    },
    /// The row does not end within any sensible length.
    #[error("a row of more than {allowed} bytes")]
    LongRow {
        /// The most that is allowed.
        allowed: usize,
    },
    /// The label is neither of the two.
    #[error("column `{column}`: got `{got}`, must be `0` or `1`")]
    Label {
        /// The column of labels.
        column: String,
        /// The label as written.
        got: String,
    },
    /// The field is no probability.
    #[error("column `{column}`: got `{got}`, must be a number from 0 to 1")]
    Probability {
        /// The column of probabilities.
        column: String,
        /// The field as written.
        got: String,
    },
    /// The text is longer than anything that is meant as one text.
    #[error("column `{column}`: a text of {got} characters, at most {allowed} are allowed")]
    LongText {
        /// The column of texts.
        column: String,
        /// Characters in the text.
        got: usize,
        /// The most that is allowed.
        allowed: usize,
    },
}

impl DataError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Line { fault, .. } => Some(fault.hint().to_owned()),
            Self::MissingColumn {
                column, present, ..
            } => missing_column_hint(column, present),
            Self::TooFewTexts { got, .. } => Some(format!("use at most {got}, or add texts")),
            Self::TooFewInClass { class, got, .. } => Some(format!(
                "use at most {}, or add texts with label `{class}`",
                2 * got
            )),
            Self::OneClass { class, .. } => Some(format!("add texts with label `{}`", 1 - class)),
            Self::Empty { .. } => Some("the file needs a header and at least one row".to_owned()),
            Self::NoText { .. } => Some("name the column of texts with `--text-column`".to_owned()),
            Self::Members { .. } => Some("unpack the archive and name one of its files".to_owned()),
            Self::Read { .. } | Self::RepeatedColumn { .. } => None,
        }
    }
}

impl LineFault {
    fn hint(&self) -> &'static str {
        match self {
            Self::Encoding { .. } => "save the file as UTF-8",
            Self::Nul => {
                "remove the NUL bytes; a file with many of them is UTF-16 or not a text file"
            }
            Self::OpenQuote => "close the quote; inside a quoted field, write quotes twice",
            Self::Fields { .. } => "quote fields that contain commas, quotes or line breaks",
            Self::Label { .. } => "write labels as `0` and `1`",
            Self::Probability { .. } => {
                "give P(label 1) for every text, as `fsl-exp infer` writes it"
            }
            Self::LongRow { .. } => "look for an unclosed quote",
            Self::LongText { .. } => "split the text, or look for an unclosed quote",
        }
    }
}

/// The nearest name, or the delimiter that the header was probably written with.
fn missing_column_hint(column: &str, present: &[String]) -> Option<String> {
    if let [only] = present
        && let Some(delimiter) = [';', '\t', '|']
            .into_iter()
            .find(|&sign| only.contains(sign))
    {
        return Some(format!(
            "the fields seem to be separated by {delimiter:?}; use `--delimiter` where the command has it, or convert the file to commas"
        ));
    }
    if column == "text_pp" && present.iter().any(|name| name == "text") {
        return Some("`fsl-exp preprocess` adds `text_pp`, made from `text`".to_owned());
    }
    let near = nearest(column, present.iter().map(String::as_str))?;
    Some(format!("did you mean `{near}`?"))
}

/// Up to 20 names in backticks, with commas between.
fn quoted(names: &[String]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(20)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = names.len() - shown.len();
    shown.join(", ")
        + &if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        }
}
