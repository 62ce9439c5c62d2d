//! Faults in a spec, as data: place, key, what was written, what is allowed.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use fsl_common::shown;

/// Why specs could not be turned into experiments.
#[derive(Debug, Error)]
pub enum SpecError {
    /// The file could not be read.
    #[error("spec `{}`: {source}", path.display())]
    Unreadable {
        /// The spec's path as given.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// A `--set` argument is not of the form `key=value`.
    #[error("`--set {text}`: {problem}")]
    BadSet {
        /// The argument as given.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A `--set` argument names a row that none of the specs has.
    #[error("`--set {text}`: no spec has a row `{row}`{}; known: {}", did_you_mean(suggestion.as_deref()), listed(known))]
    NoSuchRow {
        /// The argument as given.
        text: String,
        /// The row that it names.
        row: String,
        /// The known row that is nearest in spelling, if any is near.
        suggestion: Option<String>,
        /// The rows of all specs.
        known: Vec<String>,
    },
    /// The specs were read and have faults; all of them are listed.
    #[error("{}", told(.0).join("\n"))]
    Faulty(Vec<Diagnostic>),
}

/// Faults that are told one by one; of more, the number is told.
const TOLD: usize = 20;

/// The most names of a list that are told.
const LISTED: usize = 40;

/// Faults of a spec after which no more are looked for.
pub(super) const MOST_FAULTS: usize = 1000;

impl SpecError {
    /// What is wrong, in lines fit for a terminal: one, or where there are several faults one for each of the first.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Faulty(faults) => told(faults),
            error => vec![shown::chain(error)],
        }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("give the path of a spec such as `experiments/quickstart.toml`".to_owned())
            }
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::IsADirectory => {
                Some("give the path of a spec in the folder".to_owned())
            }
            Self::Unreadable { .. } => None,
            Self::BadSet { .. } => Some("write for example `--set trials.count=15`".to_owned()),
            Self::NoSuchRow { .. } => Some("write the id of a row after `row.`".to_owned()),
            Self::Faulty(_) => {
                Some("`docs/spec.md` explains every key; nothing was run".to_owned())
            }
        }
    }
}

/// Why something cannot be learnt from transfer texts.
pub(super) const NO_TRANSFER: &str = "the data has no transfer set; set `data.transfer` to a file or, for the training texts without their labels, to `train`";

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// On this line of the spec file, counted from 1.
    Line(usize),
    /// On the command line, by this `--set` argument.
    Set(String),
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(formatter, "line {line}"),
            Self::Set(text) => write!(formatter, "`--set {text}`"),
        }
    }
}

/// One fault of one spec.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// The spec's path as given.
    pub file: PathBuf,
    /// Where the faulty value stands.
    pub place: Location,
    /// The key's full path, such as `trials.count` or `row[2].method.finetune.epochs`; empty for the whole file.
    pub key: String,
    /// What is wrong.
    pub problem: Problem,
}

impl Diagnostic {
    /// The line of the file, from 1; 0 where the value stands on the command line.
    pub fn line(&self) -> usize {
        match self.place {
            Location::Line(line) => line,
            Location::Set(_) => 0,
        }
    }
}

