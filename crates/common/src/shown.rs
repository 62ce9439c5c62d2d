//! Strings of strangers as messages show them: file names, labels, keys, answers of servers. Nothing in them commands the
//! terminal, very long ones are cut, and passwords in addresses are hidden.

use std::borrow::Cow;
use std::error::Error;

/// The longest run of characters without a space or a backtick that is shown in full: a path or a key of the spec.
const LONGEST_WORD: usize = 500;

/// The longest message that is shown in full, in characters.
const LONGEST_MESSAGE: usize = 4000;

/// What [`cut`] may take for saying how much it left out, in characters.
const NOTE: usize = 60;

/// A message on one line, fit for a terminal: as [`line()`], and cut where it is very long.
pub fn message(text: &str) -> Cow<'_, str> {
    then(line(text), |text| cut(text, LONGEST_MESSAGE))
}

/// An error and its causes as one [`message`]; a cause that the error repeats already is not repeated again.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let more = source.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = source.source();
    }
    message(&text).into_owned()
}

/// `text` on one line, fit for a terminal: line breaks and whatever commands a terminal are written out (`\n`, `\u{1b}`), words
/// of more than 500 characters are cut, and user names and passwords of addresses are left out. Applied twice, it changes
/// nothing more.
pub fn line(text: &str) -> Cow<'_, str> {
    let hidden = without_passwords(text);
    let escaped = then(hidden, escaped);
    then(escaped, with_short_words)
}

/// `text` with line breaks and whatever commands a terminal written out.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(needs_escape) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if needs_escape(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// Whether a character does something to a terminal other than to appear: control characters of both sets, line breaks among
/// them, and the controls of writing direction.
pub fn is_command(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn needs_escape(character: char) -> bool {
    is_command(character) || matches!(character, '\u{2028}' | '\u{2029}')
}

/// `text`, or of one with more than `most` characters its beginning, its end, and how much is left out between them.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    // There are at least as many bytes as characters.
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let characters = text.chars().count();
    if characters <= most {
        return Cow::Borrowed(text);
    }
    let shown = most.saturating_sub(NOTE);
    let (first, last) = (shown - shown / 4, shown / 4);
    let at = |number: usize| {
        let found = text.char_indices().nth(number);
        found.map_or(text.len(), |(at, _)| at)
    };
    Cow::Owned(format!(
        "{}… ({} characters left out) …{}",
        &text[..at(first)],
        characters - first - last,
        &text[at(characters - last)..]
    ))
}

fn with_short_words(text: &str) -> Cow<'_, str> {
    let words = || text.split_inclusive(|at: char| at.is_whitespace() || at == '`');
    if text.len() <= LONGEST_WORD || words().all(|word| word.len() <= LONGEST_WORD) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(words().map(|word| cut(word, LONGEST_WORD)).collect())
}

/// `text` in which no address tells who asks: `https://name:password@host` becomes `https://…@host`.
pub fn without_passwords(text: &str) -> Cow<'_, str> {
    const START: &str = "://";
    if !text.contains(START) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(START) {
        let (before, after) = rest.split_at(at + START.len());
        kept += before;
        let ends = |character: char| character.is_whitespace() || "/?#\"'`<>".contains(character);
        let authority = &after[..after.find(ends).unwrap_or(after.len())];
        rest = match authority.rfind('@') {
            Some(user) => {
                kept.push('…');
                &after[user..]
            }
            None => after,
        };
    }
    Cow::Owned(kept + rest)
}

/// One change after another, copying only what changes.
fn then(text: Cow<'_, str>, change: impl Fn(&str) -> Cow<'_, str>) -> Cow<'_, str> {
    let changed = match change(&text) {
        Cow::Owned(changed) => Some(changed),
        Cow::Borrowed(_) => None,
    };
    changed.map_or(text, Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_a_terminal_is_written_out() {
        assert!(matches!(line("naïve 模型 👩‍🔬 ± –"), Cow::Borrowed(_)));
        for (text, shown) in [
            ("a\u{1b}[31mb", r"a\u{1b}[31mb"),
            ("a\u{9b}2J", r"a\u{9b}2J"),
            ("a\r\nb\tc", r"a\r\nb\tc"),
            ("a\u{7f}\u{0}\u{7}", r"a\u{7f}\u{0}\u{7}"),
            ("a\u{202e}b\u{2066}c", r"a\u{202e}b\u{2066}c"),
            ("a\u{2028}b", r"a\u{2028}b"),
        ] {
            assert_eq!(line(text), shown);
            assert_eq!(line(shown), shown, "twice");
        }
        let all: String = (0..0x1_0000).filter_map(char::from_u32).collect();
        assert!(!escaped(&all).contains(needs_escape));
    }

    #[test]
    fn a_long_word_is_cut_and_what_is_around_it_stays() {
        let text = format!("`{}`, line 3: no column", "a".repeat(10_000_000));
        let shown = message(&text);
        assert!(shown.chars().count() < 600, "{}", shown.chars().count());
        assert!(shown.starts_with("`aaa") && shown.ends_with("a`, line 3: no column"));
        // Of these and the backtick after them, 330 are shown from the beginning and 110 from the end.
        assert!(shown.contains("(9999561 characters left out)"), "{shown}");
        assert_eq!(message(&shown), shown, "twice");
    }

    #[test]
    fn a_long_message_is_cut() {
        let text = "ä b ".repeat(1_000_000);
        let shown = message(&text);
        assert!(shown.chars().count() <= LONGEST_MESSAGE);
        assert!(shown.contains(" characters left out) "), "{shown}");
        assert_eq!(message(&shown), shown, "twice");
        assert!(matches!(message(&text[..3000]), Cow::Borrowed(_)));
    }

    #[test]
    fn addresses_do_not_tell_who_asks() {
        for (text, shown) in [
            ("`http://me:secret@hub:80/a`", "`http://…@hub:80/a`"),
            (
                "https://hf_token@hub and x://a:b@c",
                "https://…@hub and x://…@c",
            ),
            ("http://a:p@ss@hub/x@y", "http://…@hub/x@y"),
            ("https://hub/org/name@main", "https://hub/org/name@main"),
            ("hf:org/name@main", "hf:org/name@main"),
            ("a://", "a://"),
        ] {
            assert_eq!(line(text), shown);
        }
    }
}
