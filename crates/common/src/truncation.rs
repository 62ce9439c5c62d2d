//! What an encoder does not read of texts that are longer than it reads.

use serde::{Deserialize, Serialize};

/// How much of some texts is cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Truncation {
    /// Texts that are cut.
    pub texts: u64,
    /// The tokens of all texts that are cut off, special ones not counted.
    pub tokens: u64,
    /// The tokens of all texts, special ones not counted.
    pub of_tokens: u64,
}

impl Truncation {
    /// What is cut of texts with so many tokens each, special ones not counted, where an encoder reads `max_tokens`, the two special ones
    /// counted.
    pub fn new(lengths: impl IntoIterator<Item = u64>, max_tokens: usize) -> Self {
        Self::with_special_tokens(lengths, max_tokens, 2)
    }

    /// The same for a tokenizer that puts `special_tokens` around every text.
    pub fn with_special_tokens(
        lengths: impl IntoIterator<Item = u64>,
        max_tokens: usize,
        special_tokens: usize,
    ) -> Self {
        let read = max_tokens.saturating_sub(special_tokens) as u64;
        let mut all = Self::default();
        for length in lengths {
            all.add(Self {
                texts: u64::from(length > read),
                tokens: length.saturating_sub(read),
                of_tokens: length,
            });
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

    /// Counts further texts.
    pub fn add(&mut self, other: Self) {
        self.texts += other.texts;
        self.tokens += other.tokens;
        self.of_tokens += other.of_tokens;
    }

    /// `2 test texts are cut at max-tokens (0.4 % of all tokens)`, where `set` is `test`; it may be empty. `None` if nothing is cut.
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
        Some(format!(
            "{count} {texts} {are} cut at max-tokens ({share} % of all tokens)"
        ))
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
        };
        assert_eq!(cut, expected);
    }

    #[test]
    fn shares_are_of_all_tokens() {
        let mut cut = Truncation {
            texts: 1,
            tokens: 5,
            of_tokens: 50,
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
