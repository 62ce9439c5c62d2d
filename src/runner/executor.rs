//! How a trial's process is started and heard. Local processes implement it in `launch`; tests use a fake.

use std::fs::File;
use std::io;

use crate::method::Progress;
use crate::store::Staged;

/// Starts trials.
pub trait Executor {
    /// Starts the trial staged in `staged`. `claim` is an open handle of its lock, for the process to inherit. The process's
    /// signals go to `signals`, the last of them [`ProcessEvent::Ended`].
    ///
    /// # Errors
    /// Whatever starting a process says; nothing is running then.
    fn start(
        &self,
        staged: &Staged,
        claim: File,
        signals: Box<dyn Fn(ProcessEvent) + Send>,
    ) -> io::Result<Box<dyn Running>>;

    /// The memory that trials could take now, in bytes, without anything else losing its own; `None` where that is not known
    /// or somebody else sees to it.
    fn available_memory(&self) -> Option<u64> {
        None
    }
}

/// A trial that runs.
pub trait Running {
    /// Ends the process now. Its [`ProcessEvent::Ended`] still comes.
    fn stop(&mut self);

    /// The memory that it holds now, in bytes.
    fn memory(&self) -> Option<u64> {
        None
    }
}

/// What a trial's process tells.
#[derive(Debug, Clone, PartialEq)]
pub enum ProcessEvent {
    /// How far it is.
    Progress(Progress),
    /// It is over.
    Ended(Ended),
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// By itself; whether it succeeded is told by what it left in its folder.
    Exited,
    /// In a way that no program chooses, in words: "was killed by signal 9".
    Crashed(String),
}