/// What is wrong with a key or its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Error)]
pub enum Problem {
    /// The file is not TOML.
    #[error("not valid TOML: {0}")]
    Syntax(String),
    /// No such key exists here.
    #[error("unknown key{}; allowed: {}", did_you_mean(suggestion.as_deref()), listed(allowed))]
    UnknownKey {
        /// The allowed key that is nearest in spelling, if any is near.
        suggestion: Option<String>,
        /// Every key that may stand here.
        allowed: Vec<String>,
    },
    /// A key that must be given is not.
    #[error("missing; required ({expected})")]
    Missing {
        /// What belongs there.
        expected: String,
    },
    /// The value has the wrong type or lies outside what is allowed.
    #[error("got {got}, must be {allowed}")]
    NotAllowed {
        /// The value as written.
        got: String,
        /// What is allowed, in words.
        allowed: String,
    },
    /// A name that refers to nothing.
    #[error("unknown {kind} `{got}`{}; known: {}", did_you_mean(suggestion.as_deref()), listed(known))]
    UnknownName {
        /// What kind of thing is named: `encoder`, `dataset`, `row`.
        kind: &'static str,
        /// The name as written.
        got: String,
        /// The known name that is nearest in spelling, if any is near.
        suggestion: Option<String>,
        /// Every known name.
        known: Vec<String>,
    },
    /// A name that must be unique is used twice.
    #[error("`{got}` is already used ({first})")]
    Duplicate {
        /// The name as written.
        got: String,
        /// Where it stands first.
        first: String,
    },
    /// Keys that contradict each other, in words.
    #[error("{0}")]
    Conflict(String),
    /// A sweep of more points than anyone is likely to want.
    #[error("{got} points, more than {most}; `--allow-points {got}` allows them")]
    TooManyPoints {
        /// How many it has.
        got: u128,
        /// How many are allowed.
        most: u64,
    },
    /// A fault of some arms of a row only.
    #[error("{problem}; at the sweep's point `{point}`{}", and_more(*more))]
    AtPoint {
        /// What is wrong there.
        problem: Box<Problem>,
        /// The first of the points.
        point: String,
        /// How many others there are.
        more: usize,
    },
}

fn and_more(more: usize) -> String {
    match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion
        .map(|name| format!(", did you mean `{name}`?"))
        .unwrap_or_default()
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let names_told = names.iter().take(LISTED).map(|name| format!("`{name}`"));
    let mut listed = names_told.collect::<Vec<_>>().join(", ");
    if let more @ 1.. = names.len().saturating_sub(LISTED) {
        listed += &format!(" and {more} more");
    }
    listed
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`, {}", self.file.display(), self.place)?;
        if !self.key.is_empty() {
            write!(formatter, ", key `{}`", self.key)?;
        }
        write!(formatter, ": {}", self.problem)
    }
}

/// The only fault, or how many there are and the first of them.
fn told(faults: &[Diagnostic]) -> Vec<String> {
    let fit = |text: String| shown::message(&text).into_owned();
    if let [only] = faults {
        return vec![fit(format!("spec {only}"))];
    }
    let more = faults.len().saturating_sub(TOLD);
    let or_more = if faults.len() >= MOST_FAULTS {
        " or more"
    } else {
        ""
    };
    let mut lines = vec![format!("{}{or_more} faults in the specs:", faults.len())];
    lines.extend(
        faults
            .iter()
            .take(TOLD)
            .map(|fault| fit(format!("  {fault}"))),
    );
    if more > 0 {
        lines.push(format!("  and {more}{or_more} faults that are not shown"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(key: &str) -> Diagnostic {
        Diagnostic {
            file: "s.toml".into(),
            place: Location::Line(1),
            key: key.to_owned(),
            problem: Problem::Conflict("there is no such key to set".to_owned()),
        }
    }

    #[test]
    fn one_fault_stands_alone_and_many_are_counted() {
        let one = SpecError::Faulty(vec![unknown("a\u{1b}[31m\nb")]);
        let told = r"spec `s.toml`, line 1, key `a\u{1b}[31m\nb`: there is no such key to set";
        assert_eq!(one.lines(), [told]);
        assert_eq!(one.to_string(), told);
        let lines = |count| SpecError::Faulty(vec![unknown("a"); count]).lines();
        assert_eq!(lines(20).len(), 21);
        assert_eq!(lines(22).len(), 22);
        assert_eq!(lines(22)[0], "22 faults in the specs:");
        assert_eq!(lines(22)[21], "  and 2 faults that are not shown");
        assert_eq!(lines(1000)[0], "1000 or more faults in the specs:");
    }
}
