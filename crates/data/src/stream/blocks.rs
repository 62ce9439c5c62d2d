//! Cuts a stream of CSV into blocks of whole rows.

use std::io::{self, Read};

use super::delimiter::Delimiter;
use crate::LineFault;
use crate::encoding::{self, State};
use crate::limits::MAX_ROW;

/// Bytes that a block has at least, unless it is the last one: some 1,500 tweets.
const BLOCK: usize = 1 << 18;

/// Whole rows of a file.
#[derive(Debug)]
pub(super) struct Block {
    /// The rows. Every block but the first starts with the line break that ends the row before it, so that no reader takes
    /// a U+FEFF that a row starts with for the file's byte order mark.
    pub(super) bytes: Vec<u8>,
    /// Where the block starts in the file, in bytes from 0.
    pub(super) offset: usize,
    /// The line, from 1, in which the block starts.
    pub(super) line: u64,
    /// What separates the fields of the file.
    pub(super) delimiter: u8,
}

/// Why there is no further block.
#[derive(Debug)]
pub(super) enum BlockFault {
    Read(io::Error),
    /// A fault at a line, from 1.
    Line(u64, LineFault),
}

/// The blocks of a stream.
pub(super) struct Blocks<R> {
    from: R,
    delimiter: u8,
    state: State,
    /// What is read but not given out yet.
    pending: Vec<u8>,
    /// How much of `pending` was looked at.
    seen: usize,
    /// Where the last row ends that ends in `pending`.
    cut: usize,
    offset: usize,
    line: u64,
    ended: bool,
}

impl<R: Read> Blocks<R> {
    /// Reads the start of `from`, out of which an automatic delimiter is chosen.
    pub(super) fn start(mut from: R, delimiter: Delimiter, column: &str) -> io::Result<Self> {
        let mut pending = Vec::with_capacity(2 * BLOCK);
        let ended = fill(&mut from, &mut pending)?;
        Ok(Self {
            from,
            delimiter: delimiter.resolve(&pending, column),
            state: State::FieldStart,
            pending,
            seen: 0,
            cut: 0,
            offset: 0,
            line: 1,
            ended,
        })
    }

    /// The next block, `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Block>, BlockFault> {
        loop {
            self.look();
            if self.ended {
                let last = self.pending.len();
                return Ok((last > 0).then(|| self.take(last)));
            }
            if self.cut > 0 {
                return Ok(Some(self.take(self.cut)));
            }
            if self.pending.len() > MAX_ROW {
                let first = self.pending.iter().take_while(|byte| is_break(**byte));
                let (ahead, rest) = self.pending.split_at(first.count());
                let line = self.line + encoding::breaks(ahead, rest.first().copied());
                return Err(BlockFault::Line(
                    line,
                    LineFault::LongRow { allowed: MAX_ROW },
                ));
            }
            self.ended = fill(&mut self.from, &mut self.pending).map_err(BlockFault::Read)?;
        }
    }

    /// Finds the row ends in what was read since.
    fn look(&mut self) {
        for (offset, &byte) in self.pending.iter().enumerate().skip(self.seen) {
            self.state = self.state.after(offset, byte, self.delimiter);
            if is_break(byte) && matches!(self.state, State::FieldStart) {
                self.cut = offset;
            }
        }
        self.seen = self.pending.len();
    }

    /// Gives out `pending` up to `end`, and reads on behind it.
    fn take(&mut self, end: usize) -> Block {
        let mut rest = Vec::with_capacity(2 * BLOCK);
        rest.extend_from_slice(&self.pending[end..]);
        let bytes = std::mem::replace(&mut self.pending, rest);
        let mut block = Block {
            bytes,
            offset: self.offset,
            line: self.line,
            delimiter: self.delimiter,
        };
        block.bytes.truncate(end);
        self.offset += end;
        self.line += encoding::breaks(&block.bytes, self.pending.first().copied());
        self.seen -= end;
        self.cut = 0;
        block
    }
}

fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Reads a block's worth more; returns whether that was the end.
fn fill(from: &mut impl Read, pending: &mut Vec<u8>) -> io::Result<bool> {
    let read = from.take(BLOCK as u64).read_to_end(pending)?;
    Ok(read < BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &[u8]) -> Vec<Block> {
        let mut blocks = Blocks::start(text, Delimiter::Is(b','), "text").unwrap();
        std::iter::from_fn(|| blocks.next().unwrap()).collect()
    }

    #[test]
    fn blocks_are_cut_between_rows_and_lose_nothing() {
        let row = "\"a\r\n\"\"b\",ü\r\n".as_bytes();
        let text = row.repeat(100_000);
        let blocks = blocks(&text);
        assert!(blocks.len() >= 4);
        let mut offset = 0;
        for block in &blocks {
            assert_eq!(block.offset, offset);
            let line = 1 + text[..offset].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(block.line, line as u64);
            assert!(offset == 0 || is_break(block.bytes[0]));
            assert!(block.bytes.len() < 3 * BLOCK);
            let quotes = block.bytes.iter().filter(|byte| **byte == b'"').count();
            assert_eq!(quotes % 4, 0);
            offset += block.bytes.len();
        }
        assert!(blocks.iter().flat_map(|block| &block.bytes).eq(&text));
        assert!(super::tests::blocks(b"").is_empty());
    }

    #[test]
    fn a_row_without_end_is_a_fault_and_not_read_whole() {
        let endless = io::Read::chain(&b"text\n\nb\n\"a"[..], io::repeat(b'\n'));
        let mut blocks = Blocks::start(endless, Delimiter::Is(b','), "text").unwrap();
        blocks.next().unwrap();
        let fault = blocks.next().unwrap_err();
        assert!(
            matches!(fault, BlockFault::Line(4, LineFault::LongRow { .. })),
            "{fault:?}"
        );
    }
}
