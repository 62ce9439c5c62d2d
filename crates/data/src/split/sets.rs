//! The sets, and their sizes: how many texts a set has, and of which classes.

use std::fmt;
use std::str::FromStr;

use fsl_common::settings::Sampling;
use serde::Serialize;

/// The column of texts after the rules.
pub(super) const TEXT_PP: &str = "text_pp";

/// A set that can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Set {
    /// What a method learns from.
    Train,
    /// What it is scored on.
    Test,
    /// What a teacher labels for its student.
    Transfer,
}

impl Set {
    /// Every set, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Train, Self::Test, Self::Transfer];

    /// The name of the set's file.
    pub fn file(self) -> String {
        format!("{self}.csv")
    }
}

impl fmt::Display for Set {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Train => "train",
            Self::Test => "test",
            Self::Transfer => "transfer",
        })
    }
}

/// How many texts a set has.
///
/// As text: `1000` (divided between the classes as the settings say), `1000:balanced`, `1000:stratified`, `1000:random`, `8:shots`
/// (of each class), `700:300` (of each class in order), or `rest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Size {
    /// So many texts, at least one; without a sampling of its own, divided as the settings say.
    Texts(u64, Option<Sampling>),
    /// So many texts of each class, at least one.
    Shots(u64),
    /// So many texts of each class in order, not all none.
    Counts(Vec<u64>),
    /// Every text that is in no other set.
    Rest,
}

impl Size {
    /// The size with `sampling` where it has none of its own.
    #[must_use]
    pub fn or(self, sampling: Sampling) -> Self {
        match self {
            Self::Texts(texts, own) => Self::Texts(texts, own.or(Some(sampling))),
            other => other,
        }
    }
}

/// The names of samplings in sizes.
const SAMPLINGS: [(&str, Sampling); 3] = [
    ("balanced", Sampling::Balanced),
    ("stratified", Sampling::Stratified),
    ("random", Sampling::Random),
];

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Texts(texts, sampling) => {
                let named = |&(name, named): &(_, _)| (Some(named) == *sampling).then_some(name);
                match SAMPLINGS.iter().find_map(named) {
                    None => write!(formatter, "{texts}"),
                    Some(name) => write!(formatter, "{texts}:{name}"),
                }
            }
            Self::Shots(shots) => write!(formatter, "{shots}:shots"),
            Self::Counts(counts) => {
                let counts: Vec<String> = counts.iter().map(u64::to_string).collect();
                formatter.write_str(&counts.join(":"))
            }
            Self::Rest => formatter.write_str("rest"),
        }
    }
}

impl FromStr for Size {
    type Err = BadSize;

    fn from_str(text: &str) -> Result<Self, BadSize> {
        let size = match text.split_once(':') {
            None if text == "rest" => return Ok(Self::Rest),
            None => Self::Texts(number(text)?, None),
            Some((shots, "shots")) => Self::Shots(number(shots)?),
            Some((texts, name)) => match SAMPLINGS.iter().find(|(known, _)| *known == name) {
                Some(&(_, sampling)) => Self::Texts(number(texts)?, Some(sampling)),
                None => Self::Counts(text.split(':').map(number).collect::<Result<_, _>>()?),
            },
        };
        let is_empty = match &size {
            Self::Texts(texts, _) | Self::Shots(texts) => *texts == 0,
            Self::Counts(counts) => counts.iter().all(|&count| count == 0),
            Self::Rest => false,
        };
        if is_empty { Err(BadSize) } else { Ok(size) }
    }
}

fn number(text: &str) -> Result<u64, BadSize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if digits { text.parse().ok() } else { None };
    number.filter(|&number| number <= MOST).ok_or(BadSize)
}

/// The most texts that a set may be asked to have.
const MOST: u64 = 1_000_000_000;

/// A text that is no [`Size`]. What is allowed is its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a number of texts such as `1000`, `1000:balanced`, `1000:stratified` or `1000:random`, a number of texts of each class such as `8:shots`, one number for each class in order such as `700:300`, or `rest`"
)]
pub struct BadSize;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_they_are_written() {
        for text in [
            "1",
            "1000:balanced",
            "7:stratified",
            "95000:25000",
            "1000:random",
            "8:shots",
            "1:2:3",
            "0:3",
            "rest",
        ] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "0",
            "0:0",
            "-1",
            "+1",
            "1.5",
            "1e3",
            "x",
            "1:",
            ":1",
            "1:2:",
            "0:0:0",
            "0:shots",
            "0:random",
            "1:2:random",
            "shots",
            "1:other",
            "Rest",
            "1 000",
            "2000000000",
            "99999999999999999999",
        ] {
            assert_eq!(wrong.parse::<Size>(), Err(BadSize), "{wrong:?}");
        }
    }
}
