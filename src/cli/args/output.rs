//! The command lines of `report`, `verify` and `export`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::{SpecArgs, StoreArgs, any_format, default_format};
use crate::cli::compare::Margin;
use fsl_report::Format;

#[derive(Debug, Args)]
pub(in crate::cli) struct ReportArgs {
    #[command(flatten)]
    pub(in crate::cli) specs: SpecArgs,
    #[command(flatten)]
    pub(in crate::cli) store: StoreArgs,
    /// The file to write; `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    pub(in crate::cli) output: PathBuf,
    /// The row that all others are compared with (default: each with the one above it)
    #[arg(long, value_name = "ROW")]
    pub(in crate::cli) against: Option<String>,
    /// The smallest difference that matters in comparisons, in points of F1
    #[arg(long, value_name = "POINTS", default_value = "1.0")]
    pub(in crate::cli) margin: Margin,
    /// The page's title (default: the experiment's)
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) title: Option<String>,
    /// Leave out the test texts, such as where they must not be passed on
    #[arg(long)]
    pub(in crate::cli) no_texts: bool,
    /// Write every plot as SVG and PNG into this folder, too
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) plots: Option<PathBuf>,
    /// Write what a paper needs into this folder, too: tables, settings, error bars, references, plots
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) paper: Option<PathBuf>,
    /// Replace files that exist; a page that an earlier `report` made is replaced without it
    #[arg(long)]
    pub(in crate::cli) force: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyArgs {
    #[command(flatten)]
    pub(in crate::cli) specs: SpecArgs,
    #[command(flatten)]
    pub(in crate::cli) store: StoreArgs,
    /// A row to verify, `ROW` or `EXPERIMENT/ROW`; several times for several (default: all)
    #[arg(long, value_name = "ROW")]
    pub(in crate::cli) row: Vec<String>,
    /// The first N finished trials of each row (default: 1)
    #[arg(long, value_name = "N", conflicts_with = "all", value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) trials: Option<u32>,
    /// All finished trials of each row
    #[arg(long)]
    pub(in crate::cli) all: bool,
    /// How far a probability may be from the stored one: at least 0
    #[arg(long, value_name = "P", default_value_t = 0.001, value_parser = tolerance, allow_negative_numbers = true)]
    pub(in crate::cli) tolerance: f64,
    /// Trials at a time (default: the number of cores)
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) jobs: Option<u32>,
    /// The format of the answer
    #[arg(long, default_value = default_format(), value_parser = any_format())]
    pub(in crate::cli) format: &'static Format,
    /// Show no progress
    #[arg(short, long)]
    pub(in crate::cli) quiet: bool,
}

/// With NaN nothing would be within tolerance, with infinity everything.
fn tolerance(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    let number = number.filter(|number| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "must be a number that is at least 0, such as 0.001".to_owned())
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("outputs").required(true).multiple(true).args(["predictions", "trials", "mlflow", "tensorboard", "samples"]))]
pub(in crate::cli) struct ExportArgs {
    #[command(flatten)]
    pub(in crate::cli) specs: SpecArgs,
    #[command(flatten)]
    pub(in crate::cli) store: StoreArgs,
    /// Predictions as CSV: columns experiment, row, trial, index, label, probability; `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) predictions: Option<PathBuf>,
    /// A line per trial with its figures and everything that determined them: CSV, or JSON lines for `.jsonl`
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) trials: Option<PathBuf>,
    /// A folder for MLflow (`mlflow ui --backend-store-uri DIR`)
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) mlflow: Option<PathBuf>,
    /// A folder for TensorBoard (`tensorboard --logdir DIR`)
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) tensorboard: Option<PathBuf>,
    /// Which texts every trial learns from, run or not, so that other tools can learn from the same: columns experiment, row, trial,
    /// size, index (in the training file), label, train_rows_sha256 (as in the trial's record); `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) samples: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long)]
    pub(in crate::cli) force: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerances_are_finite_and_not_negative() {
        assert_eq!(tolerance("0.01"), Ok(0.01));
        assert_eq!(tolerance("0"), Ok(0.0));
        for wrong in [
            "nan", "NaN", "inf", "infinity", "-inf", "-0.1", "1e999", "x", "",
        ] {
            assert!(tolerance(wrong).is_err(), "{wrong}");
        }
    }
}
