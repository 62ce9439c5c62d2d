//! vocab.txt: WordPiece as transformers' `BertTokenizerFast` has it without any option but the case.
//!
//! WordPiece itself is `rust_tokenizers`' [`BertTokenizer`]. What it does before (cleaning, splitting, accents) differs
//! from transformers on rare characters, listed in [`pre_tokenizer`](super::pre_tokenizer), so texts are cut into words there, by the same tables
//! that transformers' tokenizer uses, and `rust_tokenizers` sees one clean word at a time.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use rust_tokenizers::tokenizer::{BaseTokenizer, BertTokenizer, Tokenizer as _};
use rust_tokenizers::vocab::BertVocab;

use super::long_texts::Around;
use super::pre_tokenizer::{self, Piece, SPECIALS};
use crate::NnError;
use fsl_common::tokenizer::looks_like_json;

/// The longest word in characters, after normalisation; a longer one is unknown. transformers, `max_input_chars_per_word`.
const LONGEST_WORD: usize = 100;

/// How many words a thread remembers before it starts anew, against texts that never repeat one.
const MOST_KNOWN_WORDS: usize = 1 << 16;

/// The most entries of a vocabulary. Published ones have up to some 500,000.
const MOST_ENTRIES: usize = 1_000_000;

/// The words that a thread has met so far, with their ids: most words of most texts are old acquaintances.
pub(super) type KnownWords = HashMap<String, Vec<i64>>;

/// A WordPiece tokenizer with the vocabulary of one encoder.
pub(super) struct WordPiece {
    inner: BertTokenizer,
    lowercase: bool,
    /// Every character of the vocabulary: a word with another one is unknown as a whole. The value is the character that
    /// stands for it inside `inner`: itself, unless `rust_tokenizers` would cut a word at it or lose it.
    alphabet: HashMap<char, char>,
    specials: [i64; SPECIALS.len()],
    rows: i64,
    vocabulary: String,
}

impl WordPiece {
    /// Takes in a vocab.txt, which errors call `path`: one entry a line, its id is the line's number from 0; of equal entries the last
    /// one counts, as in transformers. `lowercase` folds case and strips accents, as uncased encoders ask for.
    ///
    /// # Errors
    /// [`NnError::Malformed`] where the file is not UTF-8, has more than a million lines or lacks one of the special tokens `[PAD]`,
    /// `[UNK]`, `[CLS]`, `[SEP]`, `[MASK]`.
    pub(super) fn parse(path: &Path, bytes: &[u8], lowercase: bool) -> Result<Self, NnError> {
        let malformed = |problem: String| NnError::Malformed {
            path: path.into(),
            problem,
        };
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let byte = error.valid_up_to();
            malformed(format!("is not UTF-8 from byte {byte} on"))
        })?;
        if let Some(problem) = looks_like_json(text) {
            return Err(malformed(problem));
        }
        let lines = text.lines().count();
        if lines > MOST_ENTRIES {
            let problem = format!("has {lines} entries, at most {MOST_ENTRIES} are read");
            return Err(malformed(problem));
        }
        let mut entries: HashMap<String, i64> = HashMap::new();
        for (id, line) in (0_i64..).zip(text.lines()) {
            let entry = line.trim_end();
            // No text becomes an empty token.
            if !entry.is_empty() {
                entries.insert(entry.to_owned(), id);
            }
        }
        let mut specials = [0; SPECIALS.len()];
        for (id, name) in specials.iter_mut().zip(SPECIALS) {
            *id = *entries
                .get(name)
                .ok_or_else(|| malformed(format!("has no entry `{name}`")))?;
        }
        let largest = entries.values().copied().max().unwrap_or(0);
        let vocabulary = special_tokens(&specials);
        let alphabet = alphabet(&entries, &vocabulary);
        let entries = entries.into_iter();
        let renamed = entries.map(|(entry, id)| (rename(&entry, &alphabet), id));
        let vocabulary = BertVocab {
            values: renamed.collect(),
            ..vocabulary
        };
        Ok(Self {
            // Case and accents are done with when a word gets there.
            inner: BertTokenizer::from_existing_vocab(vocabulary, false, false),
            lowercase,
            alphabet,
            specials,
            rows: largest + 1,
            vocabulary: fsl_common::fsio::sha256_hex(bytes),
        })
    }

    /// How many rows an embedding must have so that every id has one.
    pub(super) fn rows(&self) -> i64 {
        self.rows
    }

    /// The SHA-256 of the vocab.txt, in hexadecimal.
    pub(super) fn digest(&self) -> &str {
        &self.vocabulary
    }

    /// What stands around a text: `[CLS]` and `[SEP]`.
    pub(super) fn around(&self) -> Around<'_> {
        let [_, _, cls, sep, _] = &self.specials;
        Around {
            before: std::slice::from_ref(cls),
            behind: std::slice::from_ref(sep),
        }
    }

    /// Token ids of one text: `[CLS]`, the text, `[SEP]`, cut to `max_tokens` with those two counted (2 is the least).
    pub(super) fn encode(&self, known: &mut KnownWords, text: &str, max_tokens: usize) -> Vec<i64> {
        if known.len() > MOST_KNOWN_WORDS {
            known.clear();
        }
        let [_, _, cls, sep, _] = self.specials;
        let room = max_tokens.max(2) - 1;
        let mut ids = vec![cls];
        for piece in pre_tokenizer::specials_apart(text) {
            match piece {
                Piece::Special(index) => ids.push(self.specials[index]),
                Piece::Text(text) => pre_tokenizer::words(text, self.lowercase, &mut |word| {
                    if let Some(word_ids) = known.get(word) {
                        ids.extend(word_ids);
                    } else if word.chars().count() > LONGEST_WORD {
                        ids.push(self.specials[1]);
                    } else {
                        let word_ids = self.word(word);
                        ids.extend(&word_ids);
                        known.insert(word.to_owned(), word_ids);
                    }
                    ids.len() < room
                }),
            }
            if ids.len() >= room {
                break;
            }
        }
        ids.truncate(room);
        ids.push(sep);
        ids
    }

    /// The ids of one normalised word that is not too long.
    fn word(&self, word: &str) -> Vec<i64> {
        let known: Option<String> = word
            .chars()
            .map(|character| self.alphabet.get(&character))
            .collect();
        match known {
            Some(word) => self
                .inner
                .convert_tokens_to_ids(&self.inner.tokenize(&word)),
            None => vec![self.specials[1]],
        }
    }
}

