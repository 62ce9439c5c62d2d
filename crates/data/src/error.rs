//! Errors in data.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use fsl_common::classes::ClassesError;
use fsl_common::settings::{SampleSize, Sampling};
use fsl_common::spelling::nearest;
use thiserror::Error;

use super::distinct::{quoted, shown};
use super::header_hint::{did_you_mean, missing_column_hint};
use super::label_errors::{DoubtfulClasses, EmptyClasses, UnknownLabels};
use super::limits::Limit;
use super::predictions::PredictionsError;

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
    /// The file is larger than any that is read.
    #[error("`{}`: {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit that it exceeds.
        limit: Limit,
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
    /// Some classes have fewer texts than a sample takes from them.
    #[error("{} needs {}", described(*size, *sampling), needed(short))]
    TooFewInClasses {
        /// The size of the whole sample.
        size: SampleSize,
        /// How it is divided between the classes.
        sampling: Sampling,
        /// Every class that is short of texts, at least one.
        short: Vec<ShortClass>,
        /// The size that could be drawn, counted as `size` is.
        most: usize,
    },
    /// Every text has the same label.
    #[error("all {got} texts have label `{}`; {} labels are needed", shown(class), if is_zero_one(class) { "both" } else { "at least two" })]
    OneClass {
        /// The only class.
        class: String,
        /// How many texts there are.
        got: usize,
    },
    /// Labels are none of the classes.
    #[error("{0}")]
    UnknownLabels(Box<UnknownLabels>),
    /// Classes have no training text.
    #[error("{0}")]
    EmptyClasses(Box<EmptyClasses>),
    /// A file of predictions does not fit the texts that it should be about.
    #[error("{0}")]
    Predictions(Box<PredictionsError>),
    /// The classes cannot be told from the labels.
    #[error("{0}")]
    DoubtfulClasses(Box<DoubtfulClasses>),
    /// The labels of a column and the positive class do not fit.
    #[error("`{}`: column `{column}`: {problem}; the labels are {}", path.display(), quoted(classes))]
    Classes {
        /// The file.
        path: PathBuf,
        /// The column of labels.
        column: String,
        /// The labels that are there.
        classes: Vec<String>,
        /// What is wrong.
        problem: ClassesError,
    },
    /// Texts and labels would be the same column.
    #[error("`{}`: column `{column}` cannot be both the texts and the labels", path.display())]
    SameColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// The file is of a format that is not read.
    #[error("`{}`: {format}, must be a CSV file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The name of its format.
        format: &'static str,
        /// What can be done about it.
        remedy: &'static str,
    },
}

/// A class with fewer texts than a sample takes from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortClass {
    /// The class.
    pub name: String,
    /// How many texts the sample takes from it.
    pub wanted: usize,
    /// How many there are.
    pub got: usize,
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
    /// Between a field's closing quote and the next delimiter there is something.
    #[error("text after the closing quote of a field{}", lines_below(*lines))]
    TextAfterQuote {
        /// How many lines below its start the field is closed.
        lines: u64,
    },
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
    /// The row has more fields than any file of texts.
    #[error("a row of more than {allowed} columns")]
    ManyFields {
        /// The most that is allowed.
        allowed: usize,
    },
    /// There is no label.
    #[error("column `{column}`: an empty label")]
    EmptyLabel {
        /// The column of labels.
        column: String,
    },
    /// The header is there once more.
    #[error("the header again")]
    RepeatedHeader,
    /// The field is no probability.
    #[error("column `{column}`: got `{got}`, must be a number from 0 to 1")]
    Probability {
        /// The column of probabilities.
        column: String,
        /// The field as written.
        got: String,
    },
    /// The probabilities of the classes do not sum to 1.
    #[error("the probabilities sum to {got}, must be 1")]
    ProbabilitySum {
        /// Their sum.
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

/// Where a field ends that goes over several lines.
fn lines_below(lines: u64) -> String {
    match lines {
        0 => String::new(),
        1 => ", which is closed 1 line below".to_owned(),
        _ => format!(", which is closed {lines} lines below"),
    }
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
            Self::TooFewInClasses {
                size, short, most, ..
            } => Some(too_few_hint(*size, short, *most)),
            Self::OneClass { class, .. } => Some(match class.as_str() {
                "0" => "add texts with label `1`".to_owned(),
                "1" => "add texts with label `0`".to_owned(),
                _ => "add texts with another label".to_owned(),
            }),
            Self::UnknownLabels(error) => Some(error.hint()),
            Self::EmptyClasses(_) => {
                Some("add texts of these classes, or take them out of `data.classes` or `--classes`".to_owned())
            }
            Self::DoubtfulClasses(error) => Some(error.hint()),
            Self::Predictions(error) => Some(error.hint()),
            Self::Classes {
                problem, classes, ..
            } => classes_hint(problem, classes),
            Self::SameColumn { .. } => Some(
                "name two columns: `text` and `label` under `[data]`, or `--text-column` and `--label-column`"
                    .to_owned(),
            ),
            Self::TooLarge { limit, .. } => Some(limit.hint().to_owned()),
            Self::Foreign { remedy, .. } => Some((*remedy).to_owned()),
            Self::Empty { .. } => Some("the file needs a header and at least one row".to_owned()),
            Self::NoText { .. } => Some("name the column of texts with `--text-column`".to_owned()),
            Self::Members { .. } => Some("unpack the archive and name one of its files".to_owned()),
            Self::RepeatedColumn { .. } => {
                Some("rename or remove all of them but one".to_owned())
            }
            Self::Read { path, source } => read_hint(path, source.kind()),
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
            Self::TextAfterQuote { .. } => {
                "a field that begins with a quote ends at the next single one: quote the whole field, and write quotes inside it twice"
            }
            Self::OpenQuote => "close the quote; inside a quoted field, write quotes twice",
            Self::Fields { .. } => "quote fields that contain commas, quotes or line breaks",
            Self::EmptyLabel { .. } => "give every text a label, or remove the row",
            Self::RepeatedHeader => "remove the line; files that are joined keep one header",
            Self::ProbabilitySum { .. } => "give every class its column",
            Self::Probability { .. } => {
                "give P(label 1) for every text, as `fsl-exp infer` writes it"
            }
            Self::ManyFields { .. } => "take out the columns that are not needed",
            Self::LongRow { .. } => "look for an unclosed quote",
            Self::LongText { .. } => "split the text, or look for an unclosed quote",
        }
    }
}

