//! One line that says how a number was made, for people to paste and for the tool to read back.
//!
//! The idea is sacreBLEU's (Post 2018, arXiv 1804.08771): numbers can be compared where their signatures agree.

mod read;

use std::fmt;

use thiserror::Error;

use super::text::one_line;
use fsl_metrics::Center;

/// How a row's number was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Trials, or members of a mean.
    pub n: usize,
    /// What stands for the row.
    pub kind: SignatureKind,
    /// What was taken off n in the standard deviation.
    pub ddof: u8,
    /// Whether F1 was formed from precision and recall that were rounded first.
    pub rounded: bool,
    /// Streams that differ between trials; crossed ones with their levels, such as `sample(5)`.
    pub varied: Vec<String>,
    /// The name of the test set, if it has one, and the first ten digits of the SHA-256 of its file.
    pub test: (String, String),
    /// The kind of number that encoders were computed in; `none` where there is no encoder.
    pub precision: String,
    /// The program's version.
    pub version: String,
}

/// What stands for a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureKind {
    /// A centre over trials.
    Over(Center),
    /// One trial.
    Single,
    /// The mean of several models' probabilities.
    Members,
}

impl SignatureKind {
    fn name(self) -> &'static str {
        match self {
            Self::Over(Center::Mean) => "mean",
            Self::Over(Center::Median) => "median",
            Self::Single => "single",
            Self::Members => "ensemble",
        }
    }
}

/// A line that is no signature.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// It does not begin with what is measured.
    #[error("not a signature: it begins with `{got}`, not with `f1`")]
    Metric {
        /// What it begins with.
        got: String,
    },
    /// A part is missing.
    #[error("not a signature: `{part}` is missing")]
    Missing {
        /// Such as `n:`.
        part: &'static str,
    },
    /// A part cannot be read.
    #[error("invalid signature: `{got}` is not {expected}")]
    Part {
        /// The part as given.
        got: String,
        /// What it should be.
        expected: &'static str,
    },
}

impl SignatureError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        "a signature is one line, such as `f1|n:15|mean|sd:ddof1|ci:t95|thr:0.5|vary:init+order|test:metoo@0123456789|prec:f32|v:0.1.0`; `fsl-exp table --signature` prints them"
            .to_owned()
    }
}

/// The names and numbers of test sets lie between separators.
fn plain(text: &str) -> String {
    let replaced = |letter: char| {
        let keeps = letter.is_alphanumeric() || "-_./".contains(letter);
        if keeps { letter } else { '_' }
    };
    text.chars().map(replaced).collect()
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metric = if self.rounded { "f1-rounded" } else { "f1" };
        let (spread, interval) = match self.kind {
            SignatureKind::Single => ("none".to_owned(), "none"),
            SignatureKind::Members => ("members".to_owned(), "members95"),
            SignatureKind::Over(Center::Mean) => (format!("ddof{}", self.ddof), "t95"),
            SignatureKind::Over(Center::Median) => (format!("ddof{}", self.ddof), "bootstrap95"),
        };
        let varied = if self.varied.is_empty() {
            "none".to_owned()
        } else {
            self.varied.join("+")
        };
        let (name, digits) = (plain(&self.test.0), &self.test.1);
        write!(
            formatter,
            "{metric}|n:{}|{}|sd:{spread}|ci:{interval}|thr:0.5|vary:{varied}|test:{name}@{digits}|prec:{}|v:{}",
            self.n,
            self.kind.name(),
            self.precision,
            self.version
        )
    }
}

/// A varied stream in words: `sample(5)` is `sample (crossed, 5 levels)`.
fn stream(name: &str) -> String {
    let crossed = name.strip_suffix(')').and_then(|name| name.split_once('('));
    crossed.map_or_else(
        || name.to_owned(),
        |(name, levels)| format!("{name} (crossed, {levels} levels)"),
    )
}

impl Signature {
    /// What every part means, one line each.
    pub fn explain(&self) -> String {
        let metric = if self.rounded {
            "F1 of label 1, from precision and recall rounded to two decimals of percent"
        } else {
            "F1 of label 1, from the counts"
        };
        let count = match self.kind {
            SignatureKind::Single => "one trial".to_owned(),
            SignatureKind::Over(_) => format!("{} trials", self.n),
            SignatureKind::Members => {
                format!("{} models, whose probabilities are averaged", self.n)
            }
        };
        let (center, spread, interval) = self.statistics();
        let varied = if self.varied.is_empty() {
            "nothing".to_owned()
        } else {
            let names: Vec<String> = self.varied.iter().map(|name| stream(name)).collect();
            names.join(", ")
        };
        let precision = match self.precision.as_str() {
            "none" => "no encoder",
            precision => precision,
        };
        let (name, digits) = &self.test;
        let lines = [
            ("figure", metric.to_owned()),
            ("n", count),
            ("shown", center.to_owned()),
            ("spread", spread.to_owned()),
            ("interval", interval.to_owned()),
            (
                "threshold",
                "positive where P(label = 1) is above 0.5".to_owned(),
            ),
            ("varied", varied),
            (
                "test set",
                format!("{name}, SHA-256 of the file begins with {digits}"),
            ),
            ("numbers", precision.to_owned()),
            ("program", format!("fsl-exp {}", self.version)),
        ];
        let line = |(name, text): &(&str, String)| format!("{name:<10} {}\n", one_line(text));
        lines.iter().map(line).collect()
    }

    /// What stands for the row, its spread and its interval, in words.
    fn statistics(&self) -> (&'static str, &'static str, &'static str) {
        match self.kind {
            SignatureKind::Single => ("the trial itself", "none", "none"),
            SignatureKind::Members => (
                "the score of the mean",
                "standard deviation over resamplings of the models with replacement",
                "95 %, from that standard deviation and Student's t",
            ),
            SignatureKind::Over(Center::Mean) => {
                ("the mean over trials", self.spread(), "95 %, Student's t")
            }
            SignatureKind::Over(Center::Median) => (
                "the median over trials",
                self.spread(),
                "95 %, bootstrap over trials (expanded percentiles)",
            ),
        }
    }

    fn spread(&self) -> &'static str {
        match self.ddof {
            0 => "population standard deviation (ddof 0)",
            _ => "sample standard deviation (ddof 1)",
        }
    }
}

#[cfg(test)]
mod tests;
