//! N-grams of words or characters weighted by how rare they are (TF-IDF), as scikit-learn's `TfidfVectorizer` does.
//!
//! The weights are learnt from the training texts and stay: a text has the same features whatever it is transformed
//! beside.

use std::collections::{HashMap, HashSet};

use super::{ClassicError, Features, StopWords};

/// What n-grams are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Words, joined by spaces.
    Words,
    /// The characters of a word with a space before and after it: scikit-learn's `char_wb`. Words are what stands between white space.
    Characters,
}

/// How texts become features. The defaults are scikit-learn's; the published bag-of-words row
/// sets `ngram_range`, `min_df` and `stop_words`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TfidfParams {
    /// What n-grams are made of. Default words.
    pub unit: Unit,
    /// The shortest and the longest n-grams, in units, that count; 1 ≤ shortest ≤ longest. Default (1, 1).
    pub ngram_range: (usize, usize),
    /// In how many training texts an n-gram must be to count, at least 1. Default 1.
    pub min_df: usize,
    /// Words that are left out before n-grams are made, so that words around one become neighbours. N-grams of
    /// characters have all words. Default none.
    pub stop_words: StopWords,
    /// Whether an n-gram that is `c` times in a text counts `1 + ln c` (`sublinear_tf`); otherwise `c`. Default false.
    pub sublinear: bool,
}

impl Default for TfidfParams {
    fn default() -> Self {
        Self {
            unit: Unit::Words,
            ngram_range: (1, 1),
            min_df: 1,
            stop_words: StopWords::None,
            sublinear: false,
        }
    }
}

impl TfidfParams {
    /// Learns the vocabulary and its weights from the training texts.
    ///
    /// Words are runs of two or more letters, numbers and underscores of the text in lower case. An n-gram that is in `d` of
    /// `n` texts weighs `ln((1 + n) / (1 + d)) + 1`.
    ///
    /// # Errors
    /// Parameters out of range; no n-gram in at least `min_df` texts.
    pub fn fit(self, texts: &[impl AsRef<str>]) -> Result<Tfidf, ClassicError> {
        self.check()?;
        let mut texts_with: HashMap<String, usize> = HashMap::new();
        for text in texts {
            let distinct: HashSet<String> = self.ngrams(text.as_ref()).into_iter().collect();
            for ngram in distinct {
                *texts_with.entry(ngram).or_default() += 1;
            }
        }
        texts_with.retain(|_, count| *count >= self.min_df);
        let mut counted: Vec<(String, usize)> = texts_with.into_iter().collect();
        if counted.is_empty() {
            let unit = match self.unit {
                Unit::Words => "words",
                Unit::Characters => "characters",
            };
            let words = format!("{} to {} {unit}", self.ngram_range.0, self.ngram_range.1);
            let (min_df, texts) = (self.min_df, texts.len());
            return Err(ClassicError::EmptyVocabulary {
                words,
                min_df,
                texts,
            });
        }
        counted.sort_unstable();
        let n = texts.len() as f64;
        let idf = counted
            .iter()
            .map(|(_, d)| ((1.0 + n) / (1.0 + *d as f64)).ln() + 1.0)
            .collect();
        let vocabulary: Vec<String> = counted.into_iter().map(|(ngram, _)| ngram).collect();
        let columns = vocabulary
            .iter()
            .cloned()
            .enumerate()
            .map(|(at, ngram)| (ngram, at))
            .collect();
        Ok(Tfidf {
            params: self,
            vocabulary,
            columns,
            idf,
        })
    }

    /// What an n-gram counts that is so often in a text.
    fn count(self, times: usize) -> f64 {
        let times = times as f64;
        if self.sublinear {
            1.0 + times.ln()
        } else {
            times
        }
    }

    fn check(&self) -> Result<(), ClassicError> {
        let fault = |name, got, allowed| Err(ClassicError::Parameter { name, got, allowed });
        let (shortest, longest) = self.ngram_range;
        if shortest == 0 || shortest > longest {
            let got = format!("({shortest}, {longest})");
            return fault(
                "ngram_range",
                got,
                "two lengths from 1 up, the shorter first",
            );
        }
        if self.min_df == 0 {
            return fault("min_df", "0".to_owned(), "at least 1");
        }
        Ok(())
    }

