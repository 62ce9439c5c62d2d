//! `fsl-exp-worker`, the only binary that links libtorch: it runs trials and embeds texts.

use std::process::ExitCode;

fn main() -> ExitCode {
    fsl_exp::cli::worker().into()
}
