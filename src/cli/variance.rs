//! `fsl-exp variance`: how much of the spread each random stream causes. Nothing is run, nothing is fetched.

use clap::Args;

use super::args::{SpecArgs, StoreArgs, VerdictFormat};
use super::error::CliError;
use super::exit::Exit;
use super::{console, specs};
use fsl_report::{self as report, ComparedFormat};

/// Whose spread.
#[derive(Debug, Args)]
pub(super) struct VarianceArgs {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    store: StoreArgs,
    /// The form of the parts
    #[arg(long, value_enum, default_value_t = VerdictFormat::Terminal)]
    format: VerdictFormat,
}

/// Prints the variance components of every method whose trials differ in some stream.
pub(super) fn command(args: &VarianceArgs) -> Result<Exit, CliError> {
    let stored = specs::stored(&args.specs, &args.store)?;
    let spreads = fsl_analysis::variance(stored.view())?;
    let format = match args.format {
        VerdictFormat::Terminal => ComparedFormat::Terminal,
        VerdictFormat::Markdown => ComparedFormat::Markdown,
        VerdictFormat::Json => ComparedFormat::Json,
    };
    let style = specs::plain_style();
    console::print(&report::render_variance(&spreads, format, &style))
}
