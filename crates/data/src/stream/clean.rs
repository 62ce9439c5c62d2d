//! The text rules applied to the texts of a CSV file, as a column of it.

use std::io::Write;

use super::delimiter::Delimiter;
use super::header::{Header, Rows, unreadable};
use super::scan::{Progress, Sink, Source, StreamError, scan};
use super::source::Input;
use crate::DataError;
use crate::preprocess::{self, Rules};

/// What is done to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What separates fields, in the input and in the output.
    pub delimiter: Delimiter,
    /// The column of texts.
    pub text_column: String,
    /// The column of the results; it is replaced where it exists, and is the last one where it does not.
    pub output_column: String,
    /// The text rules.
    pub rules: Rules,
}

/// Reads CSV from `input`, applies the rules to its texts, and writes all columns and the results to `out`.
///
/// Rows keep their order; empty lines and the quotes of fields that need none are not kept, and lines end with a line feed.
/// `on_progress` is called after every batch and now and then while nothing comes. Returns how many rows and bytes there were.
///
/// # Errors
/// Those of [`Table::parse`](crate::Table::parse), the first in the order of the file; a row or a text beyond all length; a
/// zip archive without exactly one CSV file; what writing says.
pub fn preprocess(
    input: &Input,
    settings: &Settings,
    out: &mut dyn Write,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Preprocessed, StreamError> {
    let mut empty = 0;
    let out = Sink::new(out);
    let source = Source {
        input,
        delimiter: settings.delimiter,
        column: &settings.text_column,
    };
    let progress = scan(
        &source,
        |header, delimiter| {
            let layout = Layout::from_header(header, settings)?;
            out.write(&layout.header(header, delimiter)?)?;
            Ok(layout)
        },
        Layout::clean,
        |cleaned: Cleaned| {
            out.write(&cleaned.bytes)?;
            empty += cleaned.empty;
            Ok(cleaned.rows)
        },
        on_progress,
    )?;
    out.flush()?;
    Ok(Preprocessed {
        rows: progress.rows,
        empty,
    })
}

/// What was preprocessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preprocessed {
    /// Rows in all.
    pub rows: u64,
    /// Those of whose text nothing is left but white space.
    pub empty: u64,
}

/// Which columns are read and written.
#[derive(Debug)]
struct Layout {
    settings: Settings,
    text: usize,
    /// The column that the result replaces; without one it is a column more.
    output: Option<usize>,
}

/// Rows as they are written.
#[derive(Debug)]
struct Cleaned {
    bytes: Vec<u8>,
    rows: u64,
    /// Rows whose text is empty now.
    empty: u64,
}

impl Layout {
    /// The layout of a file with this header.
    fn from_header(header: &Header, settings: &Settings) -> Result<Self, DataError> {
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
    fn header(&self, header: &Header, delimiter: u8) -> Result<Vec<u8>, DataError> {
        let mut writer = writer(delimiter);
        let more = (self.output.is_none()).then_some(self.settings.output_column.as_str());
        let written = writer.write_record(header.names().chain(more));
        written.map_err(|error| unreadable(header.path(), error))?;
        bytes(header, writer)
    }

    /// The rows of a block with the rules applied.
    fn clean(&self, header: &Header, mut rows: Rows) -> Result<Cleaned, DataError> {
        let mut writer = writer(rows.block().1);
        let (mut count, mut empty) = (0, 0);
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
            empty += u64::from(cleaned.trim().is_empty());
        }
        let bytes = bytes(header, writer)?;
        Ok(Cleaned {
            bytes,
            rows: count,
            empty,
        })
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
