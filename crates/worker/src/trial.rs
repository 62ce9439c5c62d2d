//! Trials, and the server that forks a process for each.

use std::ffi::OsString;

use fsl_core::store::Staged;
use fsl_exp::cli::args::TrialArgs;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::{Exit, run_trial};
use fsl_exp::launch;

use crate::encoders::TorchEncoders;

/// Answers the front until it is gone. It returns in every fork, with the command line that it is to run.
#[cfg(target_os = "linux")]
pub(crate) fn serve() -> Result<Option<Vec<OsString>>, CliError> {
    match launch::serve().map_err(CliError::Worker)? {
        launch::ServeOutcome::Disconnected => Ok(None),
        launch::ServeOutcome::Fork(arguments) => {
            let program = "fsl-exp-worker".to_owned();
            let line = std::iter::once(program).chain(arguments);
            Ok(Some(line.map(OsString::from).collect()))
        }
    }
}

/// Runs any trial.
pub(crate) fn command(args: &TrialArgs) -> Result<Exit, CliError> {
    let staged = Staged::at(&args.folder);
    let mut request = staged.request()?;
    request.extras.device.clone_from(&args.device);
    run_trial(args, &staged, &request, &TorchEncoders::new(&request))
}
