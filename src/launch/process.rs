//! Trial processes: child processes, or forks of the fork server.

use std::io;
use std::process::Child;
#[cfg(target_os = "linux")]
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

#[cfg(target_os = "linux")]
use super::fork_server::{self, ExitStatus, ForkServer};
use fsl_core::runner::Ended;

/// The polling interval for a process whose output has closed.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// A process that one thread can stop while another waits for it.
#[derive(Debug)]
pub(super) struct Process {
    id: u32,
    kind: Mutex<Kind>,
}

#[derive(Debug)]
enum Kind {
    Child(Child),
    #[cfg(target_os = "linux")]
    Fork(Arc<Mutex<ForkServer>>),
    /// It has ended, and its id may have been reused.
    Ended,
}

impl Process {
    pub(super) fn child(child: Child) -> Self {
        Self {
            id: child.id(),
            kind: Mutex::new(Kind::Child(child)),
        }
    }

    #[cfg(target_os = "linux")]
    pub(super) fn fork(id: i32, fork_server: Arc<Mutex<ForkServer>>) -> Self {
        Self {
            id: id.unsigned_abs(),
            kind: Mutex::new(Kind::Fork(fork_server)),
        }
    }

    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// Kills it, unless it has ended.
    pub(super) fn stop(&self) {
        match &mut *self.kind.lock().unwrap_or_else(PoisonError::into_inner) {
            // Killing fails only if it has just ended.
            Kind::Child(child) => drop(child.kill()),
            #[cfg(target_os = "linux")]
            Kind::Fork(_) => fork_server::kill(self.id as i32),
            Kind::Ended => {}
        }
    }

    /// Polls until it has ended, without holding the lock in between, so that it can be stopped. Its standard output is closed
    /// already, so the end is near.
    pub(super) fn wait(&self) -> Ended {
        loop {
            let mut kind = self.kind.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(ended) = poll(&mut kind, self.id) {
                *kind = Kind::Ended;
                return ended;
            }
            drop(kind);
            thread::sleep(POLL_INTERVAL);
        }
    }
}

fn poll(kind: &mut Kind, id: u32) -> Option<Ended> {
    match kind {
        Kind::Child(child) => match child.try_wait() {
            Ok(status) => status.map(|status| match status.code() {
                Some(code) => from_exit_code(code),
                None => Ended::Crashed(format!("was killed by {status}")),
            }),
            Err(error) => Some(wait_failed(&error)),
        },
        #[cfg(target_os = "linux")]
        Kind::Fork(fork_server) => {
            let mut fork_server = fork_server.lock().unwrap_or_else(PoisonError::into_inner);
            match fork_server.ended(id as i32) {
                Ok(status) => status.map(|status| match status {
                    ExitStatus::Code(code) => from_exit_code(code),
                    ExitStatus::Signal(signal) => Ended::Crashed(format!("was killed by {signal}")),
                }),
                // The fork server is gone; the files of its fork tell whether it succeeded.
                Err(_) => (!fork_server::is_alive(id as i32)).then_some(Ended::Exited),
            }
        }
        Kind::Ended => Some(Ended::Exited),
    }
}

fn from_exit_code(code: i32) -> Ended {
    if code >= 128 {
        Ended::Crashed(format!("ended with exit code {code}"))
    } else {
        Ended::Exited
    }
}

fn wait_failed(error: &io::Error) -> Ended {
    Ended::Crashed(format!("could not be waited for: {error}"))
}
