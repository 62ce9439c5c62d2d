//! The size of rows against its limits.

use super::LineFault;
use super::limits::{MAX_COLUMNS, MAX_ROW};

/// A count of the bytes and the fields of rows, byte by byte, against their limits.
#[derive(Debug, Default)]
pub(super) struct RowSize {
    start: usize,
    fields: usize,
}

impl RowSize {
    /// The next field begins.
    pub(super) fn next_field(&mut self) {
        self.fields += 1;
    }

    /// The next row begins, at this byte.
    pub(super) fn next_row(&mut self, start: usize) {
        *self = Self { start, fields: 0 };
    }

    /// Where the row begins, and the limit that it exceeds, if it does; `end` is a byte of it.
    pub(super) fn fault(&self, end: usize) -> Option<(usize, LineFault)> {
        let fault = if self.fields >= MAX_COLUMNS {
            LineFault::ManyFields {
                allowed: MAX_COLUMNS,
            }
        } else if end - self.start > MAX_ROW {
            LineFault::LongRow { allowed: MAX_ROW }
        } else {
            return None;
        };
        Some((self.start, fault))
    }
}
