//! The statistics of tables: which numbers stand for a row, and what is shown beside them.

use fsl_metrics::Center;

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

/// What a table shows.
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
}

impl Default for Style {
    fn default() -> Self {
        Self {
            center: Center::Mean,
            ddof: 1,
            f1: F1Source::Counts,
            published: false,
            signature: false,
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
