//! `fsl-exp completions`: a shell's completion script.

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use super::command_line::Cli;
use super::console;
use super::error::CliError;
use super::exit::Exit;

/// Prints the script.
pub(super) fn command(shell: Shell) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "fsl-exp", &mut script);
    console::print_output(&String::from_utf8_lossy(&script))
}
