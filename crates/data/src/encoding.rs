//! A check that bytes are text that a CSV reader cannot misread.

use super::LineFault;
use super::row_size::RowSize;

/// `bytes` as text, without the UTF-8 byte order mark that some spreadsheets write.
///
/// # Errors
/// The first fault of: a NUL byte, invalid UTF-8, a row that is too long, text after the closing quote of a field, a quote that is
/// never closed; with its line, from 1.
pub(super) fn text(bytes: &[u8], delimiter: u8) -> Result<&str, (u64, LineFault)> {
    if let Some(byte) = bytes.iter().position(|&byte| byte == 0) {
        return Err((line(bytes, byte), LineFault::Nul));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let byte = error.valid_up_to();
        (line(bytes, byte), LineFault::Encoding { byte })
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match row_fault(text.as_bytes(), delimiter) {
        Some((byte, fault)) => Err((line(text.as_bytes(), byte), fault)),
        None => Ok(text),
    }
}

/// The line, from 1, on which the byte at `offset` stands. Lines end in LF, CR or both.
pub(super) fn line(bytes: &[u8], offset: usize) -> u64 {
    1 + breaks(&bytes[..offset], bytes.get(offset).copied())
}

/// How many lines end in `bytes`, which `next` follows.
pub(super) fn breaks(bytes: &[u8], next: Option<u8>) -> u64 {
    let followers = bytes.iter().skip(1).copied().map(Some).chain([next]);
    let ends =
        |(&byte, next): (&u8, Option<u8>)| byte == b'\n' || byte == b'\r' && next != Some(b'\n');
    bytes
        .iter()
        .zip(followers)
        .filter(|&pair| ends(pair))
        .count() as u64
}

/// Where a reader of CSV stands between two bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum State {
    FieldStart,
    Plain,
    /// Within quotes that were opened at this byte.
    Quoted(usize),
    /// After a quote within quotes: the field ends, or the quote is doubled.
    Closing(usize),
}

impl State {
    /// Where the reader stands after `byte`, which is the one at `offset`.
    pub(super) fn after(self, offset: usize, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::FieldStart, b'"') => Self::Quoted(offset),
            (Self::Quoted(start), b'"') => Self::Closing(start),
            (Self::Quoted(start), _) | (Self::Closing(start), b'"') => Self::Quoted(start),
            (_, b'\n' | b'\r') => Self::FieldStart,
            (_, byte) if byte == delimiter => Self::FieldStart,
            _ => Self::Plain,
        }
    }
}

/// The byte at which a faulty row or the quote of a faulty field begins, and what is wrong. The csv crate takes what follows a closing
/// quote for the field's text, and what follows a quote that is never closed, so that a forgotten quote would swallow rows in silence.
fn row_fault(bytes: &[u8], delimiter: u8) -> Option<(usize, LineFault)> {
    let mut state = State::FieldStart;
    let mut size = RowSize::default();
    for (offset, &byte) in bytes.iter().enumerate() {
        let next = state.after(offset, byte, delimiter);
        if let (State::Closing(start), State::Plain) = (state, next) {
            let lines = breaks(&bytes[start..offset], Some(byte));
            return Some((start, LineFault::TextAfterQuote { lines }));
        }
        if matches!(next, State::FieldStart) {
            if byte == delimiter {
                size.next_field();
            }
            if let Some(fault) = size.fault(offset) {
                return Some(fault);
            }
            if byte != delimiter {
                size.next_row(offset + 1);
            }
        }
        state = next;
    }
    match state {
        State::Quoted(start) => Some((start, LineFault::OpenQuote)),
        _ => size.fault(bytes.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<(usize, LineFault)> {
        row_fault(text.as_bytes(), b',')
    }

    #[test]
    fn only_quotes_that_open_a_field_must_be_closed() {
        for closed in [
            "",
            "a",
            "\"a\"",
            "\"a\"\"b\"",
            "a\"b",
            "x,\"\"\n\"\"",
            "\"a\nb\",c\n",
            "\"a\"\r\"b\"\r\n",
            "\"\"\"\"",
        ] {
            assert!(fault(closed).is_none(), "{closed}");
        }
        for (open, offset) in [
            ("\"", 0),
            ("a,\"b", 2),
            ("a\n\"b\"\"", 2),
            ("\"\"\"", 0),
            ("\"a\",\"b\n\"\"c", 4),
        ] {
            let found = fault(open);
            assert!(
                matches!(found, Some((at, LineFault::OpenQuote)) if at == offset),
                "{open}"
            );
        }
    }

    #[test]
    fn nothing_may_follow_a_closing_quote() {
        for (text, offset, over) in [
            ("\"a\"b\"", 0, 0),
            ("x,\"a\" ,c", 2, 0),
            ("a\n\"b\nc\r\nd\"e,0\n", 2, 2),
        ] {
            let found = fault(text);
            assert!(
                matches!(found, Some((at, LineFault::TextAfterQuote { lines })) if (at, lines) == (offset, over)),
                "{text}"
            );
        }
    }

    #[test]
    fn rows_have_at_most_10_000_fields_and_64_mebibytes() {
        let row = |delimiters: usize| format!("a\n\n{}\nb", ",".repeat(delimiters));
        assert_eq!(fault(&row(9_999)), None);
        let allowed = 10_000;
        let wide = Some((3, LineFault::ManyFields { allowed }));
        assert_eq!(fault(&row(10_000)), wide);
        assert_eq!(fault(row(10_000).trim_end_matches("\nb")), wide);
        // Commas in quotes separate nothing.
        assert_eq!(fault(&format!("\"{}\"", ",".repeat(20_000))), None);
        let allowed = 64 * 1024 * 1024;
        let long = |bytes: usize| format!("a\n\"{}\"\n", "b".repeat(bytes - 2));
        assert_eq!(fault(&long(allowed)), None);
        assert_eq!(
            fault(&long(allowed + 1)),
            Some((2, LineFault::LongRow { allowed }))
        );
    }

    #[test]
    fn lines_end_in_lf_in_cr_or_in_both() {
        for text in ["a\nb\nc", "a\rb\rc", "a\r\nb\r\nc", "a\n\rc"] {
            let last = text.len() - 1;
            assert_eq!(
                (line(text.as_bytes(), 0), line(text.as_bytes(), last)),
                (1, 3),
                "{text:?}"
            );
        }
        // Cut between CR and LF, the break is counted once.
        assert_eq!((breaks(b"a\r", Some(b'\n')), breaks(b"\nb", None)), (0, 1));
    }
}
