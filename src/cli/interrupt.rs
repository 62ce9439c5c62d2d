//! SIGINT, SIGTERM, SIGQUIT and SIGHUP: they end every command with exit code 130 and leave no half-written output.
//!
//! A thread waits for them, so that no command has to look for them in its loops. The first removes what is under a temporary
//! name and ends the program; where a [`StopFlag`] lives, it sets that instead and the second one ends the program. One more
//! ends it without removing anything. Handlers stay for the whole life of a process: signal-hook never gives a signal its
//! default action back, so a handler that is put in place for a while leaves the signal without effect.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;

use signal_hook::flag;

#[cfg(unix)]
mod watch;

#[cfg(unix)]
pub use watch::exit_on_signal;
#[cfg(target_os = "linux")]
pub use watch::hold_signals;

/// Set by the first signal.
static SIGNALLED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Whether the first signal ends the program, rather than only setting the flag above.
static ENDS_AT_ONCE: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));

/// Set once the program is being ended.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

/// How many fetches are under way.
static FETCHES: AtomicUsize = AtomicUsize::new(0);

/// As long as it lives, the first signal only sets a flag: for commands that stop their trials and keep what is finished.
#[derive(Debug)]
pub struct StopFlag(&'static AtomicBool);

impl StopFlag {
    /// From now on, the first signal only sets the flag.
    pub fn begin() -> Self {
        ENDS_AT_ONCE.store(false, Ordering::SeqCst);
        Self(&SIGNALLED)
    }

    /// What a signal sets.
    pub fn flag(&self) -> &AtomicBool {
        self.0
    }

    /// Has signals end the program again, and tells whether one came meanwhile.
    pub fn release(self) -> bool {
        drop(self);
        SIGNALLED.load(Ordering::SeqCst)
    }
}

impl Drop for StopFlag {
    fn drop(&mut self) {
        ENDS_AT_ONCE.store(true, Ordering::SeqCst);
    }
}

/// As long as it lives, a fetch is under way, and whoever interrupts it is told that the next one goes on from there.
#[derive(Debug)]
pub struct Fetching(());

impl Fetching {
    /// A fetch begins.
    pub fn begin() -> Self {
        FETCHES.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        FETCHES.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Returns at once, unless a signal is ending the program: then what this thread has to say, such as that its temporary file is
/// gone, no longer matters.
pub fn wait_if_ending() {
    while IS_ENDING.load(Ordering::SeqCst) {
        thread::park();
    }
}

/// Makes a file that outgrows `ulimit -f` an error with a message: by default the signal for it kills the program.
pub fn ignore_sigxfsz() {
    // Where no handler can be put in place, the default stays.
    #[cfg(unix)]
    let _ = flag::register(
        signal_hook::consts::SIGXFSZ,
        Arc::new(AtomicBool::new(false)),
    );
}

/// From here on signals end the program. Elsewhere than on Unix what is under a temporary name stays.
///
/// # Errors
/// Whatever the system says when the handlers are made.
#[cfg(not(unix))]
pub fn exit_on_signal() -> std::io::Result<()> {
    for &signal in signal_hook::consts::TERM_SIGNALS {
        let code = super::exit::Exit::Interrupted as i32;
        // Registered before what sets it, so that the first signal does not end what wants to stop by itself.
        flag::register_conditional_shutdown(signal, code, Arc::clone(&SIGNALLED))?;
        flag::register_conditional_shutdown(signal, code, Arc::clone(&ENDS_AT_ONCE))?;
        flag::register(signal, Arc::clone(&SIGNALLED))?;
    }
    Ok(())
}
