//! The steps of `BertTokenizerFast` before WordPiece: special tokens apart, cleaning, case, accents, words.
//!
//! Reference: the `tokenizers` library, `normalizers/bert.rs`, `pre_tokenizers/bert.rs` and `AddedVocabulary`. The Unicode
//! tables are those of the crates that it uses itself (`unicode_categories`, `unicode-normalization-alignments`), so that
//! no text differs by the Unicode version.
//!
//! `rust_tokenizers` 8.1 alone differs on 625 of the 1,112,064 code points between two letters (`aca`, uncased), all of
//! which are bridged here; each kind has its texts in tests/golden/tokens:
//!
//! | code points | `rust_tokenizers` | transformers |
//! |---|---|---|
//! | 258 marks later than Unicode 8, such as U+08D4 | removed as accents | part of the word |
//! | 256 letters, U+2B820 to U+2B91F | CJK, a word each | letters: its range starts at U+2B920 |
//! | 72 punctuation marks later than Unicode 8, such as U+2E4A | words of their own | part of the word |
//! | U+111C9, a mark since Unicode 11 | removed | punctuation, a word of its own |
//! | 21 compositions later than Unicode 9, such as U+11938 | decomposed | left alone |
//! | 11 format characters later than Unicode 8, such as U+08E2 | removed | part of the word |
//! | U+2260, U+226E, U+226F, U+1FEF | decomposed after splitting | before it: `=`, `<`, `>`, a grave accent as words |
//! | U+2028, U+2029 | part of the word | white space |

use unicode_categories::UnicodeCategories;
use unicode_normalization_alignments::UnicodeNormalization;

/// The special tokens, in the order in which [`Piece::Special`] numbers them.
pub(super) const SPECIALS: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// A stretch of a raw text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A special token written out in the text: its index in [`SPECIALS`].
    Special(usize),
    /// What stands between special tokens.
    Text(&'a str),
}

/// Cuts a raw text at the special tokens written out in it, as upper-case as they are.
pub(super) fn specials_apart(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let hit = rest.match_indices('[').find_map(|(start, _)| {
            SPECIALS
                .iter()
                .position(|name| rest[start..].starts_with(name))
                .map(|index| (start, index))
        });
        let piece;
        (piece, rest) = match hit {
            Some((0, index)) => (Piece::Special(index), &rest[SPECIALS[index].len()..]),
            Some((start, _)) => (Piece::Text(&rest[..start]), &rest[start..]),
            None => (Piece::Text(rest), ""),
        };
        Some(piece)
    })
}

/// Calls `each` with every word of a text without special tokens, until it says `false`.
pub(super) fn words(text: &str, lowercase: bool, each: &mut dyn FnMut(&str) -> bool) {
    // CJK characters get a space on either side before anything is decomposed: a mark behind one starts a word.
    let cleaned = text
        .chars()
        .filter(|&c| !is_dropped(c))
        .map(|c| if is_space(c) { ' ' } else { c });
    let spaced = cleaned.flat_map(|c| {
        let (space, count) = (' ', if is_cjk(c) { 3 } else { 1 });
        [space, c, space]
            .into_iter()
            .skip(usize::from(count == 1))
            .take(count)
    });
    if lowercase {
        // Character by character: a final sigma becomes σ like any other.
        let folded = spaced
            .nfd()
            .map(|(c, _)| c)
            .filter(|c| !c.is_mark_nonspacing())
            .flat_map(char::to_lowercase);
        split(folded, each);
    } else {
        split(spaced, each);
    }
}

/// Cuts at white space and around punctuation.
fn split(characters: impl Iterator<Item = char>, each: &mut dyn FnMut(&str) -> bool) {
    let mut word = String::new();
    for character in characters {
        let punctuation = is_punctuation(character);
        if punctuation || is_space(character) {
            if !word.is_empty() && !each(&word) {
                return;
            }
            word.clear();
        } else {
            word.push(character);
        }
        if punctuation && !each(character.encode_utf8(&mut [0; 4])) {
            return;
        }
    }
    if !word.is_empty() {
        each(&word);
    }
}

/// Whether a character is never inside a longer word.
pub(super) fn splits(character: char) -> bool {
    is_punctuation(character) || is_cjk(character) || is_space(character)
}

fn is_dropped(character: char) -> bool {
    match character {
        '\0' | '\u{fffd}' => true,
        '\t' | '\n' | '\r' => false,
        _ => character.is_other(),
    }
}

fn is_space(character: char) -> bool {
    character.is_whitespace()
}

fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation() || character.is_punctuation()
}

/// The ranges of the reference, its 2B920 for 2B820 included.
fn is_cjk(character: char) -> bool {
    matches!(character,
        '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{2a6df}' | '\u{2a700}'..='\u{2b73f}'
        | '\u{2b740}'..='\u{2b81f}' | '\u{2b920}'..='\u{2ceaf}' | '\u{f900}'..='\u{faff}' | '\u{2f800}'..='\u{2fa1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, lowercase: bool) -> Vec<String> {
        let mut found = Vec::new();
        words(text, lowercase, &mut |word| {
            found.push(word.to_owned());
            true
        });
        found
    }

    #[test]
    fn special_tokens_stand_apart_wherever_they_are_written() {
        let pieces: Vec<_> = specials_apart("a[MASK][[SEP]b[mask]").collect();
        let expected = [
            Piece::Text("a"),
            Piece::Special(4),
            Piece::Text("["),
            Piece::Special(3),
            Piece::Text("b[mask]"),
        ];
        assert_eq!(pieces, expected);
    }

    #[test]
    fn words_are_cleaned_folded_and_cut() {
        assert_eq!(
            all(
                "Caf\u{e9}\u{200b}s, \u{4e2d}\u{6587}a\u{2028}b\u{85}c",
                true
            ),
            ["cafes", ",", "\u{4e2d}", "\u{6587}", "a", "bc"]
        );
        assert_eq!(all("Caf\u{e9}", false), ["Caf\u{e9}"]);
        assert_eq!(all(" \0\u{ad}\u{301}", true), [""; 0]);
    }
}
