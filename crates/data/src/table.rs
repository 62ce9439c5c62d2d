//! A CSV file as it is: named columns of text.

use std::path::{Path, PathBuf};

use super::columns::require_column;
use super::encoding;
use super::limits::{Limit, MAX_ROWS};
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
    /// The line on which each row starts, from 1.
    lines: Vec<u64>,
    /// All fields, row by row, without anything between them.
    text: String,
    /// Where each of them ends.
    ends: Vec<u32>,
}

impl Table {
    /// Takes the table out of `bytes`, whose fields are separated by `delimiter` (an ASCII character, usually a comma); `path` is what
    /// errors call them.
    ///
    /// # Errors
    /// An empty file or one with a header only, a NUL byte, invalid UTF-8, a quote that is never closed, a row with more or
    /// fewer fields than the header; rows and columns beyond their limits.
    pub fn parse(path: &Path, bytes: &[u8], delimiter: u8) -> Result<Self, DataError> {
        let text = encoding::text(bytes, delimiter).map_err(|(line, fault)| DataError::Line {
            path: path.to_owned(),
            line,
            fault,
        })?;
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
        let mut row = csv::StringRecord::new();
        let mut next = |row: &mut csv::StringRecord| {
            let read = reader.read_record(row);
            let is_there = read.map_err(|error| unreadable(path, error))?;
            let start = row.position().map_or(0, csv::Position::byte);
            Ok::<_, DataError>(is_there.then(|| lines.advance(start)))
        };
        let empty = |header| DataError::Empty {
            path: path.to_owned(),
            header,
        };
        next(&mut row)?.ok_or_else(|| empty(false))?;
        let mut table = Self {
            path: path.to_owned(),
            columns: row.iter().map(str::to_owned).collect(),
            lines: Vec::new(),
            text: String::new(),
            ends: Vec::new(),
        };
        while let Some(line) = next(&mut row)? {
            table.push(line, &row)?;
        }
        if table.lines.is_empty() {
            return Err(empty(true));
        }
        Ok(table)
    }

    /// Adds a row, which starts on this line.
    fn push(&mut self, line: u64, row: &csv::StringRecord) -> Result<(), DataError> {
        if row.len() != self.columns.len() {
            return Err(DataError::Line {
                path: self.path.clone(),
                line,
                fault: LineFault::Fields {
                    got: row.len(),
                    allowed: self.columns.len(),
                },
            });
        }
        let too_large = |limit| DataError::TooLarge {
            path: self.path.clone(),
            limit,
        };
        if self.lines.len() == MAX_ROWS {
            return Err(too_large(Limit::Rows));
        }
        for field in row {
            self.text.push_str(field);
            let end = u32::try_from(self.text.len());
            self.ends.push(end.map_err(|_| too_large(Limit::Bytes))?);
        }
        self.lines.push(line);
        Ok(())
    }

    /// The names in the header, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many rows there are, without the header; at least one.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The fields of the column called `name`, each with the line (from 1) on which its row starts.
    ///
    /// # Errors
    /// No column of that name, or several.
    pub fn column(&self, name: &str) -> Result<impl Iterator<Item = (u64, &str)>, DataError> {
        let index = require_column(&self.path, &self.columns, name)?;
        let places = (index..).step_by(self.columns.len());
        let fields = places.map(|place| self.field(place));
        Ok(self.lines.iter().copied().zip(fields))
    }

    /// A field by its place among all.
    fn field(&self, place: usize) -> &str {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[place] as usize]
    }

    /// The line, from 1, on which a row starts; rows count from 0.
    pub(super) fn line(&self, row: usize) -> u64 {
        self.lines[row]
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

    #[test]
    fn more_than_ten_million_rows_are_refused() {
        let rows = b"a\n".repeat(10_000_002);
        let error = Table::parse(Path::new("a"), &rows, b',').unwrap_err();
        assert_eq!(error.to_string(), "`a`: more than 10000000 rows");
        assert!(error.hint().is_some());
    }

    #[test]
    fn columns_are_told_apart_in_every_row() {
        let file = "a,b,c\n1,,\"x,y\"\n,\u{e9},\n2,3,4\n";
        let table = Table::parse(Path::new("a.csv"), file.as_bytes(), b',').unwrap();
        let column = |name: &str| -> Vec<&str> {
            let fields = table.column(name).unwrap();
            fields.map(|(_, field)| field).collect()
        };
        assert_eq!(column("a"), ["1", "", "2"]);
        assert_eq!(column("b"), ["", "\u{e9}", "3"]);
        assert_eq!(column("c"), ["x,y", "", "4"]);
    }
}
