//! How results are shown.

use fsl_metrics::Center;

/// The kinds of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table of box-drawing characters, for a terminal or a log.
    Terminal,
    /// A Markdown table, by default in the published layout.
    Markdown,
    /// One line per row, fractions at full precision.
    Csv,
    /// `{"experiments": […]}`, fractions at full precision.
    Json,
    /// A LaTeX table for `booktabs`.
    Latex,
}

/// The layout of Markdown tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MarkdownLayout {
    /// The published table's: `|Models| F1 | P | R |` with cells such as `64.41(4.65)`. The default.
    #[default]
    Published,
    /// The terminal's columns: with n, `64.41 ± 4.65`, and a state where a row is not complete.
    Detailed,
}

/// What F1 is formed from in the formats for people. CSV and JSON always hold the F1 of the counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum F1Source {
    /// The trial's counts. The default.
    #[default]
    Counts,
    /// The trial's precision and recall rounded to two decimals of percent, as in the published table
    /// ([`f1_from_rounded`](fsl_metrics::f1_from_rounded)).
    Rounded,
}

/// How results are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Which number stands for a row, in the formats for people. Default: the mean.
    pub center: Center,
    /// What is taken off n in the variance, in every format. Default: 1, the sample standard deviation.
    pub ddof: u8,
    /// What F1 is formed from, in the formats for people. Default: the counts.
    pub f1: F1Source,
    /// Whether the source's own cells are shown beneath each row that has some. Default: no.
    pub published: bool,
    /// Whether each row's signature is shown beneath the table. Default: no.
    pub signature: bool,
    /// The layout of Markdown tables. Default: the published one.
    pub layout: MarkdownLayout,
    /// Columns the terminal has; labels and the caption are wrapped to fit. Default: `None`, as wide as needed.
    pub width: Option<u16>,
    /// Whether the terminal shows bold type; the best F1 of a table is bold then. Default: no.
    pub color: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            center: Center::Mean,
            ddof: 1,
            f1: F1Source::Counts,
            published: false,
            signature: false,
            layout: MarkdownLayout::Published,
            width: None,
            color: false,
        }
    }
}

impl Style {
    /// The statistics of the published table: the median with the population's standard deviation (ddof 0), and F1 from
    /// rounded precision and recall.
    pub fn published() -> Self {
        Self {
            center: Center::Median,
            ddof: 0,
            f1: F1Source::Rounded,
            ..Self::default()
        }
    }
}
