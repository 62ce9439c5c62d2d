//! Trials, and handing a command over to the worker.

use std::error::Error;
use std::io::{self, Write as _};
use std::slice;
use std::time::{Duration, Instant};

use super::args::TrialArgs;
use super::console;
use super::error::CliError;
use super::exit::Exit;
use super::interrupt;
use crate::launch;
use fsl_common::{child, shown};
use fsl_core::store::{Failure, FailureKind, Staged};
use fsl_core::trial::{self, TrialRequest};
use fsl_methods::{Encoders, NoEncoders, Progress};

/// Progress is told at most this often: a trial of a thousand steps a second should not wait for its pipe.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// Runs the worker with this process's arguments, in this process's place where the system can.
pub(super) fn exec_worker() -> Result<Exit, CliError> {
    let worker = launch::worker_binary().map_err(CliError::Worker)?;
    let mut command = child::command(&worker).map_err(CliError::Worker)?;
    command.args(std::env::args_os().skip(1));
    launch::keep_memory(&mut command);
    #[cfg(target_os = "linux")]
    interrupt::hold_signals().map_err(CliError::Signals)?;
    child::replace(command).map_err(CliError::Worker)?;
    Ok(Exit::Done)
}

/// A trial in the front: here where that needs no libtorch, else by the worker.
pub(super) fn trial_in_front(args: &TrialArgs) -> Result<Exit, CliError> {
    let staged = Staged::at(&args.folder);
    let request = staged.request()?;
    if request.inputs.method.requirements().libtorch() {
        return exec_worker();
    }
    interrupt::exit_on_signal().map_err(CliError::Signals)?;
    run_trial(args, &staged, &request, &NoEncoders)
}

/// Runs the trial that is staged in a folder and leaves its result, or why it failed, there.
///
/// # Errors
/// Where the folder cannot be written; a trial that fails is an outcome.
pub fn run_trial(
    args: &TrialArgs,
    staged: &Staged,
    request: &TrialRequest,
    encoders: &dyn Encoders,
) -> Result<Exit, CliError> {
    tracing::info!(name = request.name, key = %request.key, "trial");
    let mut told = Instant::now();
    let outcome = trial::run(request, &staged.model(), encoders, &mut |progress| {
        if args.progress && (told.elapsed() >= TELL_EVERY || is_last(progress)) {
            told = Instant::now();
            tell(progress);
        }
    });
    let failed = |error: &dyn Error, hint: Option<String>, is_transient: bool| {
        let message = shown::chain(error);
        console::show_error(slice::from_ref(&message), hint.as_deref());
        let kind = if is_transient {
            FailureKind::Transient
        } else {
            FailureKind::Error
        };
        staged.put_failure(&Failure {
            kind,
            message,
            hint,
        })?;
        Ok(Exit::Trials)
    };
    match outcome {
        Ok(finished) => match staged.put_result(&finished) {
            Ok(()) => Ok(Exit::Done),
            // A full disk is not the trial's fault.
            Err(error) => failed(&error, error.hint(), true),
        },
        Err(error) => failed(&error, error.hint(), error.is_transient()),
    }
}

fn is_last(progress: Progress) -> bool {
    match progress {
        Progress::Fit { done, total, .. } | Progress::Predict { done, total } => done == total,
    }
}

/// Writes a line of progress. Where nobody reads it any more, the run that started this trial is gone, and with it the
/// wish for its result: the process ends, and with it its claim.
fn tell(progress: Progress) {
    let line = serde_json::to_string(&progress).unwrap_or_default();
    let mut out = io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        std::process::exit(Exit::Interrupted as i32);
    }
}
