//! What is done to each row.

use std::path::{Path, PathBuf};

use super::Settings;
use super::blocks::Block;
use crate::data::preprocess;
use crate::data::{DataError, LineFault, MAX_CHARACTERS, encoding};

/// Which columns there are, and what is done to them.
#[derive(Debug)]
pub(super) struct Layout {
    /// What errors call the file.
    path: PathBuf,
    settings: Settings,
    columns: Vec<String>,
    text: usize,
    /// The column that the result replaces; without one it is a column more.
    output: Option<usize>,
    /// The block that the header is in.
    offset: usize,
}

/// Rows as they are written.
#[derive(Debug)]
pub(super) struct Cleaned {
    pub(super) bytes: Vec<u8>,
    pub(super) rows: u64,
}

impl Layout {
    /// The layout by the header in `block`; `None` where the block has empty lines only.
    pub(super) fn of(
        path: &Path,
        block: &Block,
        settings: &Settings,
    ) -> Result<Option<Self>, DataError> {
        check(path, block)?;
        let Some(header) = reader(block).records().next() else {
            return Ok(None);
        };
        let header = header.map_err(|error| unreadable(path, error))?;
        let columns: Vec<String> = header.iter().map(str::to_owned).collect();
        let index = |name: &str| {
            let mut found = (0..columns.len()).filter(|&index| columns[index] == name);
            let first = found.next();
            match found.count() {
                0 => Ok(first),
                others => Err(DataError::RepeatedColumn {
                    path: path.to_owned(),
                    column: name.to_owned(),
                    count: others + 1,
                }),
            }
        };
        let output = index(&settings.output_column)?;
        let Some(text) = index(&settings.text_column)? else {
            return Err(DataError::MissingColumn {
                path: path.to_owned(),
                column: settings.text_column.clone(),
                present: columns,
            });
        };
        Ok(Some(Self {
            path: path.to_owned(),
            settings: settings.clone(),
            columns,
            text,
            output,
            offset: block.offset,
        }))
    }

    /// The header as it is written.
    pub(super) fn header(&self, delimiter: u8) -> Result<Vec<u8>, DataError> {
        let mut writer = writer(delimiter);
        let names = self.columns.iter().map(String::as_str);
        let more = (self.output.is_none()).then_some(self.settings.output_column.as_str());
        let written = writer.write_record(names.chain(more));
        written.map_err(|error| unreadable(&self.path, error))?;
        self.bytes(writer)
    }

    /// The rows of `block` with the rules applied.
    pub(super) fn clean(&self, block: &Block) -> Result<Cleaned, DataError> {
        check(&self.path, block)?;
        let mut reader = reader(block);
        let mut writer = writer(block.delimiter);
        let failed = |error| unreadable(&self.path, error);
        let mut row = csv::StringRecord::new();
        if block.offset == self.offset {
            reader.read_record(&mut row).map_err(failed)?;
        }
        let mut rows = 0;
        while reader.read_record(&mut row).map_err(failed)? {
            let text = self
                .text(&row)
                .map_err(|fault| self.at(block, &row, fault))?;
            let cleaned = preprocess::apply(self.settings.rules, text);
            let fields = row.iter().enumerate().map(|(index, field)| {
                if self.output == Some(index) {
                    cleaned.as_str()
                } else {
                    field
                }
            });
            let more = self.output.is_none().then_some(cleaned.as_str());
            writer.write_record(fields.chain(more)).map_err(failed)?;
            rows += 1;
        }
        let bytes = self.bytes(writer)?;
        Ok(Cleaned { bytes, rows })
    }

    fn text<'a>(&self, row: &'a csv::StringRecord) -> Result<&'a str, LineFault> {
        if row.len() != self.columns.len() {
            return Err(LineFault::Fields {
                got: row.len(),
                allowed: self.columns.len(),
            });
        }
        let text = &row[self.text];
        if text.len() > MAX_CHARACTERS && text.chars().count() > MAX_CHARACTERS {
            return Err(LineFault::LongText {
                column: self.settings.text_column.clone(),
                got: text.chars().count(),
                allowed: MAX_CHARACTERS,
            });
        }
        Ok(text)
    }

    /// The fault with the line that `row` starts on. The csv crate places a row before the line breaks ahead of it.
    fn at(&self, block: &Block, row: &csv::StringRecord, fault: LineFault) -> DataError {
        let from = row.position().map_or(0, csv::Position::byte) as usize;
        let breaks = block.bytes[from..]
            .iter()
            .take_while(|byte| matches!(byte, b'\n' | b'\r'));
        let line = encoding::line(&block.bytes, from + breaks.count());
        DataError::Line {
            path: self.path.clone(),
            line: block.line + line - 1,
            fault,
        }
    }

    fn bytes(&self, writer: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, DataError> {
        let flushed = writer.into_inner();
        flushed.map_err(|error| unreadable(&self.path, error.into_error().into()))
    }
}

/// Whether the block is text that a CSV reader cannot misread.
fn check(path: &Path, block: &Block) -> Result<(), DataError> {
    let checked = encoding::text(&block.bytes, block.delimiter);
    checked.map(|_| ()).map_err(|(line, fault)| {
        let fault = match fault {
            LineFault::Encoding { byte } => LineFault::Encoding {
                byte: block.offset + byte,
            },
            other => other,
        };
        DataError::Line {
            path: path.to_owned(),
            line: block.line + line - 1,
            fault,
        }
    })
}

fn reader(block: &Block) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(block.delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(&block.bytes)
}

fn writer(delimiter: u8) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(Vec::new())
}

/// The csv crate refuses nothing that [`check`] lets through, and memory is always there to write to; should it ever, this is
/// how it is shown.
fn unreadable(path: &Path, error: csv::Error) -> DataError {
    DataError::Read {
        path: path.to_owned(),
        source: error.into(),
    }
}
