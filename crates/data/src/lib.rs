//! Labelled texts: read from CSV files, cleaned by text rules, sorted into classes, drawn in samples.
//!
//! A data set is a CSV file with a header. [`Table`] is such a file as it is; [`read_csv`] takes out of it what a method
//! learns from: one column of texts and, where asked for, one of labels, whose classes [`LabelColumn`] tells. [`stream`] adds
//! columns to files of any size; [`split`] draws training, test and transfer sets out of one.

mod columns;
mod csv;
mod distinct;
mod encoding;
mod error;
mod format;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod guess;
mod header_hint;
mod label_classes;
mod label_errors;
#[cfg(test)]
mod label_tests;
mod labels;
mod limits;
mod predictions;
pub mod preprocess;
mod reading;
mod row_size;
mod sample;
mod shares;
mod soft_labels;
pub mod split;
pub mod stream;
mod table;
mod text_quality;

pub use columns::{Columns, MAX_CHARACTERS};
pub use csv::{Texts, read_csv, read_csv_bytes};
pub use distinct::{DistinctLabel, label_text};
pub use error::{DataError, LineFault, ShortClass};
pub use format::Format;
pub use fsl_common::settings::{SampleSize, Sampling};
pub use guess::Difference;
pub use label_errors::{Doubt, DoubtfulClasses, EmptyClasses, UnknownLabels};
pub use labels::LabelColumn;
pub use limits::{Limit, MAX_BYTES, MAX_COLUMNS, MAX_RATIO, MAX_ROW, MAX_ROWS};
pub use predictions::{
    CheckedPredictions, ColumnFault, KnownTexts, PredictionsError, PredictionsFault, RowFault,
    read_predictions,
};
pub use reading::read_file;
pub use sample::{sample, sample_labelled};
pub use soft_labels::{SoftTexts, read_soft_bytes};
pub use table::Table;
pub use text_quality::{Overlap, conflicting_labels, empty_texts, overlap};
