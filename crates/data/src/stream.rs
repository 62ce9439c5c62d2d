//! CSV files of any size with columns added, in memory that does not grow with them.
//!
//! A thread of its own reads and unpacks the file and cuts it into blocks of whole rows; a batch of blocks at a time is read as
//! CSV, cleaned and written as CSV on all of rayon's threads, and put together again in order.

mod annotate;
mod blocks;
mod delimiter;
mod header;
mod rows;
mod scan;
mod source;
mod whole;

use std::cell::RefCell;
use std::io::{self, Write};

use thiserror::Error;

use super::DataError;
use super::preprocess::Rules;
pub use annotate::{Annotation, Results, annotate};
pub use delimiter::Delimiter;
pub(crate) use header::{Header, Rows};
use rows::{Cleaned, Layout};
pub(crate) use scan::{Source, scan};
pub use source::Input;
pub use whole::read_whole;

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

/// How far a stream has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows written, the header not counted.
    pub rows: u64,
    /// Bytes read, as packed.
    pub bytes: u64,
}

/// What ends a stream early. What was written until then is part of the output only.
#[derive(Debug, Error)]
pub enum StreamError {
    /// The input cannot be read or is no CSV.
    #[error(transparent)]
    Input(#[from] DataError),
    /// The output cannot be written.
    #[error("the output cannot be written")]
    Output(#[source] io::Error),
    /// The caller's function for the texts wanted it to end.
    #[error("stopped")]
    Stopped,
}

impl StreamError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Input(error) => error.hint(),
            Self::Output(_) | Self::Stopped => None,
        }
    }
}

/// Reads CSV from `input`, applies the rules to its texts, and writes all columns and the results to `out`.
///
/// Rows keep their order; empty lines and the quotes of fields that need none are not kept, and lines end with a line feed.
/// `on_progress` is called after every batch and now and then while nothing comes. Returns how many rows and bytes there were.
///
/// # Errors
/// Those of [`Table::parse`](super::Table::parse), the first in the order of the file; a row or a text beyond all length; a
/// zip archive without exactly one CSV file; what writing says.
pub fn preprocess(
    input: &Input,
    settings: &Settings,
    out: &mut dyn Write,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Progress, StreamError> {
    let out = RefCell::new(out);
    let write = |bytes: &[u8]| {
        let written = out.borrow_mut().write_all(bytes);
        written.map_err(StreamError::Output)
    };
    let source = Source {
        input,
        delimiter: settings.delimiter,
        column: &settings.text_column,
    };
    let progress = scan(
        &source,
        |header, delimiter| {
            let layout = Layout::of(header, settings)?;
            write(&layout.header(header, delimiter)?)?;
            Ok(layout)
        },
        Layout::clean,
        |cleaned: Cleaned| {
            write(&cleaned.bytes)?;
            Ok(cleaned.rows)
        },
        on_progress,
    )?;
    out.borrow_mut().flush().map_err(StreamError::Output)?;
    Ok(progress)
}
