//! A trial's process, started by this one or forked by a worker.

use std::io;
use std::process::Child;
#[cfg(target_os = "linux")]
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

#[cfg(target_os = "linux")]
use super::fork_server::{self, ExitStatus, ForkServer};
use crate::runner::Ended;

/// A process of which nothing more is to come is looked after this often.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// A process that may be stopped by one thread while another waits for it.
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
    /// It has ended, and its number may be another process's by now.
    Over,
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

    /// Ends it, where it has not ended.
    pub(super) fn stop(&self) {
        match &mut *self.kind.lock().unwrap_or_else(PoisonError::into_inner) {
            // One that has just ended cannot be killed, which is what was wanted.
            Kind::Child(child) => drop(child.kill()),
            #[cfg(target_os = "linux")]
            Kind::Fork(_) => fork_server::kill(self.id as i32),
            Kind::Over => {}
        }
    }

    /// Waits without holding the lock, so that the process can be stopped meanwhile: its standard output is closed, so it
    /// has ended or is about to.
    pub(super) fn wait(&self) -> Ended {
        loop {
            let mut kind = self.kind.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(ended) = look(&mut kind, self.id) {
                *kind = Kind::Over;
                return ended;
            }
            drop(kind);
            thread::sleep(LOOK_EVERY);
        }
    }
}

fn look(kind: &mut Kind, id: u32) -> Option<Ended> {
    match kind {
        Kind::Child(child) => match child.try_wait() {
            Ok(status) => status.map(|status| match status.code() {
                Some(code) => by_code(code),
                None => Ended::Crashed(format!("was ended by {status}")),
            }),
            Err(error) => Some(unknown(&error)),
        },
        #[cfg(target_os = "linux")]
        Kind::Fork(fork_server) => {
            let mut fork_server = fork_server.lock().unwrap_or_else(PoisonError::into_inner);
            match fork_server.ended(id as i32) {
                Ok(status) => status.map(|status| match status {
                    ExitStatus::Code(code) => by_code(code),
                    ExitStatus::Signal(signal) => Ended::Crashed(format!("was ended by {signal}")),
                }),
                // The worker is gone; what its fork left tells whether it succeeded.
                Err(_) => (!fork_server::is_alive(id as i32)).then_some(Ended::Exited),
            }
        }
        Kind::Over => Some(Ended::Exited),
    }
}

fn by_code(code: i32) -> Ended {
    if code >= 128 {
        Ended::Crashed(format!("ended with exit code {code}"))
    } else {
        Ended::Exited
    }
}

fn unknown(error: &io::Error) -> Ended {
    Ended::Crashed(format!("could not be waited for: {error}"))
}
