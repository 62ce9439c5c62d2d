//! The interface between commands and formats: an output in every form, and the layout that a format asks for.

use super::document::Document;

/// What a command shows.
pub trait Output {
    /// For people, in the layout that the format asks for.
    fn document(&self, layout: Layout) -> Document;

    /// For programs: one document, fractions at full precision.
    fn json(&self) -> String;

    /// For spreadsheets; empty where the command has no such format.
    fn csv(&self) -> String {
        String::new()
    }
}

/// What is shown of an experiment's rows. Commands that show something else have one layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// n, `64.41 ± 4.65`, verdicts, and a state where a row is not complete.
    Screen,
    /// The published table's: names and `64.41(4.65)`.
    Published,
    /// The columns of the screen, and a note on each row that is not complete.
    Wide,
    /// n and `64.41 ± 4.65`, verdicts as marks beside names.
    Paper,
}

/// Where the output is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Screen {
    /// Columns the terminal has; labels and sentences are wrapped to fit. Default: `None`, as wide as needed.
    pub width: Option<u16>,
    /// Whether the terminal shows bold type; the best F1 of a table is bold then. Default: no.
    pub color: bool,
}
