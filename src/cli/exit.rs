//! The exit codes, which scripts may rely on.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything that was asked for is done.
    Done = 0,
    /// A fault of the program itself.
    Bug = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Some trials failed or were blocked, stored results are damaged, or a published cell was not reproduced; everything else is done.
    Trials = 3,
    /// A spec is invalid; nothing was run.
    Spec = 4,
    /// Data or weights cannot be had or read, an output cannot be written, or the system has no memory or process left.
    Data = 5,
    /// The results folder is locked, unreadable or cannot be written.
    Store = 6,
    /// The user interrupted the program.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
