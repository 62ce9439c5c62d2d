//! Events and the summary of a run.

use std::path::PathBuf;
use std::time::Duration;

use crate::store::Failure;
use fsl_methods::Progress;
use fsl_metrics::RecordMetrics;

/// An event during a run. `trial` is an index into [`Plan::trials`](super::Plan::trials).
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A trial's process was started.
    Started {
        /// The trial.
        trial: usize,
    },
    /// Memory limits the number of concurrent trials; sent once.
    MemoryLimited {
        /// The next trial in the queue.
        trial: usize,
        /// Trials running now.
        running: usize,
        /// The trial's estimated memory, in bytes.
        required: u64,
        /// The memory available to it, in bytes.
        available: u64,
    },
    /// A running trial made progress.
    Progress {
        /// The trial.
        trial: usize,
        /// Its progress.
        progress: Progress,
    },
    /// A trial is finished and stored.
    Finished {
        /// The trial.
        trial: usize,
        /// Its metrics.
        metrics: RecordMetrics,
        /// Its duration; `None` if another run did it.
        took: Option<Duration>,
    },
    /// A trial failed; the others go on.
    Failed {
        /// The trial.
        trial: usize,
        /// Why.
        failure: Failure,
        /// Its log, if one was kept.
        log: Option<PathBuf>,
    },
    /// A student was cancelled because a teacher failed.
    Blocked {
        /// The student.
        trial: usize,
        /// The trial that failed.
        by: usize,
    },
    /// Another run on the same results folder is running this trial; this run waits for its result.
    RunningElsewhere {
        /// The trial.
        trial: usize,
    },
}

/// The outcome of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Trials that this run finished.
    pub finished: usize,
    /// Trials that failed in this run.
    pub failed: usize,
    /// Students cancelled because a teacher failed.
    pub blocked: usize,
    /// Trials not started, or stopped, after an interrupt or a failure under `--fail-fast`.
    pub left: usize,
    /// Whether the user interrupted it.
    pub interrupted: bool,
}
