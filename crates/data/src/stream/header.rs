//! The header of a stream, and the rows of its blocks.

use std::path::{Path, PathBuf};

use super::blocks::Block;
use crate::columns::{find_column, require_column};
use crate::{DataError, LineFault, MAX_CHARACTERS, encoding};

/// The names of the columns.
#[derive(Debug)]
pub(crate) struct Header {
    /// What errors call the file.
    path: PathBuf,
    names: Vec<String>,
    /// The block that the header is in.
    offset: usize,
}

impl Header {
    /// The header in `block`; `None` where the block has empty lines only.
    pub(super) fn read(path: &Path, block: &Block) -> Result<Option<Self>, DataError> {
        check(path, block)?;
        let Some(header) = reader(block).records().next() else {
            return Ok(None);
        };
        let header = header.map_err(|error| unreadable(path, error))?;
        Ok(Some(Self {
            path: path.to_owned(),
            names: header.iter().map(str::to_owned).collect(),
            offset: block.offset,
        }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Where the column is, if there is one; several of the name are a fault.
    pub(crate) fn find(&self, name: &str) -> Result<Option<usize>, DataError> {
        find_column(&self.path, &self.names, name)
    }

    /// Where the column is, which has to be there.
    pub(crate) fn column(&self, name: &str) -> Result<usize, DataError> {
        require_column(&self.path, &self.names, name)
    }

    /// The rows of `block` below the header.
    pub(super) fn rows<'a>(&'a self, block: &'a Block) -> Result<Rows<'a>, DataError> {
        check(&self.path, block)?;
        let mut rows = Rows {
            header: self,
            block,
            reader: reader(block),
            row: csv::StringRecord::new(),
        };
        if block.offset == self.offset {
            rows.advance()?;
        }
        Ok(rows)
    }
}

/// The rows of a block, one after the other.
pub(crate) struct Rows<'a> {
    header: &'a Header,
    block: &'a Block,
    reader: csv::Reader<&'a [u8]>,
    row: csv::StringRecord,
}

impl Rows<'_> {
    /// Goes to the next row; returns whether there is one.
    pub(crate) fn advance(&mut self) -> Result<bool, DataError> {
        let read = self.reader.read_record(&mut self.row);
        read.map_err(|error| unreadable(&self.header.path, error))
    }

    /// The fields of the row, which may be more or fewer than the header's.
    pub(crate) fn fields(&self) -> &csv::StringRecord {
        &self.row
    }

    /// What is wrong with the number of fields, if anything is.
    pub(crate) fn check_fields(&self) -> Result<(), LineFault> {
        if self.row.len() == self.header.names.len() {
            return Ok(());
        }
        Err(LineFault::Fields {
            got: self.row.len(),
            allowed: self.header.names.len(),
        })
    }

    /// The text in the column at `index`, which is there.
    pub(crate) fn text(&self, index: usize) -> Result<&str, LineFault> {
        let text = &self.row[index];
        if text.len() > MAX_CHARACTERS && text.chars().count() > MAX_CHARACTERS {
            return Err(LineFault::LongText {
                column: self.header.names[index].clone(),
                got: text.chars().count(),
                allowed: MAX_CHARACTERS,
            });
        }
        Ok(text)
    }

    /// Where the row starts in the block. The csv crate places a row before the line breaks ahead of it.
    pub(crate) fn start(&self) -> usize {
        let from = self.row.position().map_or(0, csv::Position::byte) as usize;
        let breaks = self.block.bytes[from..]
            .iter()
            .take_while(|byte| matches!(byte, b'\n' | b'\r'));
        from + breaks.count()
    }

    /// The lines, from 1, of bytes of the block, which are in order.
    pub(crate) fn lines(&self, starts: &[usize]) -> Vec<u64> {
        let (mut before, mut line) = (0, self.block.line);
        let next = |&start: &usize| {
            line += encoding::line(&self.block.bytes[before..], start - before) - 1;
            before = start;
            line
        };
        starts.iter().map(next).collect()
    }

    /// The fault with the line that the row starts on.
    pub(crate) fn at(&self, fault: LineFault) -> DataError {
        let line = encoding::line(&self.block.bytes, self.start());
        DataError::Line {
            path: self.header.path.clone(),
            line: self.block.line + line - 1,
            fault,
        }
    }

    /// Where the block starts in the file, in bytes from 0, and what separates its fields.
    pub(crate) fn block(&self) -> (usize, u8) {
        (self.block.offset, self.block.delimiter)
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

/// The csv crate refuses nothing that [`check`] lets through, and memory is always there to write to; should it ever, this is
/// how it is shown.
pub(super) fn unreadable(path: &Path, error: csv::Error) -> DataError {
    DataError::Read {
        path: path.to_owned(),
        source: error.into(),
    }
}
