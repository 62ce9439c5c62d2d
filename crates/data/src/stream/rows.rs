//! What is done to each row.

use super::Settings;
use super::header::{Header, Rows, unreadable};
use crate::DataError;
use crate::preprocess;

/// Which columns are read and written.
#[derive(Debug)]
pub(super) struct Layout {
    settings: Settings,
    text: usize,
    /// The column that the result replaces; without one it is a column more.
    output: Option<usize>,
}

/// Rows as they are written.
#[derive(Debug)]
pub(super) struct Cleaned {
    pub(super) bytes: Vec<u8>,
    pub(super) rows: u64,
}

impl Layout {
    /// The layout of a file with this header.
    pub(super) fn of(header: &Header, settings: &Settings) -> Result<Self, DataError> {
        let output = header.find(&settings.output_column)?;
        let text = header.column(&settings.text_column)?;
        let settings = settings.clone();
        Ok(Self {
            settings,
            text,
            output,
        })
    }

    /// The header as it is written.
    pub(super) fn header(&self, header: &Header, delimiter: u8) -> Result<Vec<u8>, DataError> {
        let mut writer = writer(delimiter);
        let more = (self.output.is_none()).then_some(self.settings.output_column.as_str());
        let written = writer.write_record(header.names().chain(more));
        written.map_err(|error| unreadable(header.path(), error))?;
        bytes(header, writer)
    }

    /// The rows of a block with the rules applied.
    pub(super) fn clean(&self, header: &Header, mut rows: Rows) -> Result<Cleaned, DataError> {
        let mut writer = writer(rows.block().1);
        let mut count = 0;
        while rows.advance()? {
            let text = rows.check_fields().and_then(|()| rows.text(self.text));
            let text = text.map_err(|fault| rows.at(fault))?;
            let cleaned = preprocess::apply(self.settings.rules, text);
            let fields = rows.fields().iter().enumerate().map(|(index, field)| {
                if self.output == Some(index) {
                    cleaned.as_str()
                } else {
                    field
                }
            });
            let more = self.output.is_none().then_some(cleaned.as_str());
            let written = writer.write_record(fields.chain(more));
            written.map_err(|error| unreadable(header.path(), error))?;
            count += 1;
        }
        let bytes = bytes(header, writer)?;
        Ok(Cleaned { bytes, rows: count })
    }
}

/// A writer to memory.
pub(super) fn writer(delimiter: u8) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(Vec::new())
}

fn bytes(header: &Header, writer: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, DataError> {
    let flushed = writer.into_inner();
    flushed.map_err(|error| unreadable(header.path(), error.into_error().into()))
}
