//! `fsl-exp variance`: how much of the spread each random stream causes. Nothing is run, nothing is fetched.

use clap::Args;

use super::args::{SpecArgs, StoreArgs, any_format, default_format};
use super::error::CliError;
use super::exit::Exit;
use super::{console, specs};
use fsl_report::Format;

/// Whose spread.
#[derive(Debug, Args)]
pub(super) struct VarianceArgs {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    store: StoreArgs,
    /// The output format
    #[arg(long, default_value = default_format(), value_parser = any_format())]
    format: &'static Format,
}

/// Prints the variance components of every method whose trials differ in some stream.
pub(super) fn command(args: &VarianceArgs) -> Result<Exit, CliError> {
    specs::on_stored(&args.specs, &args.store, |stored| {
        let spreads = fsl_analysis::variance(stored.view())?;
        console::print(&args.format.render(&spreads, console::screen()))
    })
}
