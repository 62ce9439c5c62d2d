//! Running a plan: so many trials at a time, each in its own process, each stored as soon as it ends.

mod completion;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::estimate::Estimates;
use super::event::{Event, Summary};
use super::executor::{Executor, ProcessEvent, Running};
use super::memory_budget::MemoryBudget;
use super::plan::Plan;
use super::queue::{Next, ReadyQueue};
use crate::store::{Claim, Failure, FailureKind, Staged, Store, StoreError};

/// How often the runner looks for an interrupt and for trials that other runs do.
const TICK: Duration = Duration::from_millis(100);

/// How a plan is run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Trials at a time; at least 1. It never changes a number.
    pub jobs: usize,
    /// Start nothing more after the first failure.
    pub fail_fast: bool,
}

/// Runs what the plan says must run. Failures of single trials are events, not errors.
///
/// `stop` is set when the user asks to stop: what runs is ended, its unfinished work thrown away.
///
/// # Errors
/// [`StoreError`] where the results folder fails; what was running is ended.
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
    let mut runner = Runner {
        plan,
        store,
        executor,
        sender,
        queue: ReadyQueue::new(plan, &estimates.secs, &estimates.row_groups),
        memory: MemoryBudget::new(&estimates),
        row_groups: estimates.row_groups,
        running: BTreeMap::new(),
        in_other_runs: VecDeque::new(),
        summary: Summary::default(),
        on_event,
    };
    let outcome = runner.all(options, stop, &receiver);
    runner.abandon_all(&receiver);
    outcome.map(|()| runner.summary)
}

struct Runner<'a> {
    plan: &'a Plan,
    store: &'a Store,
    executor: &'a dyn Executor,
    sender: Sender<(usize, ProcessEvent)>,
    queue: ReadyQueue,
    memory: MemoryBudget,
    /// By trial: which others need equal room.
    row_groups: Vec<usize>,
    running: BTreeMap<usize, Active>,
    in_other_runs: VecDeque<usize>,
    summary: Summary,
    on_event: &'a mut dyn FnMut(Event),
}

/// A trial that this run does.
struct Active {
    claim: Claim,
    staged: Staged,
    process: Box<dyn Running>,
    started: Instant,
}

impl Runner<'_> {
    fn all(
        &mut self,
        options: Options,
        stop: &AtomicBool,
        signals: &Receiver<(usize, ProcessEvent)>,
    ) -> Result<(), StoreError> {
        let mut looked = Instant::now();
        loop {
            if stop.load(Ordering::Relaxed) {
                self.summary.interrupted = true;
                self.drop_pending();
                self.summary.left += self.running.len();
                return Ok(());
            }
            if options.fail_fast && self.summary.failed > 0 {
                self.drop_pending();
            }
            while self.running.len() < options.jobs.max(1) && self.start_next()? {}
            if self.running.is_empty() && self.in_other_runs.is_empty() {
                // Nothing could be started: what is left waits for a teacher that nobody will run.
                self.drop_pending();
            }
            if self.running.is_empty() && self.queue.len() == 0 && self.in_other_runs.is_empty() {
                return Ok(());
            }
            match signals.recv_timeout(TICK) {
                Ok((trial, signal)) => self.signal(trial, signal)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            // Not only where nothing happened: busy trials tell something all the time.
            if looked.elapsed() >= TICK {
                self.poll_other_runs()?;
                looked = Instant::now();
            }
        }
    }

    /// Starts one trial; false where none is left that this run could start now.
    fn start_next(&mut self) -> Result<bool, StoreError> {
        while let Some(trial) = self.next() {
            let key = &self.plan.trials[trial].key;
            match self.store.claim(key)? {
                None => {
                    (self.on_event)(Event::RunningElsewhere { trial });
                    self.in_other_runs.push_back(trial);
                }
                // Another run may have finished it, or failed, between the plan and the claim.
                Some(claim) if self.plan.trials[trial].is_stored(self.store) => {
                    claim.release();
                    self.finished(trial, None)?;
                }
                Some(claim) => {
                    if let Some(failure) = self.new_failure(trial) {
                        claim.release();
                        let log = Some(self.store.failure_log(key));
                        self.report_failure(trial, failure, log);
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
        let planned = &self.plan.trials[trial];
        let Some(request) = planned.request(self.plan, self.store)? else {
            return Ok(());
        };
        let staged = self.store.stage(&claim, &request)?;
        let sender = self.sender.clone();
        let signals = Box::new(move |signal| {
            // The receiver is gone only when the run is over and nobody listens any more.
            let _ = sender.send((trial, signal));
        });
        let process = claim
            .handle()
            .and_then(|handle| self.executor.start(&staged, handle, signals));
        match process {
            Ok(process) => {
                (self.on_event)(Event::Started { trial });
                self.running.insert(
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
                self.failed(trial, claim, &staged, failure)
            }
        }
    }

    /// Takes the next trial out of the line. Where nothing runs, there is room for any: what will not fit can only be tried.
    fn next(&mut self) -> Option<usize> {
        let available = self
            .executor
            .available_memory()
            .filter(|_| !self.running.is_empty());
        let running = self.running.iter();
        let held =
            running.map(|(&trial, active)| (self.row_groups[trial], active.process.memory()));
        let left = available.map(|available| self.memory.remaining(available, held));
        let fits = |row_group| left.is_none_or(|left| self.memory.needs(row_group) <= left);
        match self.queue.next(fits) {
            Next::Run(trial) => Some(trial),
            Next::NoMemory(trial) => {
                if self.memory.warn_once() {
                    (self.on_event)(Event::MemoryLimited {
                        trial,
                        running: self.running.len(),
                        needs: self.memory.needs(self.row_groups[trial]),
                        left: left.unwrap_or_default(),
                    });
                }
                None
            }
            Next::Empty => None,
        }
    }
}
