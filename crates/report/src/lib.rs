//! Results for people and for programs: rows in, text out.
//!
//! What a command shows is an [`Output`]; [`Format::render`] writes it in one of [`FORMATS`]. Nothing here trains, reads or prints;
//! what is shown follows from the trials' metrics alone, so that another centre, spread or format costs milliseconds.
//! Fractions become percent only in the formats for people.

mod caption;
mod comparison;
mod csv;
mod diagnostics;
pub mod document;
mod error;
mod filename;
#[cfg(test)]
mod fixtures;
mod formats;
pub mod html;
mod interval;
mod json;
mod output;
pub mod paper;
pub mod plot;
mod predictions;
mod published;
mod reproduction;
pub mod runs;
mod samples;
mod signature;
mod statistics;
mod style;
mod table;
mod table_document;
mod text;
mod variance_table;
pub mod verified;

pub use caption::classes_sentence;
pub use comparison::{Compared, ComparedRow, Comparison, Missing};
pub use diagnostics::{Against, Diagnostics};
pub use error::ReportError;
pub use filename::file_name;
pub use formats::{FORMATS, Format};
pub use interval::{center_interval, interval_words};
pub use output::{Layout, Output, Screen};
pub use predictions::{TrialPredictions, write_predictions};
pub use published::{Published, PublishedFigure};
pub use reproduction::{CheckedCell, CheckedTable, VerdictCounts, check_published};
pub use samples::{Sample, write_samples};
pub use signature::{Signature, SignatureError, SignatureKind};
pub use style::{F1Source, Style};
pub use table::{
    Caption, ChanceLevel, ExperimentTable, RowState, TableMetrics, TableRow, TrialMetrics,
};
pub use text::{
    counted, metric_value, one_line, percent, plural, second_class, text_ranges, texts, thousands,
};
pub use variance_table::{Spread, VarianceState};

/// A table and how it is shown.
pub type Styled<'a> = (&'a ExperimentTable, Style);
