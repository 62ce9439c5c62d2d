//! Devices that libtorch does not have, told to the front before it starts a trial.

use fsl_core::store::{Failure, FailureKind};
use fsl_exp::cli::args::DevicesArgs;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::{Exit, console};
use fsl_nn as nn;

/// Prints what is wrong with the first device that is not here, as JSON; nothing where all of them are.
pub(crate) fn command(args: &DevicesArgs) -> Result<Exit, CliError> {
    let mut devices = args.devices.iter();
    let Some(error) = devices.find_map(|device| nn::parse_device(device).err()) else {
        return Ok(Exit::Done);
    };
    let failure = Failure {
        kind: FailureKind::Error,
        message: error.to_string(),
        hint: error.hint(),
    };
    console::print_output(&serde_json::to_string(&failure).unwrap_or_default())
}
