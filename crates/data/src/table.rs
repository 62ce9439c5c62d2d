//! A CSV file as it is: named columns of text.

use std::path::{Path, PathBuf};

use super::columns::require_column;
use super::encoding;
use super::{DataError, LineFault};

/// A CSV file (RFC 4180) with a header.
///
/// Fields are separated by a delimiter, rows by CR, LF or both; a field may stand in double quotes and then hold any of
/// these, and quotes written twice. A UTF-8 byte order mark is skipped, and so are empty lines. Every row has as many
/// fields as the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    path: PathBuf,
    columns: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    /// The line on which the row starts, from 1.
    line: u64,
    fields: Vec<String>,
}

impl Table {
    /// Takes the table out of `bytes`, whose fields are separated by `delimiter` (an ASCII character, usually a comma); `path` is what
    /// errors call them.
    ///
    /// # Errors
    /// An empty file or one with a header only, a NUL byte, invalid UTF-8, a quote that is never closed, a row with more or
    /// fewer fields than the header.
    pub fn parse(path: &Path, bytes: &[u8], delimiter: u8) -> Result<Self, DataError> {
        let at = |line, fault| DataError::Line {
            path: path.to_owned(),
            line,
            fault,
        };
        let text = encoding::text(bytes, delimiter).map_err(|(line, fault)| at(line, fault))?;
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut lines = Lines {
            text: text.as_bytes(),
            offset: 0,
            line: 1,
        };
        let mut rows = reader.records().map(|record| {
            let record = record.map_err(|error| unreadable(path, error))?;
            let line = lines.advance(record.position().map_or(0, csv::Position::byte));
            Ok(Row {
                line,
                fields: record.iter().map(str::to_owned).collect(),
            })
        });
        let empty = |header| DataError::Empty {
            path: path.to_owned(),
            header,
        };
        let columns = rows.next().ok_or_else(|| empty(false))??.fields;
        let rows = rows.collect::<Result<Vec<Row>, DataError>>()?;
        if rows.is_empty() {
            return Err(empty(true));
        }
        if let Some(row) = rows.iter().find(|row| row.fields.len() != columns.len()) {
            let fault = LineFault::Fields {
                got: row.fields.len(),
                allowed: columns.len(),
            };
            return Err(at(row.line, fault));
        }
        Ok(Self {
            path: path.to_owned(),
            columns,
            rows,
        })
    }

    /// The names in the header, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many rows there are, without the header; at least one.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The fields of the column called `name`, each with the line (from 1) on which its row starts.
    ///
    /// # Errors
    /// No column of that name, or several.
    pub fn column(&self, name: &str) -> Result<impl Iterator<Item = (u64, &str)>, DataError> {
        let index = require_column(&self.path, &self.columns, name)?;
        Ok(self
            .rows
            .iter()
            .map(move |row| (row.line, row.fields[index].as_str())))
    }

    /// The line, from 1, on which a row starts; rows count from 0.
    pub(super) fn line(&self, row: usize) -> u64 {
        self.rows[row].line
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Counts lines on the way through a file.
struct Lines<'a> {
    text: &'a [u8],
    offset: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which the record starts that the csv crate places at `byte`. That place is before the empty lines that
    /// precede the record, and before the second character of the line break that ended the last one.
    fn advance(&mut self, byte: u64) -> u64 {
        let from = byte as usize;
        let breaks = self.text[from..]
            .iter()
            .take_while(|byte| matches!(byte, b'\n' | b'\r'));
        let start = from + breaks.count();
        self.line += encoding::line(&self.text[self.offset..start], start - self.offset) - 1;
        self.offset = start;
        self.line
    }
}

/// The csv crate refuses nothing that [`encoding::text`] lets through; should it ever, this is how it is shown.
fn unreadable(path: &Path, error: csv::Error) -> DataError {
    DataError::Read {
        path: path.to_owned(),
        source: error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        let file = "a\r\n\r\n\n1\r\n\"2\r\n\r\n\"\n\n3";
        let table = Table::parse(Path::new("a.csv"), file.as_bytes(), b',').unwrap();
        let lines: Vec<u64> = table.column("a").unwrap().map(|(line, _)| line).collect();
        assert_eq!(lines, [4, 5, 9]);
    }
}
