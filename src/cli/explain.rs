//! `fsl-exp explain`: what a signature says.

use clap::Args;

use super::console;
use super::error::CliError;
use super::exit::Exit;
use fsl_report::Signature;

/// Which signature.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A line such as `f1|n:15|mean|sd:ddof1|…`, in quotes
    signature: String,
}

/// Prints what every part of a signature means.
pub(super) fn command(args: &ExplainArgs) -> Result<Exit, CliError> {
    let signature: Signature = args.signature.parse()?;
    console::print(&signature.explain())
}
