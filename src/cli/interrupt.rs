//! Ctrl-C and its relatives. In a run the first asks to stop and the second ends the program; a fetch ends at the first.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::TERM_SIGNALS;
use signal_hook::flag;

use super::exit::Exit;

/// A flag that is set when the user asks the program to stop (SIGINT, SIGTERM, SIGQUIT; SIGHUP where there is one).
///
/// # Errors
/// Whatever the system says when the handlers are put in place.
pub(super) fn flag() -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for &signal in TERM_SIGNALS {
        // Registered first, so that it sees the flag as the signal before left it.
        flag::register_conditional_shutdown(signal, Exit::Interrupted as i32, Arc::clone(&stop))?;
        flag::register(signal, Arc::clone(&stop))?;
    }
    #[cfg(unix)]
    if !hangups_are_ignored() {
        flag::register(signal_hook::consts::SIGHUP, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// Whether the program was started to outlive its terminal, as `nohup` does: a handler would undo that. `false` where the system
/// does not tell.
#[cfg(unix)]
fn hangups_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is signal 1, the lowest bit.
    ignored.is_some_and(|mask| mask & 1 == 1)
}

/// As long as it lives, the first SIGINT, SIGTERM or SIGQUIT ends the program, with a word about what is kept: for waits on
/// the network, which look at no flag. Elsewhere than on Unix the system's own way of ending a program stays.
pub(super) struct EndAtOnce {
    #[cfg(unix)]
    handle: signal_hook::iterator::Handle,
}

#[cfg(unix)]
impl EndAtOnce {
    /// # Errors
    /// Whatever the system says when the handlers are put in place.
    pub(super) fn new() -> io::Result<Self> {
        let mut signals = signal_hook::iterator::Signals::new(TERM_SIGNALS)?;
        let handle = signals.handle();
        std::thread::spawn(move || {
            if signals.forever().next().is_some() {
                super::console::say(
                    "interrupted: what has been fetched is kept; the same command goes on from here",
                );
                signal_hook::low_level::exit(Exit::Interrupted as i32);
            }
        });
        Ok(Self { handle })
    }
}

#[cfg(unix)]
impl Drop for EndAtOnce {
    fn drop(&mut self) {
        self.handle.close();
    }
}

#[cfg(not(unix))]
impl EndAtOnce {
    /// # Errors
    /// None.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {})
    }
}

/// Makes a file that outgrows `ulimit -f` an error with a message: by default the signal for it kills the program.
pub(super) fn outgrown_files_are_errors() {
    // Where no handler can be put in place, the default stays.
    #[cfg(unix)]
    let _ = flag::register(
        signal_hook::consts::SIGXFSZ,
        Arc::new(AtomicBool::new(false)),
    );
}