    /// Every n-gram of `text`, as often as it occurs.
    fn ngrams(&self, text: &str) -> Vec<String> {
        let text = text.to_lowercase();
        let (shortest, longest) = self.ngram_range;
        if self.unit == Unit::Characters {
            let words = text.split(is_python_space).filter(|word| !word.is_empty());
            return words
                .flat_map(|word| of_characters(word, shortest, longest))
                .collect();
        }
        let words = self.stop_words.words(&text);
        (shortest..=longest.min(words.len()))
            .flat_map(|length| words.windows(length).map(|ngram| ngram.join(" ")))
            .collect()
    }
}

/// What Python's `str.split` splits at: Unicode's white space, and four separators of ASCII.
fn is_python_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}

/// The n-grams of a word with a space at either end. One that has no more characters than an n-gram counts whole, once.
fn of_characters(word: &str, shortest: usize, longest: usize) -> Vec<String> {
    let padded: Vec<char> = [' '].into_iter().chain(word.chars()).chain([' ']).collect();
    let mut all = Vec::new();
    for length in shortest..=longest {
        if length >= padded.len() {
            all.push(padded.iter().collect());
            break;
        }
        let ngrams = padded.windows(length);
        all.extend(ngrams.map(|ngram| ngram.iter().collect::<String>()));
    }
    all
}

/// A vocabulary and its weights, learnt from training texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Tfidf {
    params: TfidfParams,
    vocabulary: Vec<String>,
    columns: HashMap<String, usize>,
    idf: Vec<f64>,
}

impl Tfidf {
    /// The n-grams that count, sorted by code points; an n-gram's place is its column.
    pub fn vocabulary(&self) -> &[String] {
        &self.vocabulary
    }

    /// The weight of each n-gram, at least 1 where it was learnt from that many texts.
    pub fn idf(&self) -> &[f64] {
        &self.idf
    }

    /// The features of `texts`: counts times weights, each row scaled to Euclidean length 1. A text without any n-gram of the
    /// vocabulary has a row of zeros.
    pub fn transform(&self, texts: &[impl AsRef<str>]) -> Features {
        let rows = texts.iter().map(|text| self.row(text.as_ref()));
        Features::sparse(self.vocabulary.len(), rows)
    }

    /// How often each n-gram of the vocabulary is in each text, without weights: scikit-learn's `CountVectorizer`.
    pub fn counts(&self, texts: &[impl AsRef<str>]) -> Features {
        let rows = texts.iter().map(|text| {
            let times = self.times(text.as_ref()).into_iter();
            times.map(|(column, times)| (column, times as f64))
        });
        Features::sparse(self.vocabulary.len(), rows.map(Iterator::collect))
    }

    /// The n-grams of a text by their columns, which ascend, and how often each is there.
    fn times(&self, text: &str) -> Vec<(usize, usize)> {
        let ngrams = self.params.ngrams(text);
        let mut columns: Vec<usize> = ngrams
            .iter()
            .filter_map(|ngram| self.columns.get(ngram).copied())
            .collect();
        columns.sort_unstable();
        let same = columns.chunk_by(|a, b| a == b);
        same.map(|same| (same[0], same.len())).collect()
    }

