//! A plain tidying for texts of any language.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use unicode_categories::UnicodeCategories as _;
use unicode_normalization::UnicodeNormalization as _;

use super::pattern::compile;

/// The text rules in their order.
pub(super) fn apply(text: &str) -> String {
    let text: String = decode_entities(text)
        .nfc()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    let text = PATTERNS.url.replace_all(&text, replace_url);
    let text = PATTERNS.mention.replace_all(&text, "USR");
    let text = PATTERNS.hashtag.replace_all(&text, tag_words);
    let text = keep_marks_once(&text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `\w` has the marks and joiners that words of many scripts are written with, and `\B` before a sign that is no word
/// character wants none before it: `me@example.org` is no mention, `C#` no tag.
struct Patterns {
    entity: Regex,
    url: Regex,
    mention: Regex,
    hashtag: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns {
    entity: compile("&(amp|lt|gt|quot|apos|#39|nbsp);"),
    url: compile(r#"(?i)\b(?:https?://|www\.)[^\s<>"]+"#),
    mention: compile(r"\B@\w+"),
    hashtag: compile(r"\B#(\w*\p{L}\w*)"),
});

/// The entities that platforms leave in texts, decoded once: `&amp;lt;` becomes `&lt;`.
fn decode_entities(text: &str) -> String {
    let decoded = PATTERNS
        .entity
        .replace_all(text, |entity: &Captures| match &entity[1] {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "nbsp" => " ",
            _ => "'",
        });
    decoded.into_owned()
}

/// `URL`, and the marks at the end of the match, which belong to the sentence.
fn replace_url(url: &Captures) -> String {
    let marks = |character: char| {
        character.is_punctuation() && !matches!(character, '/' | '_' | '-' | '#' | '%' | '&' | '@')
    };
    format!("URL{}", &url[0][url[0].trim_end_matches(marks).len()..])
}

/// The words of a hashtag: `#MeToo_now` is `Me Too now`, `#NYC2020` is `NYC2020`.
fn tag_words(tag: &Captures) -> String {
    let mut words = String::with_capacity(tag[1].len() + 4);
    let mut previous = ' ';
    for character in tag[1].chars() {
        if previous.is_lowercase() && character.is_uppercase() {
            words.push(' ');
        }
        words.push(if character == '_' { ' ' } else { character });
        previous = character;
    }
    words
}

/// Three or more of one punctuation mark in a row become one; two stay.
fn keep_marks_once(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(mark) = rest.next() {
        kept.push(mark);
        if !mark.is_punctuation() {
            continue;
        }
        let mut more = 0;
        while rest.next_if_eq(&mark).is_some() {
            more += 1;
        }
        if more == 1 {
            kept.push(mark);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: the rules as docs/preprocess.md states them, worked out by hand.
    #[test]
    fn each_rule_does_what_the_document_says() {
        for (text, tidied) in [
            (
                "Cafe\u{301} 日本語 हिन्दी 😂👍🏽",
                "Caf\u{e9} 日本語 हिन्दी 😂👍🏽",
            ),
            ("a\tb\r\nc\u{0}\u{7f}\u{92}d", "a b c d"),
            (
                "see HTTPS://a.b/c?d=1&e#f, or (www.x.org/y).",
                "see URL, or (URL).",
            ),
            (
                "@me_1: hi me@example.org @日本",
                "USR: hi me@example.org USR",
            ),
            (
                "#MeToo #time_is_up #NYC2020 #École C# #1 ##x",
                "Me Too time is up NYC2020 École C# #1 #x",
            ),
            (
                "&lt;3 &amp;amp; &#39;q&#39; &quot;x&quot;&nbsp;y &copy;",
                "<3 &amp; 'q' \"x\" y &copy;",
            ),
            ("  a   b\u{a0}\u{3000}c ", "a b c"),
            (
                "no!!!! what?? wait... ?!?! ——— 。。。 $$$",
                "no! what?? wait. ?!?! — 。 $$$",
            ),
            ("Don't SHOUT, ʼtis naïve", "Don't SHOUT, ʼtis naïve"),
            ("हिन्दी_#हिन्दी #हिन्दी", "हिन्दी_#हिन्दी हिन्दी"),
            ("", ""),
            (" \u{1}\n", ""),
        ] {
            assert_eq!(apply(text), tidied, "{text:?}");
        }
    }
}
