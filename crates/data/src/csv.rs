//! Texts and labels out of a CSV file.

use std::path::Path;

use super::columns::{Columns, MAX_CHARACTERS};
use super::format::Format;
use super::labels::LabelColumn;
use super::reading::{read_file, unreadable};
use super::stream::unpacked;
use super::{DataError, LineFault, Table};

/// Texts in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// The texts, at least one, each of 0 to [`MAX_CHARACTERS`] characters.
    pub texts: Vec<String>,
    /// One label for each text; there iff [`Columns::label`] names a column.
    pub labels: Option<LabelColumn>,
}

/// Reads texts and labels from the file at `path`: plain, gzipped, or alone in a zip archive.
///
/// # Errors
/// A file that cannot be read, exceeds a [`Limit`](super::Limit) or is no CSV (see [`Table::parse`]), a column that is missing or there twice, one column for both, a
/// text longer than [`MAX_CHARACTERS`], an empty label, a header between the rows. The first fault counts.
pub fn read_csv(path: &Path, columns: &Columns, format: &Format) -> Result<Texts, DataError> {
    let bytes = read_file(path).map_err(|source| unreadable(path, source))?;
    read_csv_bytes(path, &bytes, columns, format)
}

/// As [`read_csv`], from the bytes of a file that errors call `path`, packed or not.
///
/// # Errors
/// As [`read_csv`].
pub fn read_csv_bytes(
    path: &Path,
    bytes: &[u8],
    columns: &Columns,
    format: &Format,
) -> Result<Texts, DataError> {
    let (bytes, name) = unpacked(path, bytes)?;
    let delimiter = format.delimiter_in(&name);
    texts(&Table::parse(path, &bytes, delimiter)?, columns)
}

fn texts(table: &Table, columns: &Columns) -> Result<Texts, DataError> {
    // Both columns are looked up before any row, so that a wrong name is the fault that is told.
    let labels = columns
        .label
        .map(|column| Ok((column, table.column(column)?)))
        .transpose();
    let fields = table.column(columns.text)?;
    let labels = labels?;
    if columns.label == Some(columns.text) {
        return Err(DataError::SameColumn {
            path: table.path().to_owned(),
            column: columns.text.to_owned(),
        });
    }
    let texts = fields
        .map(|field| text(table, columns.text, field))
        .collect::<Result<Vec<String>, _>>()?;
    let labels =
        labels.map(|(column, fields)| label_column(table, &texts, columns.text, column, fields));
    let labels = labels.transpose()?;
    Ok(Texts { texts, labels })
}

/// The labels of the texts, unless one of the rows is the header again.
fn label_column<'a>(
    table: &Table,
    texts: &[String],
    text_column: &str,
    column: &str,
    fields: impl Iterator<Item = (u64, &'a str)>,
) -> Result<LabelColumn, DataError> {
    let fields: Vec<(u64, &str)> = fields.collect();
    let mut rows = fields.iter().zip(texts);
    let is_header = |((_, label), text): &(&(u64, &str), &String)| {
        label.trim() == column && text.trim() == text_column
    };
    match rows.find(is_header) {
        Some((&(line, _), _)) => Err(at(table, line, LineFault::RepeatedHeader)),
        None => LabelColumn::new(table.path(), column, fields),
    }
}

/// A field as a text, if it is none beyond all length.
pub(super) fn text(
    table: &Table,
    column: &str,
    (line, text): (u64, &str),
) -> Result<String, DataError> {
    match text.chars().count() {
        0..=MAX_CHARACTERS => Ok(text.to_owned()),
        got => {
            let (column, allowed) = (column.to_owned(), MAX_CHARACTERS);
            let fault = LineFault::LongText {
                column,
                got,
                allowed,
            };
            Err(at(table, line, fault))
        }
    }
}

