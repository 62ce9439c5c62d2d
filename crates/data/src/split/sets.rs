//! The sets, and their sizes: how many texts a set has, and of which labels.

use std::fmt;
use std::str::FromStr;

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

/// How a set's texts are divided between the labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balance {
    /// As many of each label; of an odd number one more has label 0.
    Balanced,
    /// In the proportion of all texts that are left after duplicates and short texts are dropped, rounded to whole texts.
    Stratified,
}

/// How many texts a set has.
///
/// As text: `1000` (divided by a balance that is given elsewhere), `1000:balanced`, `1000:stratified`, `700:300` (with label 0
/// and with label 1), or `rest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// So many texts, at least one; without a balance of its own, divided as the settings say.
    Texts(u64, Option<Balance>),
    /// So many texts of label 0 and of label 1, not both none.
    Counts([u64; 2]),
    /// Every text that is in no other set.
    Rest,
}

impl Size {
    /// The size with `balance` where it has none of its own.
    #[must_use]
    pub fn or(self, balance: Balance) -> Self {
        match self {
            Self::Texts(texts, own) => Self::Texts(texts, own.or(Some(balance))),
            other => other,
        }
    }

    /// How many texts of each label that is, of `all` there are; `None` for the rest.
    pub(super) fn counts(self, all: [u64; 2]) -> Option<[u64; 2]> {
        match self {
            Self::Rest => None,
            Self::Counts(counts) => Some(counts),
            Self::Texts(texts, Some(Balance::Stratified)) => {
                let [zeros, ones] = all.map(u128::from);
                let whole = (zeros + ones).max(1);
                // A half is rounded up.
                let ones = ((2 * u128::from(texts) * ones + whole) / (2 * whole)) as u64;
                Some([texts - ones, ones])
            }
            Self::Texts(texts, _) => Some([texts.div_ceil(2), texts / 2]),
        }
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Balanced => "balanced",
            Self::Stratified => "stratified",
        })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Texts(texts, None) => write!(formatter, "{texts}"),
            Self::Texts(texts, Some(balance)) => write!(formatter, "{texts}:{balance}"),
            Self::Counts([zeros, ones]) => write!(formatter, "{zeros}:{ones}"),
            Self::Rest => formatter.write_str("rest"),
        }
    }
}

impl FromStr for Size {
    type Err = BadSize;

    fn from_str(text: &str) -> Result<Self, BadSize> {
        let number = |text: &str| -> Result<u64, BadSize> {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let number = if digits { text.parse().ok() } else { None };
            number.filter(|&number| number <= MOST).ok_or(BadSize)
        };
        let size = match text.split_once(':') {
            None if text == "rest" => return Ok(Self::Rest),
            None => Self::Texts(number(text)?, None),
            Some((texts, "balanced")) => Self::Texts(number(texts)?, Some(Balance::Balanced)),
            Some((texts, "stratified")) => Self::Texts(number(texts)?, Some(Balance::Stratified)),
            Some((zeros, ones)) => Self::Counts([number(zeros)?, number(ones)?]),
        };
        match size {
            Self::Texts(0, _) | Self::Counts([0, 0]) => Err(BadSize),
            size => Ok(size),
        }
    }
}

/// The most texts that a set may be asked to have.
const MOST: u64 = 1_000_000_000;

/// A text that is no [`Size`]. What is allowed is its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a number of texts such as `1000`, `1000:balanced` or `1000:stratified`, the numbers of texts with label 0 and with label 1 such as `700:300`, or `rest`"
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
            "1:2:3",
            "1:random",
            "Rest",
            "1 000",
            "2000000000",
            "99999999999999999999",
        ] {
            assert_eq!(wrong.parse::<Size>(), Err(BadSize), "{wrong:?}");
        }
    }

    #[test]
    fn shares_are_whole_texts_that_add_up() {
        let counts = |text: &str, all| text.parse::<Size>().unwrap().counts(all);
        assert_eq!(counts("9:balanced", [1, 1]), Some([5, 4]));
        assert_eq!(counts("700:300", [1, 1]), Some([700, 300]));
        assert_eq!(counts("rest", [1, 1]), None);
        // 10,000 of the published 614,559 texts, of which 84,545 are hateful: 1375.7 of them.
        assert_eq!(
            counts("10000:stratified", [530_014, 84_545]),
            Some([8624, 1376])
        );
        assert_eq!(counts("2:stratified", [3, 1]), Some([1, 1]));
        assert_eq!(counts("1:stratified", [5, 0]), Some([1, 0]));
    }
}
