//! What an encoder does not read of texts that are longer than it reads.

use serde::{Deserialize, Serialize};

use super::settings::{LongTexts, MOST_WINDOWS};

/// How much of some texts is cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Truncation {
    /// Texts that are longer than `max-tokens`: they are cut, or read in windows.
    pub texts: u64,
    /// The tokens of all texts that are cut off, special ones not counted.
    pub tokens: u64,
    /// The tokens of all texts, special ones not counted.
    pub of_tokens: u64,
    /// What becomes of the texts that are longer.
    #[serde(default, skip_serializing_if = "LongTexts::is_truncate")]
    pub long_texts: LongTexts,
}

impl Truncation {
    /// What is cut of texts with so many tokens each, special ones not counted, where an encoder reads `max_tokens`, the two special ones
    /// counted.
    pub fn new(lengths: impl IntoIterator<Item = u64>, max_tokens: usize) -> Self {
        let read = max_tokens.saturating_sub(2);
        Self::of_places(lengths, read, LongTexts::Truncate)
    }

    /// The same where `places` tokens of the text itself are read at once, and longer texts are read so.
    pub fn of_places(
        lengths: impl IntoIterator<Item = u64>,
        places: usize,
        long_texts: LongTexts,
    ) -> Self {
        let places = places as u64;
        let read = match long_texts {
            LongTexts::Truncate | LongTexts::HeadTail => places,
            LongTexts::MeanOfWindows => places * MOST_WINDOWS as u64,
        };
        let mut all = Self {
            long_texts,
            ..Self::default()
        };
        for length in lengths {
            all.texts += u64::from(length > places);
            all.tokens += length.saturating_sub(read);
            all.of_tokens += length;
        }
        all
    }

    /// The share of all tokens that is cut off, from 0 to 1; 0 where there are none.
    pub fn share(self) -> f64 {
        if self.of_tokens == 0 {
            return 0.0;
        }
        self.tokens as f64 / self.of_tokens as f64
    }

    /// Nothing at all where no text is cut.
    #[must_use]
    pub fn or_none(self) -> Self {
        match self.texts {
            0 => Self::default(),
            _ => self,
        }
    }

    /// Counts further texts, which are read in the same way.
    pub fn add(&mut self, other: Self) {
        self.texts += other.texts;
        self.tokens += other.tokens;
        self.of_tokens += other.of_tokens;
        self.long_texts = other.long_texts;
    }

    /// Whether it says more against a score than the other: a larger share is cut or, where nothing is, more texts are long.
    pub fn is_worse_than(self, other: Self) -> bool {
        let nothing_is_cut = self.tokens == 0 && other.tokens == 0;
        self.share() > other.share() || (nothing_is_cut && self.texts > other.texts)
    }

    /// What is done with long texts: `2 test texts are cut at max-tokens (0.4 % of all tokens)`, `2 test texts are cut in the middle at
    /// max-tokens (0.4 % of all tokens)` or `2 test texts are read in windows of max-tokens`, where `set` is `test`; it may be empty.
    /// `None` if no text is longer.
    pub fn sentence(self, set: &str) -> Option<String> {
        let (texts, are) = match self.texts {
            0 => return None,
            1 => ("text", "is"),
            _ => ("texts", "are"),
        };
        let percent = 100.0 * self.share();
        let share = if percent < 0.05 {
            "less than 0.1".to_owned()
        } else {
            format!("{percent:.1}")
        };
        let texts = match set {
            "" => texts.to_owned(),
            _ => format!("{set} {texts}"),
        };
        let count = self.texts;
        Some(match self.long_texts {
            LongTexts::Truncate => {
                format!("{count} {texts} {are} cut at max-tokens ({share} % of all tokens)")
            }
            LongTexts::HeadTail => format!(
                "{count} {texts} {are} cut in the middle at max-tokens ({share} % of all tokens)"
            ),
            LongTexts::MeanOfWindows if self.tokens == 0 => {
                format!("{count} {texts} {are} read in windows of max-tokens")
            }
            LongTexts::MeanOfWindows => format!(
                "{count} {texts} {are} read in windows of max-tokens, and cut behind {MOST_WINDOWS} of them ({share} % of all tokens)"
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_behind_the_last_token_that_is_read_is_cut() {
        let cut = Truncation::new([0, 14, 15, 20], 16);
        let expected = Truncation {
            texts: 2,
            tokens: 7,
            of_tokens: 49,
            ..Truncation::default()
        };
        assert_eq!(cut, expected);
    }

    #[test]
    fn what_was_done_with_long_texts_is_said() {
        let lengths = [14, 15, 14 * 64, 14 * 64 + 5];
        let all = lengths.iter().sum::<u64>() as f64;
        let of = |places, long_texts| Truncation::of_places(lengths, places, long_texts);
        let ends = of(14, LongTexts::HeadTail);
        let cut = 1 + 14 * 63 + (14 * 63 + 5);
        assert_eq!((ends.texts, ends.tokens), (3, cut));
        let percent = 100.0 * cut as f64 / all;
        assert_eq!(
            ends.sentence("test").unwrap(),
            format!(
                "3 test texts are cut in the middle at max-tokens ({percent:.1} % of all tokens)"
            )
        );
        let windows = of(14, LongTexts::MeanOfWindows);
        assert_eq!((windows.texts, windows.tokens), (3, 5));
        assert_eq!(
            windows.sentence("test").unwrap(),
            "3 test texts are read in windows of max-tokens, and cut behind 64 of them (0.3 % of all tokens)"
        );
        assert_eq!(
            of(15, LongTexts::MeanOfWindows).sentence("").unwrap(),
            "2 texts are read in windows of max-tokens"
        );
        assert!(windows.is_worse_than(Truncation::default()));
        assert!(ends.is_worse_than(windows) && !windows.is_worse_than(ends));
    }

    #[test]
    fn the_default_is_not_written() {
        let json =
            |long_texts| serde_json::to_string(&Truncation::of_places([3], 2, long_texts)).unwrap();
        assert_eq!(
            json(LongTexts::Truncate),
            r#"{"texts":1,"tokens":1,"of-tokens":3}"#
        );
        assert_eq!(
            json(LongTexts::HeadTail),
            r#"{"texts":1,"tokens":1,"of-tokens":3,"long-texts":"head-tail"}"#
        );
    }

    #[test]
    fn shares_are_of_all_tokens() {
        let mut cut = Truncation {
            texts: 1,
            tokens: 5,
            of_tokens: 50,
            ..Truncation::default()
        };
        let said = |cut: Truncation| cut.sentence("test").unwrap();
        assert_eq!(
            said(cut),
            "1 test text is cut at max-tokens (10.0 % of all tokens)"
        );
        cut.add(Truncation {
            texts: 1,
            tokens: 1,
            of_tokens: 950,
            ..Truncation::default()
        });
        assert_eq!(
            said(cut),
            "2 test texts are cut at max-tokens (0.6 % of all tokens)"
        );
        cut.of_tokens = 1_000_000;
        assert!(cut.sentence("").unwrap().starts_with("2 texts are cut"));
        assert!(said(cut).ends_with("(less than 0.1 % of all tokens)"));
        assert_eq!(Truncation::default().sentence("test"), None);
        assert_eq!(Truncation::default().share().to_bits(), 0);
    }
}
