//! What the TOML parser's errors mean to who wrote the file, where its own words do not say it.

/// What the parser says of a key or section that is there twice.
pub(super) const DUPLICATE: &str = "duplicate key";

/// What is wrong, from the parser's message and the text at the place that it names, which may be the name of a section.
pub(super) fn meaning(message: &str, written: &str, is_section: bool) -> String {
    let written = written.trim();
    match message {
        DUPLICATE if is_section && written == "row" => {
            "`row` is there already; every row begins with `[[row]]`, in two brackets".to_owned()
        }
        DUPLICATE if is_section => format!("the section `[{written}]` is there twice"),
        DUPLICATE => format!("the key `{written}` is there twice"),
        _ if message.starts_with("string values must be quoted") => {
            "a value is missing, or a text lacks its quotes (`\"`)".to_owned()
        }
        _ => message.lines().collect::<Vec<_>>().join(", "),
    }
}

/// What is wrong with bytes that are no text.
pub(super) fn of_bytes(bytes: &[u8]) -> &'static str {
    // Every other byte of plain letters is 0 in UTF-16.
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => {
            "the file is in UTF-16; save it as UTF-8"
        }
        bytes if bytes.contains(&0) => "a NUL byte, which no text has",
        _ => "a byte that is not UTF-8; save the file as UTF-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parser_s_words_are_replaced_where_they_mislead() {
        let quotes = "string values must be quoted\nexpected literal string";
        for (message, written, is_section, meant) in [
            (DUPLICATE, "row", true, "every row begins with `[[row]]`"),
            (
                DUPLICATE,
                "data",
                true,
                "the section `[data]` is there twice",
            ),
            (DUPLICATE, " seed", false, "the key `seed` is there twice"),
            (quotes, "", false, "a value is missing"),
            (
                "unclosed array\nexpected `]`",
                "[",
                false,
                "unclosed array, expected `]`",
            ),
        ] {
            let got = meaning(message, written, is_section);
            assert!(got.contains(meant), "{got}");
        }
    }

    #[test]
    fn utf_16_is_recognised_with_and_without_a_mark() {
        for bytes in [&b"\xff\xfen\0"[..], b"\xfe\xff\0n", b"n\0a\0", b"\0n\0a"] {
            assert!(of_bytes(bytes).contains("UTF-16"), "{bytes:?}");
        }
        assert!(of_bytes(b"caf\xe9").contains("not UTF-8"));
        assert!(of_bytes(b"name\0").contains("NUL"));
    }
}
