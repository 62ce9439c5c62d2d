//! Texts that make scores doubtful: those in two sets at once, those with several labels, and those without a word.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use fsl_common::classes::Label;

/// How many texts of a set are also in another set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Overlap {
    /// Texts that are equal but for case and white space.
    pub texts: u64,
    /// Those of them that are equal to the letter.
    pub exact: u64,
}

/// The texts that are also among `others`. Texts without a word do not count.
pub fn overlap(texts: &[String], others: &[String]) -> Overlap {
    let exact: HashSet<&str> = others.iter().map(String::as_str).collect();
    let folded: HashSet<String> = others.iter().map(|text| fold(text)).collect();
    let mut overlap = Overlap::default();
    for text in texts {
        let plain = fold(text);
        if plain.is_empty() || !folded.contains(&plain) {
            continue;
        }
        overlap.texts += 1;
        overlap.exact += u64::from(exact.contains(text.as_str()));
    }
    overlap
}

/// How many of the texts are there again with another label; texts are equal as in [`overlap`].
pub fn conflicting_labels(texts: &[String], labels: &[Label]) -> u64 {
    let mut seen: HashMap<String, (HashSet<Label>, u64)> = HashMap::new();
    for (text, label) in texts.iter().zip(labels) {
        let text = fold(text);
        if !text.is_empty() {
            let (labels, count) = seen.entry(text).or_default();
            labels.insert(*label);
            *count += 1;
        }
    }
    let several = seen.values().filter(|(labels, _)| labels.len() > 1);
    several.map(|(_, count)| count).sum()
}

/// How many of the texts are nothing but white space.
pub fn empty_texts(texts: &[String]) -> u64 {
    texts.iter().filter(|text| text.trim().is_empty()).count() as u64
}

/// The text in lower case with single spaces between its words.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
        texts.map(str::to_owned).to_vec()
    }

    #[test]
    fn every_text_that_is_in_the_other_set_counts() {
        let test = texts([
            "new",
            "Good  day",
            "good day\n",
            "good day",
            "",
            "bad",
            "ÉTÉ",
        ]);
        let train = texts(["bad day", "good day", " ", "", "good day", "été"]);
        assert_eq!(overlap(&test, &train), Overlap { texts: 4, exact: 1 });
        assert_eq!(overlap(&train, &texts(["other", ""])), Overlap::default());
        assert_eq!(overlap(&[], &train), Overlap::default());
    }

    #[test]
    fn every_text_with_several_labels_counts() {
        let all = texts(["good day", "Good day", "bad", "bad", " ", "", "good  day"]);
        assert_eq!(conflicting_labels(&all, &[1, 0, 0, 0, 0, 1, 1]), 3);
        assert_eq!(conflicting_labels(&all, &[1; 7]), 0);
    }

    #[test]
    fn white_space_is_no_text() {
        assert_eq!(empty_texts(&texts(["", " \t\u{a0}\n", ".", "a"])), 2);
    }
}
