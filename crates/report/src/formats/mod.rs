//! The formats of output: one registry, which `--format` reads, and one file per format for people.
//!
//! A command hands over an [`Output`]; [`Format::render`] writes it. A new format for people is a file here that writes
//! a [`Document`](super::document::Document), and an entry in [`FORMATS`].

pub(crate) mod latex;
pub(crate) mod markdown;
mod terminal;
mod typst;

use super::output::{Layout, Output, Screen};

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
        help: "For the terminal",
        tables_only: false,
        for_programs: false,
        write: |output, screen| terminal::render(&output.document(Layout::Screen), screen),
    },
    Format {
        name: "markdown",
        help: "For pasting; tables in the published layout",
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
        help: "For papers, with booktabs",
        tables_only: false,
        for_programs: false,
        write: |output, _| latex::render(&output.document(Layout::Paper)),
    },
    Format {
        name: "typst",
        help: "For papers, with a figure per table",
        tables_only: false,
        for_programs: false,
        write: |output, _| typst::render(&output.document(Layout::Paper)),
    },
];
