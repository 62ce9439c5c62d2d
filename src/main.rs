//! `fsl-exp`, the front: it parses, plans, schedules and shows, and never loads libtorch.

use std::process::ExitCode;

fn main() -> ExitCode {
    fsl_exp::cli::run_cli().into()
}
