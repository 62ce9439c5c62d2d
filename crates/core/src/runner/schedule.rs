//! The scheduler: runs a plan's trials in parallel processes and stores each result as it arrives.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use tracing::{debug, info};

use super::estimate::Estimates;
use super::event::{Event, Summary};
use super::executor::{Executor, ProcessEvent};
use super::memory_budget::MemoryBudget;
use super::plan::Plan;
use super::queue::{Next, ReadyQueue};
use super::run_state::{Active, RunState};
use crate::store::{Claim, Failure, FailureKind, Store, StoreError};

/// The interval of checks for an interrupt and for trials of other runs.
const TICK: Duration = Duration::from_millis(100);

/// Options of a run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Concurrent trials, at least 1. It never changes a result.
    pub jobs: usize,
    /// Whether to start no more trials after the first failure.
    pub fail_fast: bool,
}

/// Runs the plan's missing trials. The failure of a trial is an event, not an error.
///
/// Setting `stop` interrupts the run: running trials are killed and their unfinished work is discarded.
///
/// # Errors
/// [`StoreError`] if the results folder fails; running trials are killed.
pub fn run(
    plan: &Plan,
    store: &Store,
    executor: &dyn Executor,
    options: Options,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event),
) -> Result<Summary, StoreError> {
    let (sender, receiver) = channel();
    let estimates = Estimates::new(plan, &[]);
    let mut scheduler = Scheduler {
        state: RunState {
            plan,
            store,
            queue: ReadyQueue::new(plan, &estimates.secs, &estimates.row_groups),
            memory: MemoryBudget::new(&estimates),
            row_groups: estimates.row_groups,
            running: BTreeMap::new(),
            running_elsewhere: VecDeque::new(),
            summary: Summary::default(),
            on_event,
        },
        executor,
        sender,
        estimated_secs: estimates.secs,
    };
    let outcome = scheduler.run_all(options, stop, &receiver);
    scheduler.state.abandon_all(&receiver);
    outcome.map(|()| scheduler.state.summary)
}

struct Scheduler<'a> {
    state: RunState<'a>,
    executor: &'a dyn Executor,
    sender: Sender<(usize, ProcessEvent)>,
    /// By trial: its estimated duration.
    estimated_secs: Vec<f64>,
}

impl Scheduler<'_> {
    fn run_all(
        &mut self,
        options: Options,
        stop: &AtomicBool,
        events: &Receiver<(usize, ProcessEvent)>,
    ) -> Result<(), StoreError> {
        let mut polled = Instant::now();
        loop {
            if stop.load(Ordering::Relaxed) {
                self.state.summary.interrupted = true;
                self.state.drop_pending();
                return Ok(());
            }
            if options.fail_fast && self.state.summary.failed > 0 {
                self.state.drop_pending();
            }
            while self.state.running.len() < options.jobs.max(1) && self.start_next()? {}
            if self.state.running.is_empty() && self.state.running_elsewhere.is_empty() {
                // Nothing could be started: the remaining trials wait for a teacher that will not run.
                self.state.drop_pending();
            }
            if self.state.running.is_empty()
                && self.state.queue.len() == 0
                && self.state.running_elsewhere.is_empty()
            {
                return Ok(());
            }
            match events.recv_timeout(TICK) {
                Ok((trial, event)) => self.state.process_event(trial, event)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            // Also after events: busy trials send them all the time.
            if polled.elapsed() >= TICK {
                self.state.poll_other_runs()?;
                polled = Instant::now();
            }
        }
    }

    /// Starts one trial; false if none can start now.
    fn start_next(&mut self) -> Result<bool, StoreError> {
        while let Some(trial) = self.next() {
            let key = &self.state.plan.trials[trial].key;
            match self.state.store.claim(key)? {
                None => {
                    info!("another run is running {}", self.state.name(trial));
                    (self.state.on_event)(Event::RunningElsewhere { trial });
                    self.state.running_elsewhere.push_back(trial);
                }
                // Another run may have finished it, or failed, between the plan and the claim.
                Some(claim) if self.state.plan.trials[trial].is_stored(self.state.store) => {
                    claim.release();
                    self.state.finished(trial, None)?;
                }
                Some(claim) => {
                    if let Some(failure) = self.state.new_failure(trial) {
                        claim.release();
                        let log = Some(self.state.store.failure_log(key));
                        self.state.report_failure(trial, failure, log);
                        continue;
                    }
                    self.start(trial, claim)?;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn start(&mut self, trial: usize, claim: Claim) -> Result<(), StoreError> {
        let planned = &self.state.plan.trials[trial];
        let Some(request) = planned.request(self.state.plan, self.state.store)? else {
            return Ok(());
        };
        let staged = self.state.store.stage(&claim, &request)?;
        let sender = self.sender.clone();
        let on_event = Box::new(move |event| {
            // The receiver is dropped only when the run is over.
            let _ = sender.send((trial, event));
        });
        let process = claim
            .handle()
            .and_then(|handle| self.executor.start(&staged, &request, handle, on_event));
        match process {
            Ok(process) => {
                info!(
                    estimated_secs = self.estimated_secs[trial],
                    estimated_memory = self.state.memory.needs(self.state.row_groups[trial]),
                    running = self.state.running.len() + 1,
                    "started {}",
                    self.state.name(trial)
                );
                (self.state.on_event)(Event::Started { trial });
                self.state.running.insert(
                    trial,
                    Active {
                        claim,
                        staged,
                        process,
                        started: Instant::now(),
                    },
                );
                Ok(())
            }
            Err(error) => {
                let message = format!("its process could not be started: {error}");
                let failure = Failure {
                    kind: FailureKind::Transient,
                    message,
                    hint: None,
                };
                self.state.failed(trial, claim, &staged, failure)
            }
        }
    }

    /// Takes the next trial from the queue. If nothing is running, memory is not checked: the trial can only be tried.
    fn next(&mut self) -> Option<usize> {
        let available = self
            .executor
            .available_memory()
            .filter(|_| !self.state.running.is_empty());
        let running = self.state.running.iter();
        let held =
            running.map(|(&trial, active)| (self.state.row_groups[trial], active.process.memory()));
        let left = available.map(|available| self.state.memory.remaining(available, held));
        let fits = |row_group| left.is_none_or(|left| self.state.memory.needs(row_group) <= left);
        match self.state.queue.next(fits) {
            Next::Run(trial) => Some(trial),
            Next::NoMemory(trial) => {
                debug!(available = left, "no memory for {}", self.state.name(trial));
                if self.state.memory.warn_once() {
                    (self.state.on_event)(Event::MemoryLimited {
                        trial,
                        running: self.state.running.len(),
                        required: self.state.memory.needs(self.state.row_groups[trial]),
                        available: left.unwrap_or_default(),
                    });
                }
                None
            }
            Next::Empty => None,
        }
    }
}
