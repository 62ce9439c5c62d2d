//! What happens during a run, for whoever shows it.

use std::path::PathBuf;
use std::time::Duration;

use crate::method::Progress;
use crate::metric::Metrics;
use crate::store::Failure;

/// Something that happened during a run. `trial` is an index into [`Plan::trials`](super::Plan::trials).
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A trial's process was started.
    Started {
        /// The trial.
        trial: usize,
    },
    /// There is memory for fewer trials at a time than were asked for; told once.
    MemoryLimited {
        /// The trial that would have been next.
        trial: usize,
        /// How many run.
        running: usize,
        /// What the trial is taken to need, in bytes.
        needs: u64,
        /// What is left for it, in bytes.
        left: u64,
    },
    /// A trial is so far.
    Progress {
        /// The trial.
        trial: usize,
        /// How far it is.
        progress: Progress,
    },
    /// A trial is finished and stored.
    Finished {
        /// The trial.
        trial: usize,
        /// How it scored.
        metrics: Metrics,
        /// How long it took; `None` where another run did it.
        took: Option<Duration>,
    },
    /// A trial failed; the others go on.
    Failed {
        /// The trial.
        trial: usize,
        /// Why.
        failure: Failure,
        /// Its log, where one is kept.
        log: Option<PathBuf>,
    },
    /// A student is given up, because a trial that was to teach it failed.
    Blocked {
        /// The student.
        trial: usize,
        /// The trial that failed.
        by: usize,
    },
    /// Another run on the same results folder does this trial; this one waits for its result.
    RunningElsewhere {
        /// The trial.
        trial: usize,
    },
}

/// How a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Trials that this run finished.
    pub finished: usize,
    /// Trials that failed in this run.
    pub failed: usize,
    /// Students that were given up because a teacher failed.
    pub blocked: usize,
    /// Trials that were not begun, or stopped, because the run was interrupted or told to stop at the first failure.
    pub left: usize,
    /// Whether the user interrupted it.
    pub interrupted: bool,
}