/// What helps where a file cannot be opened or unpacked.
fn read_hint(path: &Path, kind: ErrorKind) -> Option<String> {
    match kind {
        ErrorKind::NotFound if path.starts_with("~") => {
            Some("the shell leaves `~` as it is within quotes; write the whole path".to_owned())
        }
        ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput => {
            Some("the file is damaged or incomplete; get it again".to_owned())
        }
        _ => None,
    }
}

fn is_zero_one(class: &str) -> bool {
    matches!(class, "0" | "1")
}

/// A sample of this size.
fn described(size: SampleSize, sampling: Sampling) -> String {
    match (size, sampling) {
        (SampleSize::Shots(1), _) => "a sample of 1 text per class".to_owned(),
        (SampleSize::Shots(shots), _) => format!("a sample of {shots} texts per class"),
        (SampleSize::Texts(texts), Sampling::Balanced) => {
            format!("a balanced sample of {texts} texts")
        }
        (SampleSize::Texts(texts), Sampling::Stratified) => {
            format!("a stratified sample of {texts} texts")
        }
        (SampleSize::Texts(texts), Sampling::Random) => format!("a sample of {texts} texts"),
    }
}

/// What the classes should have and what they have; at most ten of them.
fn needed(short: &[ShortClass]) -> String {
    let one = |class: &ShortClass| {
        let (name, wanted, got) = (shown(&class.name), class.wanted, class.got);
        format!("{wanted} with label `{name}`, got {got}")
    };
    let some: Vec<String> = short.iter().take(10).map(one).collect();
    match short.len() - some.len() {
        0 => some.join("; "),
        more => format!("{}; and {more} more classes are short", some.join("; ")),
    }
}

fn too_few_hint(size: SampleSize, short: &[ShortClass], most: usize) -> String {
    let unit = match size {
        SampleSize::Texts(_) => "",
        SampleSize::Shots(_) => " per class",
    };
    let names: Vec<String> = short.iter().map(|class| class.name.clone()).collect();
    let word = if names.len() == 1 { "label" } else { "labels" };
    let add = format!("add texts with {word} {}", quoted(&names));
    match most {
        0 => add,
        most => format!("use at most {most}{unit}, or {add}"),
    }
}

fn classes_hint(problem: &ClassesError, classes: &[String]) -> Option<String> {
    match problem {
        ClassesError::UnknownPositive(positive) => {
            let near = nearest(positive, classes.iter().map(String::as_str))?;
            Some(did_you_mean(&near))
        }
        ClassesError::PositiveOfMany(_) => {
            Some("leave the positive class out: it needs exactly two classes".to_owned())
        }
        _ => None,
    }
}
