//! Texts and labels out of a CSV file.

use std::path::Path;

use super::{DataError, LineFault, Table};

/// The most characters that one text may have. A longer one is no text but a broken file.
pub const MAX_CHARACTERS: usize = 1_000_000;

/// Which columns to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns<'a> {
    /// The column that is learnt from. Its fields may be empty.
    pub text: &'a str,
    /// The column of labels; left out where none are needed.
    pub label: Option<&'a str>,
}

/// Texts in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// The texts, at least one, each of 0 to [`MAX_CHARACTERS`] characters.
    pub texts: Vec<String>,
    /// One label, 0 or 1, for each text; there iff [`Columns::label`] names a column.
    pub labels: Option<Vec<u8>>,
}

/// Reads texts and labels from the comma-separated file at `path`.
///
/// A label is `0` or `1`; as some tools write whole numbers with a point, `0.0` and `1.0` count too, and spaces around it
/// do not matter.
///
/// # Errors
/// A file that cannot be read or is no CSV (see [`Table::parse`]), a column that is missing or there twice, a label other
/// than 0 and 1, a text longer than [`MAX_CHARACTERS`]. The first fault counts.
pub fn read_csv(path: &Path, columns: &Columns) -> Result<Texts, DataError> {
    texts(&Table::read(path, b',')?, columns)
}

/// As [`read_csv`], from `bytes` that errors call `path` and whose fields are separated by `delimiter`.
///
/// # Errors
/// As [`read_csv`].
pub fn read_csv_bytes(
    path: &Path,
    bytes: &[u8],
    columns: &Columns,
    delimiter: u8,
) -> Result<Texts, DataError> {
    texts(&Table::parse(path, bytes, delimiter)?, columns)
}

fn texts(table: &Table, columns: &Columns) -> Result<Texts, DataError> {
    let label = |column: &str, (line, field): (u64, &str)| {
        label(column, field).map_err(|fault| at(table, line, fault))
    };
    // Both columns are looked up before any row, so that a wrong name is the fault that is told.
    let labels = columns
        .label
        .map(|column| Ok((column, table.column(column)?)))
        .transpose();
    let texts = table
        .column(columns.text)?
        .map(|field| text(table, columns.text, field))
        .collect::<Result<_, _>>();
    let labels = labels?.map(|(column, fields)| fields.map(|field| label(column, field)).collect());
    Ok(Texts {
        texts: texts?,
        labels: labels.transpose()?,
    })
}

/// The label, 0 or 1, that a field of `column` holds.
pub(super) fn label(column: &str, field: &str) -> Result<u8, LineFault> {
    match field.trim() {
        "0" | "0.0" => Ok(0),
        "1" | "1.0" => Ok(1),
        _ => Err(LineFault::Label {
            column: column.to_owned(),
            got: shown(field),
        }),
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

/// The first 40 characters of a field, with line breaks and controls written out.
pub(super) fn shown(field: &str) -> String {
    let more = if field.chars().nth(40).is_some() {
        "…"
    } else {
        ""
    };
    field
        .chars()
        .take(40)
        .flat_map(char::escape_debug)
        .collect::<String>()
        + more
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Columns = Columns {
        text: "text",
        label: Some("category"),
    };

    fn parse(bytes: impl AsRef<[u8]>) -> Result<Texts, DataError> {
        read_csv_bytes(Path::new("a.csv"), bytes.as_ref(), &BOTH, b',')
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
        assert_eq!(read.labels, Some(vec![1, 0, 1]));
    }

    #[test]
    fn labels_are_read_only_when_asked_for_and_delimiters_can_differ() {
        let columns = Columns {
            text: "text",
            label: None,
        };
        let read =
            read_csv_bytes(Path::new("a"), b"text;x\na,b;\"c;d\"\n", &columns, b';').unwrap();
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
        assert_eq!(read_csv(file.path(), &BOTH).unwrap().labels, Some(vec![0]));
        let error = read_csv(Path::new("no/such.csv"), &BOTH).unwrap_err();
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
             hint: the fields seem to be separated by ';'; use `--delimiter` where the command has it, or convert the file to commas"
        );
        assert_eq!(
            fault("text,category,text\na,1,b\n"),
            "`a.csv`: 2 columns are called `text`, must be exactly one"
        );
    }

    #[test]
    fn a_label_other_than_0_and_1_is_named_with_its_line() {
        let file = "text,category\n\"a\nb\",1\n\nc,positive\nd,2\n";
        assert_eq!(
            fault(file),
            "`a.csv`, line 5: column `category`: got `positive`, must be `0` or `1`\n\
             hint: write labels as `0` and `1`"
        );
        assert!(
            fault("text,category\r\na,\r\n")
                .starts_with("`a.csv`, line 2: column `category`: got ``, must be `0` or `1`")
        );
        assert!(
            fault(format!("text,category\na,\"{}\n\"", "x".repeat(50))).starts_with(&format!(
                "`a.csv`, line 2: column `category`: got `{}…`, must be",
                "x".repeat(40)
            ))
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
