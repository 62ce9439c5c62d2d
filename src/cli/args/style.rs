//! The options that say how tables and verdicts look.

use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::format::{default_format, table_format};
use crate::cli::number;
use fsl_report::Format;

/// How tables look.
#[derive(Debug, Args)]
pub(in crate::cli) struct StyleArgs {
    /// The output format
    #[arg(long, default_value = default_format(), value_parser = table_format())]
    pub(in crate::cli) format: &'static Format,
    /// The summary shown for a row with several trials (default: the spec's)
    #[arg(long, value_enum)]
    pub(in crate::cli) center: Option<CenterArg>,
    /// Degrees of freedom subtracted in the standard deviation (default: the spec's)
    #[arg(long, value_parser = number::between::<u8>(0, 1))]
    pub(in crate::cli) ddof: Option<u8>,
    /// Show the published cells of the specs below their rows
    #[arg(long)]
    pub(in crate::cli) published: bool,
    /// Show how each row's number was computed, in one line that `fsl-exp explain` reads
    #[arg(long)]
    pub(in crate::cli) signature: bool,
    /// Compare every row with this one, as `compare` does (in a sweep: with its arm at the same point)
    #[arg(long, value_name = "ROW")]
    pub(in crate::cli) against: Option<String>,
    /// With --against: the smallest difference that matters, in points of F1
    #[arg(long, value_name = "POINTS", default_value = "1.0")]
    pub(in crate::cli) margin: Margin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum CenterArg {
    Mean,
    Median,
}

/// A number of points above 0 and below 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::cli) struct Margin(pub(in crate::cli) f64);

impl FromStr for Margin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let points = text.parse::<f64>().ok();
        let points = points.filter(|points| *points > 0.0 && *points < 100.0);
        points.map(Self).ok_or_else(|| {
            "must be a number of points above 0 and below 100, such as 0.5".to_owned()
        })
    }
}
