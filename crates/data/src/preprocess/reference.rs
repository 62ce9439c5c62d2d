//! The rules of the published system, in its order.
//!
//! They were written for Python's `re`, whose word characters are letters, numbers and the underscore of any script
//! (`[\p{L}\p{N}_]`; Rust's `\w` has marks and joiners besides). From [`escape`] on the text is ASCII and has no capitals.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::contractions;
use super::pattern::compile;
use super::python::{strip, unicode_escape};

/// The text rules in their order; the numbers are those of the published steps.
pub(super) fn apply(text: &str) -> String {
    let text = tag(text); // 1–3
    let text = clean(&text); // 4, 5
    let text = contractions::expand(text.to_lowercase()); // 6
    let text = escape(&halve_spaces(&text)); // 7
    let text = keep_repeats_once(&text); // 8
    let text = replace(&PATTERNS.joined_tag, Cow::Owned(text), "htg"); // 9
    let text = keep_marks_once(&text); // 10
    let text = replace(&PATTERNS.digits, Cow::Owned(text), "num").replace("\\n", " "); // 11
    let text = halve_and_strip(&text); // 12
    let text = replace(&PATTERNS.joined_numbers, Cow::Owned(text), "num");
    let text = strip(&text).replace("\\xe", "").replace("\\xa", ""); // 13
    cut_ends(&halve_and_strip(&text)) // 14–17
}

struct Patterns {
    url: Regex,
    hashtag: Regex,
    mention: Regex,
    written_escape: Regex,
    emoji: Regex,
    escaped_word: Regex,
    joined_tag: Regex,
    digits: Regex,
    joined_numbers: Regex,
    leading_tags: Regex,
    trailing_tags: Regex,
    leading_tags_and_numbers: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns {
    url: compile(r"https?://[A-Za-z!$-_]+"),
    hashtag: compile(r"#[\p{L}\p{N}_]+"),
    mention: compile(r"@[\p{L}\p{N}_]+"),
    written_escape: compile(r"\\u[0-9a-fA-F]+"),
    emoji: compile(concat!(
        r"[\x{1F1E0}-\x{1F1FF}\x{1F300}-\x{1F64F}\x{1F680}-\x{1F9FF}",
        r"\x{1FA00}-\x{1FAFF}\x{2702}-\x{27B0}\x{24C2}-\x{1F251}]+"
    )),
    escaped_word: compile(r"(?-u)\\[uU]\w*"),
    joined_tag: compile(r"(?-u)htg[-_]\w+"),
    digits: compile(r"[0-9]+"),
    joined_numbers: compile(r"num[,.]num"),
    leading_tags: compile(r"(?-u)^(?:(?:url\s*)*(?:usr|htg)\b\s*(?:url\s*)*)+"),
    trailing_tags: compile(r"(?-u)(?:(?:url\s*)*(?:usr|htg)\b\s*(?:url\s*)*)+$"),
    leading_tags_and_numbers: compile(r"(?-u)^(?:(?:num|url)*(?:usr|htg)\b\s*(?:num|url)*)+"),
});

/// Links, hashtags and mentions become words.
fn tag(text: &str) -> Cow<'_, str> {
    let text = replace_cow(&PATTERNS.url, Cow::Borrowed(text), "URL");
    let text = replace_cow(&PATTERNS.hashtag, text, "HTG");
    replace_cow(&PATTERNS.mention, text, "USR")
}

/// Escapes and entities that platforms leave in texts go, apostrophes are made one kind.
fn clean(text: &str) -> String {
    let text = PATTERNS.written_escape.replace_all(text, "");
    let text = text.replace(['\t', '\r', '\n'], " ").replace("&amp;", "&");
    let letter = |character| match character {
        '\'' | '\u{92}' => '’',
        'ŕ' => 'à',
        'č' => 'è',
        other => other,
    };
    strip(&text).chars().map(letter).collect()
}

/// Emoji go, and with the detour over Python's escapes every character above U+00FF with the letters and digits after it.
fn escape(text: &str) -> String {
    let text = PATTERNS.emoji.replace_all(text, "");
    let text = unicode_escape(&text);
    replace(&PATTERNS.escaped_word, Cow::Owned(text), "")
}

/// Keeps one of several equal words that have only other characters between them. `text` is ASCII.
fn keep_repeats_once(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    let mut last = "";
    loop {
        let gap = rest.find(is_word).unwrap_or(rest.len());
        let (between, from_word) = rest.split_at(gap);
        let (word, after) =
            from_word.split_at(from_word.find(|c| !is_word(c)).unwrap_or(from_word.len()));
        if word.is_empty() || word != last {
            kept.push_str(between);
            kept.push_str(word);
            last = word;
        }
        if after.is_empty() {
            return kept;
        }
        rest = after;
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Runs of `!`, of `?` and of `.` become one.
fn keep_marks_once(text: &str) -> String {
    let mut text = text.to_owned();
    for mark in ['!', '?', '.'] {
        let mut previous = ' ';
        text.retain(|character| {
            let repeated = character == mark && previous == mark;
            previous = character;
            !repeated
        });
        text = strip(&text).to_owned();
    }
    text
}

/// Cuts mentions, hashtags and links off both ends; then a few more off the start, and a last link.
fn cut_ends(text: &str) -> String {
    let text = strip(cut(&PATTERNS.leading_tags, text));
    let text = strip(cut(&PATTERNS.trailing_tags, text));
    let text = halve_and_strip(text);
    let text = halve_and_strip(cut(&PATTERNS.leading_tags_and_numbers, &text));
    strip(text.strip_suffix("url").unwrap_or(&text)).to_owned()
}

/// `text` without the one match of `pattern`, which stands at its start or at its end.
fn cut<'a>(pattern: &Regex, text: &'a str) -> &'a str {
    match pattern.find(text) {
        Some(found) if found.start() == 0 => &text[found.end()..],
        Some(found) => &text[..found.start()],
        None => text,
    }
}

/// One pass from left to right that makes every two spaces one: four become two.
fn halve_spaces(text: &str) -> String {
    text.replace("  ", " ")
}

fn halve_and_strip(text: &str) -> String {
    strip(&halve_spaces(text)).to_owned()
}

fn replace(pattern: &Regex, text: Cow<'_, str>, by: &str) -> String {
    replace_cow(pattern, text, by).into_owned()
}

fn replace_cow<'a>(pattern: &Regex, text: Cow<'a, str>, by: &str) -> Cow<'a, str> {
    match pattern.replace_all(&text, by) {
        Cow::Borrowed(_) => text,
        Cow::Owned(replaced) => Cow::Owned(replaced),
    }
}
