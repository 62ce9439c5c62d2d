//! The string operations of Python that the reference rules are made of, where Rust's differ.

use std::fmt::Write as _;

/// Whether Python's `str.isspace` holds. Rust leaves out the four information separators.
fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

/// `text` without white space at both ends, as `str.strip`.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `text` as its `unicode_escape` encoding: printable ASCII stays (a backslash is doubled), tab, line feed and carriage
/// return become `\t`, `\n` and `\r`, everything else `\xhh`, `\uhhhh` or `\Uhhhhhhhh`.
pub(super) fn unicode_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            ' '..='~' => escaped.push(character),
            _ => push_code(&mut escaped, u32::from(character)),
        }
    }
    escaped
}

fn push_code(escaped: &mut String, code: u32) {
    // Writing to a string cannot fail.
    let _ = match code {
        0..0x100 => write!(escaped, "\\x{code:02x}"),
        0x100..0x1_0000 => write!(escaped, "\\u{code:04x}"),
        _ => write!(escaped, "\\U{code:08x}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: Python 3.11, `"é\\’😀\t\x7f\x85~".encode("unicode_escape")` and `"\x1f\x85 a \u3000\x1c".strip()`.
    #[test]
    fn as_python_does() {
        assert_eq!(
            unicode_escape("é\\’😀\t\u{7f}\u{85}~"),
            r"\xe9\\\u2019\U0001f600\t\x7f\x85~"
        );
        assert_eq!(strip("\u{1f}\u{85} a \u{3000}\u{1c}"), "a");
        assert_eq!(strip("\u{200b}a"), "\u{200b}a");
    }
}
