//! Limits of data files, the same wherever texts are read.

use thiserror::Error;

/// The most bytes of a file that is read whole, packed and unpacked: 4 GiB.
pub const MAX_BYTES: u64 = 1 << 32;

/// The most rows of a file that is read whole.
pub const MAX_ROWS: usize = 10_000_000;

/// The most fields of a row.
pub const MAX_COLUMNS: usize = 10_000;

/// The most bytes of one row: 64 MiB. Without a limit, a quote that is opened and never closed would fill the memory.
pub const MAX_ROW: usize = 1 << 26;

/// How many times its size a packed file may unpack to. Texts are packed to a third or a tenth.
pub const MAX_RATIO: u64 = 200;

/// A limit that a file exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Limit {
    /// [`MAX_BYTES`].
    #[error("more than 4 GiB")]
    Bytes,
    /// [`MAX_ROWS`].
    #[error("more than {} rows", MAX_ROWS)]
    Rows,
    /// [`MAX_RATIO`].
    #[error("unpacks to more than {} times its size", MAX_RATIO)]
    Ratio,
    /// It is a device, which has no end.
    #[error("a device, not a file")]
    Device,
}

impl Limit {
    /// What the user can do about it.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Bytes | Self::Rows => {
                "use a part of the file; only `preprocess`, `infer` and `split` read files of any size"
            }
            Self::Ratio => "no file of texts is packed so well; unpack it and look what it holds",
            Self::Device => "name a file",
        }
    }
}