    fn row(&self, text: &str) -> Vec<(usize, f64)> {
        let times = self.times(text).into_iter();
        let mut row: Vec<(usize, f64)> = times
            .map(|(column, times)| (column, self.params.count(times) * self.idf[column]))
            .collect();
        let length = row
            .iter()
            .map(|(_, weight)| weight * weight)
            .sum::<f64>()
            .sqrt();
        for (_, weight) in &mut row {
            *weight /= length;
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const THREE: [&str; 3] = ["low tide", "low water", "high water"];

    fn strings(value: &Value) -> Vec<String> {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(|text| text.as_str().unwrap().to_owned())
            .collect()
    }

    fn params(case: &Value) -> TfidfParams {
        let length = |at: usize| case["ngram_range"][at].as_u64().unwrap() as usize;
        TfidfParams {
            unit: match case["analyzer"].as_str() {
                Some("char_wb") => Unit::Characters,
                _ => Unit::Words,
            },
            ngram_range: (length(0), length(1)),
            min_df: case["min_df"].as_u64().unwrap() as usize,
            stop_words: if case["stop_words"].is_null() {
                StopWords::None
            } else {
                StopWords::English
            },
            sublinear: case["sublinear_tf"].as_bool().unwrap_or(false),
        }
    }

    /// 1e-14: the same few double-precision operations, summed in another order at most.
    fn assert_features(features: &Features, expected: &Value) {
        let expected = expected.as_array().unwrap();
        assert_eq!(features.rows(), expected.len());
        for (at, expected) in expected.iter().enumerate() {
            let row: Vec<(usize, f64)> = features.row(at).collect();
            let expected = expected.as_array().unwrap();
            assert_eq!(row.len(), expected.len(), "row {at}");
            for ((column, value), expected) in row.into_iter().zip(expected) {
                assert_eq!(column as u64, expected[0].as_u64().unwrap());
                assert!(
                    (value - expected[1].as_f64().unwrap()).abs() < 1e-14,
                    "row {at}"
                );
            }
        }
    }

    /// Witness: scikit-learn, `tests/golden/tfidf/generate.py`.
    #[test]
    fn vocabulary_weights_and_features_are_those_of_scikit_learn() {
        let file = std::fs::read(fsl_test_support::golden("tfidf/cases.json")).unwrap();
        let golden: Value = serde_json::from_slice(&file).unwrap();
        let (train, test) = (strings(&golden["train"]), strings(&golden["test"]));
        for case in golden["cases"].as_array().unwrap() {
            let tfidf = params(case).fit(&train).unwrap();
            assert_eq!(tfidf.vocabulary(), strings(&case["vocabulary"]));
            for (weight, expected) in tfidf.idf().iter().zip(case["idf"].as_array().unwrap()) {
                assert!((weight - expected.as_f64().unwrap()).abs() < 1e-14);
            }
            assert_features(&tfidf.transform(&train), &case["train"]);
            assert_features(&tfidf.transform(&test), &case["test"]);
        }
    }

    /// linfa-preprocessing counts document frequencies anew in what it transforms.
    #[test]
    fn a_text_has_the_same_features_whatever_stands_beside_it() {
        let tfidf = TfidfParams::default().fit(&THREE).unwrap();
        let alone = tfidf.transform(&["low water"]);
        let beside = tfidf.transform(&["water water", "low water", "tide"]);
        assert!(alone.row(0).eq(beside.row(1)));
    }

    #[test]
    fn texts_without_known_words_have_rows_of_zeros() {
        let features = TfidfParams::default()
            .fit(&THREE)
            .unwrap()
            .transform(&["", "unknown"]);
        assert_eq!((features.rows(), features.columns()), (2, 4));
        assert_eq!(features.row(0).count() + features.row(1).count(), 0);
    }

    #[test]
    fn what_cannot_be_learnt_from_is_named() {
        let fault = |ngram_range, min_df| {
            let params = TfidfParams {
                ngram_range,
                min_df,
                ..TfidfParams::default()
            };
            params.fit(&THREE).unwrap_err().to_string()
        };
        assert_eq!(
            fault((1, 3), 3),
            "no n-gram of 1 to 3 words to be found in at least 3 of 3 texts"
        );
        assert_eq!(fault((1, 1), 0), "`min_df`: got 0, must be at least 1");
        for range in [(0, 1), (2, 1)] {
            let expected = "must be two lengths from 1 up, the shorter first";
            assert_eq!(
                fault(range, 1),
                format!("`ngram_range`: got {range:?}, {expected}")
            );
        }
        let none: [&str; 0] = [];
        assert!(
            TfidfParams::default()
                .fit(&none)
                .unwrap_err()
                .hint()
                .is_some()
        );
    }
}