/// A vocabulary of `rust_tokenizers` that knows the special tokens only.
#[expect(
    clippy::default_trait_access,
    reason = "the type of the map cannot be named"
)]
fn special_tokens(ids: &[i64; SPECIALS.len()]) -> BertVocab {
    let named = SPECIALS.iter().zip(ids);
    let mut vocabulary = BertVocab {
        values: HashMap::new(),
        indices: HashMap::new(),
        special_token_map: Default::default(),
        special_values: (named.clone().map(|(name, &id)| ((*name).to_owned(), id))).collect(),
        special_indices: named.map(|(name, &id)| (id, (*name).to_owned())).collect(),
    };
    SPECIALS[1].clone_into(&mut vocabulary.special_token_map.unk_token);
    vocabulary
}

/// Every character of the vocabulary, and what stands for it inside `rust_tokenizers`.
///
/// Characters on which its tables differ from transformers' (newer punctuation, a slip in the range of CJK extension E)
/// would be cut out of a word or lost; they are renamed, in the vocabulary and in every word, to unassigned characters of
/// plane 4, which it leaves alone.
fn alphabet(entries: &HashMap<String, i64>, vocabulary: &BertVocab) -> HashMap<char, char> {
    let characters: BTreeSet<char> = entries.keys().flat_map(|entry| entry.chars()).collect();
    let probe = BaseTokenizer::from_existing_vocab(vocabulary.clone(), false, false);
    let mut spare = ('\u{40000}'..='\u{4fffd}').filter(|character| !characters.contains(character));
    let stand_in = |&character: &char| {
        // A character that is a word of its own in transformers never stands inside one.
        let alone = pre_tokenizer::splits(character);
        let word = if alone {
            character.to_string()
        } else {
            format!("a{character}a")
        };
        let kept = probe.tokenize(&word) == [word];
        (
            character,
            if kept {
                character
            } else {
                spare.next().unwrap_or(character)
            },
        )
    };
    characters.iter().map(stand_in).collect()
}

fn rename(entry: &str, alphabet: &HashMap<char, char>) -> String {
    entry
        .chars()
        .map(|character| *alphabet.get(&character).unwrap_or(&character))
        .collect()
}
