//! Word splitting and English stop words, as in scikit-learn's vectorizers.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

/// Which words count for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StopWords {
    /// All words count.
    None,
    /// scikit-learn's list of 318 English words (`stop_words="english"`).
    English,
}

impl StopWords {
    /// The words of `text`, which is in lower case: runs of two or more word characters, without the stop words.
    pub(super) fn words(self, text: &str) -> Vec<&str> {
        WORD.find_iter(text)
            .map(|word| word.as_str())
            .filter(|word| self == Self::None || !ENGLISH.contains(word))
            .collect()
    }
}

/// Two or more word characters as Python's `\w` has them; Rust's has marks and joiners besides.
#[expect(
    clippy::expect_used,
    reason = "the pattern is a constant that every test uses"
)]
static WORD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\p{L}\p{N}_]{2,}").expect("a valid pattern"));

static ENGLISH: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("stop_words_english.txt").lines().collect());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_words_are_those_of_scikit_learn() {
        assert_eq!(ENGLISH.len(), 318);
        assert!(
            ["the", "not", "whereupon", "fifteen"]
                .iter()
                .all(|word| ENGLISH.contains(word))
        );
    }

    /// Witness: Python 3.11, `re.findall(r"(?u)\b\w\w+\b", …)`; a combining mark ends a word there.
    #[test]
    fn words_are_those_of_python() {
        let text = "it's a_1 x ½½ nai\u{308}ve हिन्दी";
        assert_eq!(
            StopWords::None.words(text),
            ["it", "a_1", "½½", "nai", "ve"]
        );
    }
}
