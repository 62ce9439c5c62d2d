//! CSV files of any size with columns added, in memory that does not grow with them.
//!
//! A thread of its own reads and unpacks the file and cuts it into blocks of whole rows; a batch of blocks at a time is read as
//! CSV, cleaned and written as CSV on all of rayon's threads, and put together again in order.

mod annotate;
mod blocks;
mod clean;
mod delimiter;
mod header;
mod scan;
mod source;
mod whole;

pub use annotate::{Annotation, Results, annotate};
pub use clean::{Preprocessed, Settings, preprocess};
pub use delimiter::Delimiter;
pub(crate) use header::{Header, Rows};
pub use scan::{Progress, StreamError};
pub(crate) use scan::{Source, scan};
pub use source::Input;
pub(crate) use source::unpacked;
pub use whole::{WholeInput, read_whole};
