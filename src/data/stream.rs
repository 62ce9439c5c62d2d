//! Text rules over CSV files of any size, in memory that does not grow with them.
//!
//! A thread of its own reads and unpacks the file and cuts it into blocks of whole rows; a batch of blocks at a time is read as
//! CSV, cleaned and written as CSV on all of rayon's threads, and put together again in order.

mod blocks;
mod delimiter;
mod rows;
mod source;

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;
use thiserror::Error;

use super::DataError;
use super::preprocess::Rules;
use blocks::{Block, BlockFault, Blocks};
pub use delimiter::Delimiter;
use rows::Layout;
pub use source::Input;

/// How long nothing may come from the input before it is asked whether to stop.
const PATIENCE: Duration = Duration::from_millis(100);

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
#[non_exhaustive]
pub enum StreamError {
    /// The input cannot be read or is no CSV.
    #[error(transparent)]
    Input(#[from] DataError),
    /// The output cannot be written.
    #[error("the output cannot be written")]
    Output(#[source] io::Error),
    /// The caller wanted it to end.
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
/// `on_progress` is called after every batch and now and then while nothing comes; with [`ControlFlow::Break`] it ends the
/// stream. Returns how many rows and bytes there were.
///
/// # Errors
/// Those of [`Table::parse`](super::Table::parse), the first in the order of the file; a row or a text beyond all length; a
/// zip archive without exactly one CSV file; what writing says; [`StreamError::Stopped`].
pub fn preprocess(
    input: &Input,
    settings: &Settings,
    out: &mut dyn Write,
    on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Progress, StreamError> {
    let mut reader = Reader::start(input, settings);
    let mut progress = Progress::default();
    let mut layout = None;
    while let Some(batch) = reader.batch(&mut progress, on_progress)? {
        if layout.is_none() {
            layout = header(input, settings, &batch, out)?;
        }
        let Some(layout) = &layout else { continue };
        let cleaned: Vec<_> = batch.par_iter().map(|block| layout.clean(block)).collect();
        for block in cleaned {
            let block = block?;
            out.write_all(&block.bytes).map_err(StreamError::Output)?;
            progress.rows += block.rows;
        }
    }
    if progress.rows == 0 {
        let path = input.name().to_owned();
        let header = layout.is_some();
        return Err(DataError::Empty { path, header }.into());
    }
    out.flush().map_err(StreamError::Output)?;
    Ok(progress)
}

/// Finds the header and writes the new one; `None` where there are empty lines only.
fn header(
    input: &Input,
    settings: &Settings,
    batch: &[Block],
    out: &mut dyn Write,
) -> Result<Option<Layout>, StreamError> {
    for block in batch {
        if let Some(layout) = Layout::of(input.name(), block, settings)? {
            let header = layout.header(block.delimiter)?;
            out.write_all(&header).map_err(StreamError::Output)?;
            return Ok(Some(layout));
        }
    }
    Ok(None)
}

/// A block, or the end, or what went wrong.
type Message = Result<Option<Block>, DataError>;

/// The thread that reads. It is not waited for: a pipe that nobody writes to would hold up the end.
struct Reader {
    input: Input,
    count: Arc<AtomicU64>,
    blocks: Receiver<Message>,
    batch: usize,
    ended: bool,
}

impl Reader {
    fn start(input: &Input, settings: &Settings) -> Self {
        let batch = 2 * rayon::current_num_threads();
        let (sender, blocks) = sync_channel(batch);
        let count = Arc::new(AtomicU64::new(0));
        let reader = Self {
            input: input.clone(),
            count: Arc::clone(&count),
            blocks,
            batch,
            ended: false,
        };
        let (input, settings) = (input.clone(), settings.clone());
        thread::spawn(move || {
            let end = send(&input, &settings, &count, &sender).map(|()| None);
            // Nobody listens any more once the stream was ended.
            let _ = sender.send(end);
        });
        reader
    }

    /// The next blocks, at least one; `None` at the end.
    fn batch(
        &mut self,
        progress: &mut Progress,
        on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Vec<Block>>, StreamError> {
        let mut batch = Vec::with_capacity(self.batch);
        while !self.ended && batch.len() < self.batch {
            progress.bytes = self.count.load(Ordering::Relaxed);
            if batch.is_empty() && on_progress(*progress).is_break() {
                return Err(StreamError::Stopped);
            }
            match self.blocks.recv_timeout(PATIENCE) {
                Ok(Ok(Some(block))) => batch.push(block),
                Ok(Ok(None)) => self.ended = true,
                // What comes before the fault may have one of its own, which is the first then.
                Ok(Err(error)) if batch.is_empty() => return Err(error.into()),
                Ok(Err(error)) => {
                    self.blocks = failed(error);
                    break;
                }
                Err(RecvTimeoutError::Timeout) if batch.is_empty() => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => {
                    let early = io::Error::other("the reader ended early");
                    return Err(source::unreadable(&self.input, early).into());
                }
            }
        }
        Ok((!batch.is_empty()).then_some(batch))
    }
}

/// A channel with nothing but this fault in it.
fn failed(error: DataError) -> Receiver<Message> {
    let (sender, receiver) = sync_channel(1);
    let _ = sender.send(Err(error));
    receiver
}

/// Reads the input to its end, or until nobody wants the blocks.
fn send(
    input: &Input,
    settings: &Settings,
    count: &Arc<AtomicU64>,
    blocks: &SyncSender<Message>,
) -> Result<(), DataError> {
    let fault = |fault| match fault {
        BlockFault::Read(error) => source::unreadable(input, error),
        BlockFault::Line(line, fault) => DataError::Line {
            path: input.name().to_owned(),
            line,
            fault,
        },
    };
    source::open(input, count, |bytes| {
        let started = Blocks::start(bytes, settings.delimiter, &settings.text_column);
        let mut read = started.map_err(|error| source::unreadable(input, error))?;
        while let Some(block) = read.next().map_err(fault)? {
            if blocks.send(Ok(Some(block))).is_err() {
                break;
            }
        }
        Ok(())
    })
}
