//! The delimiter between the fields of a file.

/// The delimiters that are tried, the likeliest first.
const KNOWN: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How much of a header is looked at, in bytes.
const LONGEST_HEADER: usize = 1 << 20;

/// What separates the fields of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiter {
    /// This ASCII character.
    Is(u8),
    /// The one of comma, semicolon, tab and `|` that gives the header a column of the wanted name; where none does, the one
    /// that is most frequent in the header outside quotes, and a comma where all are missing.
    Auto,
}

impl Delimiter {
    /// The delimiter of the file that starts with `start` and should have this column.
    pub(crate) fn resolve(self, start: &[u8], column: &str) -> u8 {
        if let Self::Is(delimiter) = self {
            return delimiter;
        }
        let start = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start);
        let start = &start[..start.len().min(LONGEST_HEADER)];
        let named = KNOWN.into_iter().find(|&delimiter| {
            let header = header(start, delimiter);
            header.len() > 1 && header.iter().any(|name| name == column.as_bytes())
        });
        // `max_by_key` takes the last of equals.
        let frequent = KNOWN
            .into_iter()
            .rev()
            .max_by_key(|&delimiter| header(start, delimiter).len());
        named.or(frequent).unwrap_or(KNOWN[0])
    }
}

/// The names in the header, were this the delimiter.
fn header(start: &[u8], delimiter: u8) -> csv::ByteRecord {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .from_reader(start);
    let mut header = csv::ByteRecord::new();
    // From memory, and one row: nothing can go wrong.
    let _ = reader.read_byte_record(&mut header);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_the_delimiter() {
        for (header, delimiter) in [
            ("id,text\n1;2;3", b','),
            ("id;text\n", b';'),
            ("\u{feff}text\tid, or so, and, more\n", b'\t'),
            ("\"a,b,c\"|text\n", b'|'),
            ("a;b;c,d\n", b';'),
            ("text\n", b','),
            ("", b','),
        ] {
            assert_eq!(
                Delimiter::Auto.resolve(header.as_bytes(), "text"),
                delimiter,
                "{header}"
            );
        }
        assert_eq!(Delimiter::Is(b':').resolve(b"a,b", "text"), b':');
    }
}