/// A fault in a line of the table's file.
pub(super) fn at(table: &Table, line: u64, fault: LineFault) -> DataError {
    DataError::Line {
        path: table.path().to_owned(),
        line,
        fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Columns = Columns {
        text: "text",
        label: Some("category"),
    };

    fn parse(bytes: impl AsRef<[u8]>) -> Result<Texts, DataError> {
        read_csv_bytes(
            Path::new("a.csv"),
            bytes.as_ref(),
            &BOTH,
            &Format::default(),
        )
    }

    fn names(texts: &Texts) -> Vec<&str> {
        let labels = texts.labels.as_ref().unwrap();
        labels.iter().map(|(name, _)| name).collect()
    }

    /// The error as a user sees it.
    fn fault(bytes: impl AsRef<[u8]>) -> String {
        let error = parse(bytes).unwrap_err();
        let hint = error
            .hint()
            .map_or_else(String::new, |hint| format!("\nhint: {hint}"));
        format!("{error}{hint}")
    }

    #[test]
    fn quotes_line_breaks_byte_order_marks_and_empty_texts_are_read() {
        let file = "\u{feff}id,category,text\r\n7,1,\"a, \"\"b\"\"\r\nc\"\r\n\r\n8,0,\r\n9, 1.0 ,d\"e\" ʼ😀";
        let read = parse(file).unwrap();
        assert_eq!(read.texts, ["a, \"b\"\r\nc", "", "d\"e\" ʼ😀"]);
        assert_eq!(names(&read), ["1", "0", "1"]);
    }

    #[test]
    fn labels_are_read_only_when_asked_for_and_delimiters_can_differ() {
        let columns = Columns {
            text: "text",
            label: None,
        };
        let read = read_csv_bytes(
            Path::new("a"),
            b"text;x\na,b;\"c;d\"\n",
            &columns,
            &Format::separated_by(b';'),
        )
        .unwrap();
        assert_eq!(
            read,
            Texts {
                texts: vec!["a,b".to_owned()],
                labels: None
            }
        );
    }

    #[test]
    fn a_file_is_read_by_its_path() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file.as_file(), b"text,category\na,0\n").unwrap();
        let format = Format::default();
        assert_eq!(
            names(&read_csv(file.path(), &BOTH, &format).unwrap()),
            ["0"]
        );
        let error = read_csv(Path::new("no/such.csv"), &BOTH, &format).unwrap_err();
        assert_eq!(error.to_string(), "`no/such.csv`: cannot be read");
        assert!(std::error::Error::source(&error).is_some());
    }

    #[test]
    fn a_missing_column_names_those_there_are() {
        assert_eq!(
            fault("text,y\na,1\n"),
            "`a.csv`: no column `category`; the columns are `text`, `y`"
        );
        assert_eq!(
            fault("Texts,y\na,1\n"),
            "`a.csv`: no column `text`; the columns are `Texts`, `y`\nhint: did you mean `Texts`?"
        );
        assert_eq!(
            fault("text;category\na;1\n"),
            "`a.csv`: no column `text`; the columns are `text;category`\n\
             hint: the fields seem to be separated by ';'; set `data.delimiter` or `--delimiter`"
        );
        assert_eq!(
            fault("text,category,text\na,1,b\n"),
            "`a.csv`: 2 columns are called `text`, must be exactly one\n\
             hint: rename or remove all of them but one"
        );
    }

    #[test]
    fn files_without_rows_are_refused() {
        let hint = "hint: the file needs a header and at least one row";
        for empty in ["", "\n\r\n", "\u{feff}"] {
            assert_eq!(fault(empty), format!("`a.csv`: the file is empty\n{hint}"));
        }
        let header = fault("text,category\n\n");
        assert_eq!(header, format!("`a.csv`: a header but no rows\n{hint}"));
    }

    #[test]
    fn bytes_that_are_no_text_are_named_with_their_line() {
        assert_eq!(
            fault(b"text,category\na,1\ncaf\xe9,0\n"),
            "`a.csv`, line 3: invalid UTF-8 at byte 21 of the file\nhint: save the file as UTF-8"
        );
        assert_eq!(
            fault(b"text,category\na\0b,1\n"),
            "`a.csv`, line 2: a NUL byte\n\
             hint: remove the NUL bytes; a file with many of them is UTF-16 or not a text file"
        );
    }

    #[test]
    fn an_unterminated_quote_is_named_where_it_opens() {
        assert_eq!(
            fault("text,category\na,1\n\"b,0\nc,1\nd,0\n"),
            "`a.csv`, line 3: this quote is never closed\n\
             hint: close the quote; inside a quoted field, write quotes twice"
        );
    }

    #[test]
    fn rows_have_as_many_fields_as_the_header() {
        let hint = "hint: quote fields that contain commas, quotes or line breaks";
        assert_eq!(
            fault("text,category\na,1\nb, c,0\n"),
            format!("`a.csv`, line 3: 3 fields, the header has 2\n{hint}")
        );
        assert_eq!(
            fault("text,category\r\n\"a\r\n\",1\r\n\r\nb"),
            format!("`a.csv`, line 5: 1 field, the header has 2\n{hint}")
        );
    }

    #[test]
    fn long_texts_are_read_up_to_a_million_characters() {
        for length in [100_000, MAX_CHARACTERS] {
            let read = parse(format!("text,category\n{},1\n", "é".repeat(length))).unwrap();
            assert_eq!(read.texts[0].chars().count(), length);
        }
        assert_eq!(
            fault(format!(
                "text,category\na,0\n{},1\n",
                "é".repeat(MAX_CHARACTERS + 1)
            )),
            "`a.csv`, line 3: column `text`: a text of 1000001 characters, at most 1000000 are allowed\n\
             hint: split the text, or look for an unclosed quote"
        );
    }
}
