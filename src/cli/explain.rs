//! `fsl-exp explain`: what a signature says.

use super::args::ExplainArgs;
use super::console;
use super::error::CliError;
use super::exit::Exit;
use crate::report::Signature;

/// Prints what every part of a signature means.
pub(super) fn command(args: &ExplainArgs) -> Result<Exit, CliError> {
    let signature: Signature = args.signature.parse()?;
    console::print(&signature.explain())
}
