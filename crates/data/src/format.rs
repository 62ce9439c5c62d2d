//! Formats of data files: what separates fields, and formats that are not read.

use std::path::Path;

use super::DataError;

/// How a data file is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Format {
    /// What separates fields, an ASCII character; if it is left out, the file's name decides: a tab in `.tsv` and `.tab` files,
    /// otherwise a comma.
    pub delimiter: Option<u8>,
}

impl Format {
    /// Fields separated by this ASCII character, whatever the file's name.
    pub const fn separated_by(delimiter: u8) -> Self {
        Self {
            delimiter: Some(delimiter),
        }
    }

    /// Fields separated by this character, if one is given; a character that is not ASCII counts as none.
    pub fn of(delimiter: Option<char>) -> Self {
        Self {
            delimiter: delimiter.and_then(|delimiter| u8::try_from(delimiter).ok()),
        }
    }

    /// What separates the fields of the unpacked file of this name.
    pub(super) fn delimiter_in(self, name: &Path) -> u8 {
        let has_tabs = ["tsv", "tab"]
            .into_iter()
            .any(|known| has_extension(name, known));
        self.delimiter
            .unwrap_or(if has_tabs { b'\t' } else { b',' })
    }
}

fn has_extension(name: &Path, extension: &str) -> bool {
    name.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// Refuses a file that starts with `head`, eight bytes or more of it, if it is of a format that is known and not read.
///
/// # Errors
/// [`DataError::Foreign`].
pub(super) fn refuse_foreign(path: &Path, head: &[u8]) -> Result<(), DataError> {
    let (format, remedy) = if head.starts_with(b"PAR1") {
        (
            "a Parquet file",
            "convert it, for example with pandas: read_parquet(…).to_csv(…, index=False)",
        )
    } else if head.starts_with(b"ARROW1") {
        (
            "an Arrow file",
            "convert it, for example with pandas: read_feather(…).to_csv(…, index=False)",
        )
    } else if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        ("an old Excel workbook", SAVE_AS)
    } else if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        ("a text in UTF-16", "save it as CSV UTF-8")
    } else if is_web_page(head) {
        (
            "a web page",
            "download the file itself, not the page that shows it",
        )
    } else if is_json(path, head) {
        (
            "JSON",
            "convert it, for example with pandas: read_json(…).to_csv(…, index=False), with lines=True for JSON Lines",
        )
    } else {
        return Ok(());
    };
    Err(foreign(path, format, remedy))
}

const SAVE_AS: &str = "save the sheet as CSV UTF-8";

/// Refuses a zip archive of these files if it is a document of an office program.
///
/// # Errors
/// [`DataError::Foreign`].
pub(super) fn refuse_document<'a>(
    path: &Path,
    mut members: impl Iterator<Item = &'a str>,
) -> Result<(), DataError> {
    let kind = members.find_map(|name| match name {
        "xl/workbook.xml" | "xl/workbook.bin" => Some("an Excel workbook"),
        "word/document.xml" => Some("a Word document"),
        "content.xml" => Some("an OpenDocument file"),
        _ => None,
    });
    kind.map_or(Ok(()), |format| Err(foreign(path, format, SAVE_AS)))
}

fn foreign(path: &Path, format: &'static str, remedy: &'static str) -> DataError {
    DataError::Foreign {
        path: path.to_owned(),
        format,
        remedy,
    }
}

/// Whether it starts as HTML does: often the answer to a download that failed.
fn is_web_page(head: &[u8]) -> bool {
    let head = head.trim_ascii_start().to_ascii_lowercase();
    head.starts_with(b"<!doct") || head.starts_with(b"<html")
}

/// Whether it starts as no header does, or as none does in a file of such a name.
fn is_json(path: &Path, head: &[u8]) -> bool {
    let head = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head);
    let starts = ["{\"", "[{", "{\n", "[\n", "{\r", "[\r"];
    let named = ["json", "jsonl", "ndjson"]
        .into_iter()
        .any(|known| has_extension(path, known));
    starts
        .iter()
        .any(|start| head.starts_with(start.as_bytes()))
        || named && matches!(head.trim_ascii_start().first(), Some(b'{' | b'['))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_or_the_user_says_what_separates_fields() {
        for (name, delimiter) in [
            ("a.csv", b','),
            ("a.tsv", b'\t'),
            ("a.TAB", b'\t'),
            ("tsv", b','),
            ("a", b','),
        ] {
            let path = Path::new(name);
            assert_eq!(Format::default().delimiter_in(path), delimiter, "{name}");
            assert_eq!(Format::separated_by(b';').delimiter_in(path), b';');
        }
    }

    #[test]
    fn utf_16_is_told_by_its_mark() {
        for head in [&b"\xff\xfet\0e\0x\0"[..], b"\xfe\xff\0t\0e\0x"] {
            let error = refuse_foreign(Path::new("a.csv"), head).unwrap_err();
            assert_eq!(
                error.to_string(),
                "`a.csv`: a text in UTF-16, must be a CSV file"
            );
        }
    }

    #[test]
    fn formats_that_are_not_read_are_named() {
        for (name, head, format) in [
            ("a", "PAR1\x15\x04", Some("a Parquet file")),
            ("a", "{\"text\": ", Some("JSON")),
            ("a", "[{\"text\":", Some("JSON")),
            ("a.json", "  [ { ", Some("JSON")),
            ("a.csv", "<!DOCTYP", Some("a web page")),
            ("a.csv", "\n<html><", Some("a web page")),
            ("a.csv", "<id>,text", None),
            ("a.json", "text,lab", None),
            ("a.csv", "[id],tex", None),
            ("a.csv", "ARROW,te", None),
        ] {
            let found = match refuse_foreign(Path::new(name), head.as_bytes()) {
                Err(DataError::Foreign { format, .. }) => Some(format),
                _ => None,
            };
            assert_eq!(found, format, "{name} {head}");
        }
    }
}
