//! The processes of one attempt, by what they do.

use std::fs;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::entries;

/// The environment variable by which processes of an attempt are known, however they were started.
pub(super) const MARK: &str = "SOAK_ATTEMPT";

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// `fsl-exp run`.
    Runner,
    /// A trial: a process or a fork.
    Worker,
    /// The fork server.
    Server,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) id: i32,
    pub(super) role: Role,
}

/// The living processes whose environment has this mark.
pub(super) fn marked(mark: &Path) -> Vec<Found> {
    let mark = format!("{MARK}={}", mark.display());
    entries(Path::new("/proc"))
        .into_iter()
        .filter_map(|process| found(&process, &mark))
        .collect()
}

fn found(process: &Path, mark: &str) -> Option<Found> {
    let id = process.file_name()?.to_str()?.parse().ok()?;
    let environment = fs::read(process.join("environ")).ok()?;
    environment
        .split(|&byte| byte == 0)
        .find(|variable| *variable == mark.as_bytes())?;
    let line = fs::read(process.join("cmdline")).ok()?;
    let command = line.split(|&byte| byte == 0).nth(1)?;
    // A trial's standard input is its lock, in forks too.
    let input = fs::read_link(process.join("fd/0")).unwrap_or_default();
    let role = match command {
        _ if input.to_string_lossy().contains("/store/locks/") => Role::Worker,
        b"run" => Role::Runner,
        b"serve" => Role::Server,
        _ => Role::Worker,
    };
    Some(Found { id, role })
}

/// Sends a signal; false if the process has ended.
pub(super) fn send(id: i32, signal: Signal) -> bool {
    kill(Pid::from_raw(id), signal).is_ok()
}
