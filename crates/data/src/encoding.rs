//! A check that bytes are text that a CSV reader cannot misread.

use super::LineFault;

/// `bytes` as text, without the UTF-8 byte order mark that some spreadsheets write.
///
/// # Errors
/// The first fault of: a NUL byte, invalid UTF-8, a quote that is never closed; with its line, from 1.
pub(super) fn text(bytes: &[u8], delimiter: u8) -> Result<&str, (u64, LineFault)> {
    if let Some(byte) = bytes.iter().position(|&byte| byte == 0) {
        return Err((line(bytes, byte), LineFault::Nul));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let byte = error.valid_up_to();
        (line(bytes, byte), LineFault::Encoding { byte })
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match open_quote(text.as_bytes(), delimiter) {
        Some(byte) => Err((line(text.as_bytes(), byte), LineFault::OpenQuote)),
        None => Ok(text),
    }
}

/// The line, from 1, on which the byte at `offset` stands.
pub(super) fn line(bytes: &[u8], offset: usize) -> u64 {
    bytes[..offset].split(|&byte| byte == b'\n').count() as u64
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

/// Where the quote was opened that is never closed. The csv crate takes the rest of the file for the field's text, so a
/// forgotten quote would swallow every row after it in silence.
fn open_quote(bytes: &[u8], delimiter: u8) -> Option<usize> {
    let mut state = State::FieldStart;
    for (offset, &byte) in bytes.iter().enumerate() {
        state = state.after(offset, byte, delimiter);
    }
    match state {
        State::Quoted(start) => Some(start),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_quotes_that_open_a_field_must_be_closed() {
        for closed in [
            "",
            "a",
            "\"a\"",
            "\"a\"\"b\"",
            "a\"b",
            "\"a\"b\"",
            "x,\"\"\n\"\"",
            "\"a\nb\",c\n",
            "\"\"\"\"",
        ] {
            assert_eq!(open_quote(closed.as_bytes(), b','), None, "{closed}");
        }
        for (open, offset) in [
            ("\"", 0),
            ("a,\"b", 2),
            ("a\n\"b\"\"", 2),
            ("\"\"\"", 0),
            ("\"a\",\"b\n\"\"c", 4),
        ] {
            assert_eq!(open_quote(open.as_bytes(), b','), Some(offset), "{open}");
        }
    }
}
