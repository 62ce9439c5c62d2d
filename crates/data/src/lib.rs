//! Labelled texts: read from CSV files, cleaned by text rules, drawn in balanced samples.
//!
//! A data set is a CSV file with a header. [`Table`] is such a file as it is; [`read_csv`] takes out of it what a method
//! learns from: one column of texts and, where asked for, one of labels (0 or 1). [`stream`] adds columns to files of
//! any size; [`split`] draws training, test and transfer sets out of one.

mod columns;
mod csv;
mod encoding;
mod error;
pub mod preprocess;
mod sample;
mod soft_labels;
pub mod split;
pub mod stream;
mod table;

pub use csv::{Columns, MAX_CHARACTERS, Texts, read_csv, read_csv_bytes};
pub use error::{DataError, LineFault};
pub use sample::{sample, sample_balanced, single_class};
pub use soft_labels::{SoftTexts, read_soft_bytes};
pub use table::Table;
