//! The formats of output: one registry, which `--format` reads, and one file per format for people.
//!
//! A command hands over an [`Output`]; [`Format::render`] writes it. A new format for people is a file here that writes
//! a [`Document`], and an entry in [`FORMATS`].

pub(crate) mod latex;
pub(crate) mod markdown;
mod terminal;

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

/// A format of output.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is for, as `--help` says.
    pub help: &'static str,
    /// Whether only tables of experiments have this format.
    pub tables_only: bool,
    /// Whether programs read it: then nothing is left out that is costly to gather.
    pub for_programs: bool,
    write: fn(&dyn Output, Screen) -> String,
}

impl Format {
    /// The format of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }

    /// The whole output. It ends with a line break, except where there is nothing to show.
    pub fn render(&self, output: &dyn Output, screen: Screen) -> String {
        (self.write)(output, screen)
    }
}

/// Every format of output, in the order of `--help`; the first is the default.
pub static FORMATS: &[Format] = &[
    Format {
        name: "terminal",
        help: "For reading here",
        tables_only: false,
        for_programs: false,
        write: |output, screen| terminal::render(&output.document(Layout::Screen), screen),
    },
    Format {
        name: "markdown",
        help: "For pasting; tables of experiments in the published layout",
        tables_only: false,
        for_programs: false,
        write: |output, _| markdown::render(&output.document(Layout::Published)),
    },
    Format {
        name: "markdown-wide",
        help: "With n, and the state of rows that are not complete",
        tables_only: true,
        for_programs: false,
        write: |output, _| markdown::render(&output.document(Layout::Wide)),
    },
    Format {
        name: "csv",
        help: "One line per row, fractions in [0, 1]",
        tables_only: true,
        for_programs: true,
        write: |output, _| output.csv(),
    },
    Format {
        name: "json",
        help: "For programs, fractions in [0, 1]",
        tables_only: false,
        for_programs: true,
        write: |output, _| output.json(),
    },
    Format {
        name: "latex",
        help: "For papers: booktabs, the best F1 in bold",
        tables_only: false,
        for_programs: false,
        write: |output, _| latex::render(&output.document(Layout::Paper)),
    },
];
