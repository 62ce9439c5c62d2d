//! What is done to running processes and their inputs from outside: signals, pauses and changed files.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use nix::sys::signal::Signal;

use crate::soak::attempt::Attempt;
use crate::soak::disturbance::{Disturbance, Input, Target};
use crate::soak::processes::{self, Found};

/// The disturbance of an attempt from outside, which acts when its moment has come.
pub(super) struct Outside<'a> {
    attempt: &'a Attempt<'a>,
    /// Which of several processes is meant.
    choice: usize,
    moment: Option<Duration>,
    is_done: bool,
    paused: Vec<i32>,
    goes_on: Duration,
    input: Option<Original>,
    hits: u64,
}

/// An input as it was.
struct Original {
    path: PathBuf,
    bytes: Vec<u8>,
    other: Vec<u8>,
    modified: SystemTime,
    is_changed: bool,
}

impl<'a> Outside<'a> {
    pub(super) fn new(attempt: &'a Attempt<'a>, choice: usize) -> Self {
        let moment = attempt.disturbance.moment();
        let input = match attempt.disturbance {
            Disturbance::Changed { input, .. } => Some(Original::new(attempt, input)),
            _ => None,
        };
        Self {
            attempt,
            choice,
            moment: moment.map(|share| attempt.step.took.mul_f64(share)),
            is_done: false,
            paused: Vec::new(),
            goes_on: Duration::ZERO,
            input,
            hits: 0,
        }
    }

    /// Does what is to be done by now. Where the target is not there yet, it is looked for again.
    pub(super) fn act(&mut self, elapsed: Duration) {
        if !self.paused.is_empty() && elapsed >= self.goes_on {
            self.go_on();
        }
        if self.is_done || self.moment.is_none_or(|moment| elapsed < moment) {
            return;
        }
        match self.attempt.disturbance {
            Disturbance::Signal { target, signal, .. } => {
                let sent = self.targets(target);
                let sent = sent
                    .iter()
                    .filter(|found| processes::send(found.id, signal));
                self.hits = sent.count() as u64;
                self.is_done = self.hits > 0;
            }
            Disturbance::Pause { target, millis, .. } => {
                let found = self.targets(target).into_iter().map(|found| found.id);
                let stop = |id: &i32| processes::send(*id, Signal::SIGSTOP);
                self.paused = found.filter(stop).collect();
                self.hits = self.paused.len() as u64;
                self.goes_on = elapsed + Duration::from_millis(millis);
                self.is_done = self.hits > 0;
            }
            Disturbance::Changed {
                keeps_time,
                toggles,
                ..
            } => {
                if let Some(input) = &mut self.input {
                    input.swap(keeps_time);
                    self.hits += 1;
                }
                self.is_done = !toggles;
            }
            _ => self.is_done = true,
        }
    }

    fn targets(&self, target: Target) -> Vec<Found> {
        let mut found = processes::marked(self.attempt.books);
        if let Target::One(role) = target {
            found.retain(|process| process.role == role);
            found.sort_by_key(|process| process.id);
            let chosen = found.get(self.choice % found.len().max(1)).copied();
            return chosen.into_iter().collect();
        }
        found
    }

    fn go_on(&mut self) {
        for id in self.paused.drain(..) {
            processes::send(id, Signal::SIGCONT);
        }
    }

    /// Lets go on what was paused, puts inputs back, and tells how often something was done.
    pub(super) fn undo(mut self) -> u64 {
        self.go_on();
        if let Some(input) = &mut self.input
            && input.is_changed
        {
            input.swap(false);
        }
        self.hits
    }
}

impl Original {
    fn new(attempt: &Attempt<'_>, input: Input) -> Self {
        let path = attempt.place.join(input.path());
        let bytes = fs::read(&path).unwrap();
        let mut other = bytes.clone();
        match input {
            // One bit of the last number, and one letter of the last text: sizes stay.
            Input::Weights => *other.last_mut().unwrap() ^= 0x40,
            Input::Train | Input::Transfer | Input::Vocabulary => {
                let last = other.iter().rposition(u8::is_ascii_lowercase).unwrap();
                other[last] = if other[last] == b'q' { b'x' } else { b'q' };
            }
        }
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        Self {
            path,
            bytes,
            other,
            modified,
            is_changed: false,
        }
    }

    /// Puts the other contents in place of those that are there, by a rename.
    fn swap(&mut self, keeps_time: bool) {
        self.is_changed = !self.is_changed;
        let contents = if self.is_changed {
            &self.other
        } else {
            &self.bytes
        };
        let new = self.path.with_extension("new");
        fs::write(&new, contents).unwrap();
        if keeps_time {
            let file = File::options().write(true).open(&new).unwrap();
            file.set_modified(self.modified).unwrap();
        }
        fs::rename(&new, &self.path).unwrap();
    }
}
