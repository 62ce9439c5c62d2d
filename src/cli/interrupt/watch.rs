//! The thread that waits for signals.

use std::io::{self, IsTerminal as _};
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, TERM_SIGNALS};
use signal_hook::iterator::Signals;
use signal_hook::low_level;

use super::{ENDS_AT_ONCE, FETCHES, IS_ENDING, SIGNALLED};
use crate::cli::console;
use crate::cli::exit::Exit;
use fsl_common::fsio;

/// What arrives this soon after a signal belongs to it: `timeout` signals a process by itself and then with its group.
const ECHO: Duration = Duration::from_millis(100);

/// How long the last message may take; a pipe that nobody empties would hold it up for ever.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// From here on signals end the program. A process that forks must not call this: it starts a thread.
///
/// # Errors
/// Whatever the system says when the handlers and the thread are made.
pub fn exit_on_signal() -> io::Result<()> {
    let mut wanted = TERM_SIGNALS.to_vec();
    if !hangups_are_ignored() {
        wanted.push(SIGHUP);
    }
    let signals = Signals::new(wanted)?;
    #[cfg(target_os = "linux")]
    held_signals().thread_unblock()?;
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || watch(signals))?;
    Ok(())
}

/// Holds signals back until [`exit_on_signal`], also beyond a call of `exec`: a program that is still loading its libraries
/// would be killed by them and leave another exit code.
///
/// # Errors
/// Whatever the system says.
#[cfg(target_os = "linux")]
pub fn hold_signals() -> io::Result<()> {
    Ok(held_signals().thread_block()?)
}

#[cfg(target_os = "linux")]
fn held_signals() -> nix::sys::signal::SigSet {
    use nix::sys::signal::Signal;
    [
        Signal::SIGHUP,
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGQUIT,
    ]
    .into_iter()
    .collect()
}

/// Whether the program was started to outlive its terminal, as `nohup` does: a handler would undo that. `false` where the system
/// does not tell.
fn hangups_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is signal 1, the lowest bit.
    ignored.is_some_and(|mask| mask & 1 == 1)
}

fn watch(mut signals: Signals) {
    let mut last: Option<Instant> = None;
    for _ in signals.forever() {
        if last.is_some_and(|last| last.elapsed() < ECHO) {
            continue;
        }
        last = Some(Instant::now());
        let is_first = !SIGNALLED.swap(true, Ordering::SeqCst);
        if is_first && !ENDS_AT_ONCE.load(Ordering::SeqCst) {
            continue;
        }
        if IS_ENDING.swap(true, Ordering::SeqCst) {
            exit();
        }
        // In a thread of its own, so that one more signal is heard.
        thread::spawn(end);
    }
}

/// Ends the program, leaving nothing under a temporary name.
fn end() {
    fsio::discard_staged();
    let (sender, said) = mpsc::channel();
    thread::spawn(move || {
        say();
        let _ = sender.send(());
    });
    let _ = said.recv_timeout(LAST_WORDS);
    exit();
}

fn say() {
    // Not into the line of a progress bar or of the `^C` that the terminal shows.
    if io::stderr().is_terminal() {
        console::say("");
    }
    console::say(if FETCHES.load(Ordering::SeqCst) > 0 {
        "interrupted: downloaded data is kept; run the same command to resume"
    } else {
        "interrupted"
    });
}

fn exit() {
    low_level::exit(Exit::Interrupted as i32);
}
