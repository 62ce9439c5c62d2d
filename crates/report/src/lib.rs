//! Results for people and for programs: rows in, text out.
//!
//! [`render`] turns [`ExperimentTable`]s into one of five [`Format`]s. Nothing here trains, reads or prints; what is
//! shown follows from the trials' metrics alone, so that another centre, spread or format costs milliseconds.
//! Fractions become percent only in the formats for people (terminal and Markdown).

mod caption;
mod comparison;
mod csv;
mod csv_diagnostics;
mod diagnostics;
mod display_rows;
mod error;
mod filename;
#[cfg(test)]
mod fixtures;
pub mod html;
mod interval;
mod json;
mod json_diagnostics;
mod latex;
mod markdown;
mod metric_summary;
pub mod paper;
pub mod plot;
mod predictions;
mod published;
mod reproduction;
pub mod runs;
mod samples;
mod signature;
mod style;
mod table;
mod terminal;
mod text;
mod variance_table;
pub mod verified;

pub use comparison::{Compared, ComparedFormat, ComparedRow, Comparison, Missing, render_compared};
pub use diagnostics::{Against, Diagnostics, Ranking};
pub use error::ReportError;
pub use filename::file_name;
pub use interval::{center_interval, interval_words};
pub use predictions::{Prediction, write_predictions};
pub use published::{Published, PublishedFigure};
pub use reproduction::{
    CheckedCell, CheckedFormat, CheckedTable, VerdictCounts, check_published, render_checked,
};
pub use samples::{Sample, write_samples};
pub use signature::{Signature, SignatureError, SignatureKind};
pub use style::{F1Source, Format, MarkdownLayout, Style};
pub use table::{Caption, ExperimentTable, RowState, TableRow, TrialMetrics};
pub use text::{one_line, percent, text_ranges, texts, thousands};
pub use variance_table::{Spread, VarianceState, render_variance};

/// A table and how it is shown.
pub type Styled<'a> = (&'a ExperimentTable, Style);

/// Renders `tables` in their order, each in its own style. The text ends with a line break, except that of no tables for people, which is
/// empty.
pub fn render(tables: &[Styled], format: Format) -> String {
    match format {
        Format::Terminal => terminal::render(tables),
        Format::Markdown => markdown::render(tables),
        Format::Csv => csv::render(tables),
        Format::Json => json::render(tables),
        Format::Latex => latex::render(tables),
    }
}
