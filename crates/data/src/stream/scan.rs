//! Looks at every row of a file, on all threads, and puts what was found together in order.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;
use thiserror::Error;

use super::blocks::{Block, BlockFault, Blocks};
use super::delimiter::Delimiter;
use super::header::{Header, Rows};
use super::source::{self, Input};
use crate::DataError;

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

/// How long nothing may come from the input before progress is told all the same.
const PATIENCE: Duration = Duration::from_millis(100);

/// What is read.
pub(crate) struct Source<'a> {
    pub(crate) input: &'a Input,
    /// What separates fields.
    pub(crate) delimiter: Delimiter,
    /// A column that the file should have, by which [`Delimiter::Auto`] is settled.
    pub(crate) column: &'a str,
}

/// Where a stream writes to: its header and its rows are written by functions of their own.
pub(crate) struct Sink<'a>(RefCell<&'a mut dyn Write>);

impl<'a> Sink<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self(RefCell::new(out))
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), StreamError> {
        let written = self.0.borrow_mut().write_all(bytes);
        written.map_err(StreamError::Output)
    }

    pub(crate) fn flush(&self) -> Result<(), StreamError> {
        let flushed = self.0.borrow_mut().flush();
        flushed.map_err(StreamError::Output)
    }
}

/// Has `start` look at the header and the delimiter, `read` at the rows of one block after the other, several at a time, and
/// `take` at what `read` made of them, in the order of the file; `take` returns how many rows that were.
///
/// `on_progress` is called after every batch of blocks and now and then while nothing comes. The blocks of a file are the same
/// each time it is read.
///
/// # Errors
/// An input that cannot be read or has no rows; those of the functions, the first in the order of the file.
pub(crate) fn scan<P: Sync, T: Send>(
    source: &Source,
    mut start: impl FnMut(&Header, u8) -> Result<P, StreamError>,
    read: impl Fn(&P, &Header, Rows) -> Result<T, DataError> + Sync,
    mut take: impl FnMut(T) -> Result<u64, StreamError>,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Progress, StreamError> {
    let mut reader = Reader::start(source);
    let mut progress = Progress::default();
    let mut started: Option<(Header, P)> = None;
    while let Some(batch) = reader.batch(&mut progress, on_progress)? {
        if started.is_none()
            && let Some((header, delimiter)) = header(source.input, &batch)?
        {
            let plan = start(&header, delimiter)?;
            started = Some((header, plan));
        }
        let Some((header, plan)) = &started else {
            continue;
        };
        let parts: Vec<_> = batch
            .par_iter()
            .map(|block| read(plan, header, header.rows(block)?))
            .collect();
        for part in parts {
            progress.rows += take(part?)?;
        }
    }
    if progress.rows == 0 {
        let path = source.input.name().to_owned();
        let header = started.is_some();
        return Err(DataError::Empty { path, header }.into());
    }
    Ok(progress)
}

/// Finds the header; `None` where there are empty lines only.
fn header(input: &Input, batch: &[Block]) -> Result<Option<(Header, u8)>, DataError> {
    for block in batch {
        if let Some(header) = Header::read(input.name(), block)? {
            return Ok(Some((header, block.delimiter)));
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
    fn start(source: &Source) -> Self {
        let batch = 2 * rayon::current_num_threads();
        let (sender, blocks) = sync_channel(batch);
        let count = Arc::new(AtomicU64::new(0));
        let reader = Self {
            input: source.input.clone(),
            count: Arc::clone(&count),
            blocks,
            batch,
            ended: false,
        };
        let (input, delimiter) = (source.input.clone(), source.delimiter);
        let column = source.column.to_owned();
        thread::spawn(move || {
            let source = Source {
                input: &input,
                delimiter,
                column: &column,
            };
            let end = send(&source, &count, &sender).map(|()| None);
            // Nobody listens any more once the stream was ended.
            let _ = sender.send(end);
        });
        reader
    }

    /// The next blocks, at least one; `None` at the end.
    fn batch(
        &mut self,
        progress: &mut Progress,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<Vec<Block>>, StreamError> {
        let mut batch = Vec::with_capacity(self.batch);
        while !self.ended && batch.len() < self.batch {
            progress.bytes = self.count.load(Ordering::Relaxed);
            if batch.is_empty() {
                on_progress(*progress);
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
    from: &Source,
    count: &Arc<AtomicU64>,
    blocks: &SyncSender<Message>,
) -> Result<(), DataError> {
    let input = from.input;
    let fault = |fault| match fault {
        BlockFault::Read(error) => source::unreadable(input, error),
        BlockFault::Line(line, fault) => DataError::Line {
            path: input.name().to_owned(),
            line,
            fault,
        },
    };
    source::open(input, count, |bytes| {
        let started = Blocks::start(bytes, from.delimiter, from.column);
        let mut read = started.map_err(|error| source::unreadable(input, error))?;
        while let Some(block) = read.next().map_err(fault)? {
            if blocks.send(Ok(Some(block))).is_err() {
                break;
            }
        }
        Ok(())
    })
}
