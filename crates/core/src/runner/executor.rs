//! The interface to trial processes. `launch` implements it with local processes, tests with a fake.

use std::fs::File;
use std::io;

use crate::store::Staged;
use crate::trial::TrialRequest;
use fsl_methods::Progress;

/// Starts trial processes.
pub trait Executor {
    /// Starts the trial staged in `staged` with this request. The process inherits `claim`, an open handle of the trial's lock.
    /// Its events go to `on_event`; the last one is [`ProcessEvent::Ended`].
    ///
    /// # Errors
    /// Whatever starting a process says; nothing is running then.
    fn start(
        &self,
        staged: &Staged,
        request: &TrialRequest,
        claim: File,
        on_event: Box<dyn Fn(ProcessEvent) + Send>,
    ) -> io::Result<Box<dyn Running>>;

    /// The memory available to new trials, in bytes; `None` if unknown or managed elsewhere.
    fn available_memory(&self) -> Option<u64> {
        None
    }
}

/// A running trial.
pub trait Running {
    /// Kills the process; its [`ProcessEvent::Ended`] still arrives.
    fn stop(&mut self);

    /// Its resident memory, in bytes.
    fn memory(&self) -> Option<u64> {
        None
    }
}

/// A message from a trial's process.
#[derive(Debug, Clone, PartialEq)]
pub enum ProcessEvent {
    /// Progress.
    Progress(Progress),
    /// The process ended.
    Ended(Ended),
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It exited by itself; the files in its folder tell whether it succeeded.
    Exited,
    /// It crashed; the text says how, such as "was killed by signal: 9".
    Crashed(String),
}
