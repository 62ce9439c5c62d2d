//! Ctrl-C and its relatives: the first asks to stop, the second ends the program at once.

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
    flag::register(signal_hook::consts::SIGHUP, Arc::clone(&stop))?;
    Ok(stop)
}
