//! Running a plan: so many trials at a time, each in its own process, each stored as soon as it ends.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::event::{Event, Summary};
use super::executor::{Ended, Executor, Running, Signal};
use super::plan::{Plan, TrialState};
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
    let to_run = |trial: &usize| plan.trials[*trial].can_run();
    let mut runner = Runner {
        plan,
        store,
        executor,
        sender,
        ready: (0..plan.trials.len()).filter(to_run).collect(),
        running: BTreeMap::new(),
        elsewhere: VecDeque::new(),
        settled: HashSet::new(),
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
    sender: Sender<(usize, Signal)>,
    ready: VecDeque<usize>,
    running: BTreeMap<usize, Active>,
    elsewhere: VecDeque<usize>,
    /// Trials that were finished in this run.
    settled: HashSet<usize>,
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
        signals: &Receiver<(usize, Signal)>,
    ) -> Result<(), StoreError> {
        let mut looked = Instant::now();
        loop {
            if stop.load(Ordering::Relaxed) {
                self.summary.interrupted = true;
                self.leave_rest();
                self.summary.left += self.running.len();
                return Ok(());
            }
            if options.fail_fast && self.summary.failed > 0 {
                self.leave_rest();
            }
            while self.running.len() < options.jobs.max(1) && self.start_next()? {}
            if self.running.is_empty() && self.elsewhere.is_empty() {
                // Nothing could be started: what is left waits for a teacher that nobody will run.
                self.leave_rest();
            }
            if self.running.is_empty() && self.ready.is_empty() && self.elsewhere.is_empty() {
                return Ok(());
            }
            match signals.recv_timeout(TICK) {
                Ok((trial, signal)) => self.signal(trial, signal)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            // Not only where nothing happened: busy trials tell something all the time.
            if looked.elapsed() >= TICK {
                self.look_elsewhere()?;
                looked = Instant::now();
            }
        }
    }

    /// Starts one trial; false where none is left that this run could start now.
    fn start_next(&mut self) -> Result<bool, StoreError> {
        while let Some(trial) = self.next_ready() {
            let key = &self.plan.trials[trial].key;
            match self.store.claim(key)? {
                None => {
                    (self.on_event)(Event::Elsewhere { trial });
                    self.elsewhere.push_back(trial);
                }
                // Another run may have finished it, or failed, between the plan and the claim.
                Some(claim) if self.plan.trials[trial].is_stored(self.store) => {
                    claim.release();
                    self.finished(trial, None)?;
                }
                Some(claim) => {
                    if let Some(failure) = self.news_of_failure(trial) {
                        claim.release();
                        let log = Some(self.store.failure_log(key));
                        self.told_failed(trial, failure, log);
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
                    kind: FailureKind::Passing,
                    message,
                    hint: None,
                };
                self.failed(trial, claim, &staged, failure)
            }
        }
    }

    fn signal(&mut self, trial: usize, signal: Signal) -> Result<(), StoreError> {
        match signal {
            Signal::Progress(progress) => {
                (self.on_event)(Event::Progress { trial, progress });
                Ok(())
            }
            Signal::Ended(ended) => self.ended(trial, ended),
        }
    }

    fn ended(&mut self, trial: usize, ended: Ended) -> Result<(), StoreError> {
        let Some(Active {
            claim,
            staged,
            started,
            ..
        }) = self.running.remove(&trial)
        else {
            return Ok(());
        };
        if staged.is_whole() {
            self.store
                .commit(claim, &self.plan.trials[trial].key, &staged)?;
            return self.finished(trial, Some(started.elapsed()));
        }
        let crash = |how: String| {
            Failure {
            kind: FailureKind::Crash,
            message: format!("its process {how}"),
            hint: Some("the log holds its last words; a kill without any often means too little memory: try fewer `--jobs`".to_owned()),
        }
        };
        let failure = staged.failure().unwrap_or_else(|| match ended {
            Ended::Crashed(how) => crash(how),
            Ended::Exited => crash("ended without leaving a result".to_owned()),
        });
        self.failed(trial, claim, &staged, failure)
    }

    fn finished(&mut self, trial: usize, took: Option<Duration>) -> Result<(), StoreError> {
        self.settled.insert(trial);
        if let Some(record) = self.store.record(&self.plan.trials[trial].key)? {
            self.summary.finished += usize::from(took.is_some());
            (self.on_event)(Event::Finished {
                trial,
                metrics: record.metrics,
                took,
            });
        }
        Ok(())
    }

    fn failed(
        &mut self,
        trial: usize,
        claim: Claim,
        staged: &Staged,
        failure: Failure,
    ) -> Result<(), StoreError> {
        let key = &self.plan.trials[trial].key;
        let log = if failure.kind == FailureKind::Passing {
            Store::abandon(claim, staged);
            None
        } else {
            self.store.fail(claim, key, staged, &failure)?;
            Some(self.store.failure_log(key))
        };
        self.told_failed(trial, failure, log);
        Ok(())
    }

    fn told_failed(&mut self, trial: usize, failure: Failure, log: Option<PathBuf>) {
        self.summary.failed += 1;
        (self.on_event)(Event::Failed {
            trial,
            failure,
            log,
        });
        self.give_up_students(trial);
    }

    /// The first trial in line whose teachers, if it has any, are done.
    fn next_ready(&mut self) -> Option<usize> {
        let done = |&teacher: &usize| {
            self.settled.contains(&teacher) || self.plan.trials[teacher].state == TrialState::Reuse
        };
        let position = self
            .ready
            .iter()
            .position(|&trial| self.plan.trials[trial].after.iter().all(done))?;
        self.ready.remove(position)
    }

    /// Takes the students of a trial that failed out of the line, and their students.
    fn give_up_students(&mut self, teacher: usize) {
        let (students, rest): (VecDeque<usize>, VecDeque<usize>) = self
            .ready
            .drain(..)
            .partition(|&trial| self.plan.trials[trial].after.contains(&teacher));
        self.ready = rest;
        for trial in students {
            self.summary.blocked += 1;
            (self.on_event)(Event::Blocked { trial, by: teacher });
            self.give_up_students(trial);
        }
    }

    /// Looks whether trials that other runs do are done; those that were given up are taken over.
    fn look_elsewhere(&mut self) -> Result<(), StoreError> {
        for _ in 0..self.elsewhere.len() {
            let Some(trial) = self.elsewhere.pop_front() else {
                break;
            };
            let key = &self.plan.trials[trial].key;
            if self.plan.trials[trial].is_stored(self.store) {
                self.finished(trial, None)?;
            } else if let Some(failure) = self.news_of_failure(trial) {
                let log = Some(self.store.failure_log(key));
                self.told_failed(trial, failure, log);
            } else if let Some(claim) = self.store.claim(key)? {
                claim.release();
                self.ready.push_back(trial);
            } else {
                self.elsewhere.push_back(trial);
            }
        }
        Ok(())
    }

    /// A failure of the trial that the plan did not know: another run's, since then.
    fn news_of_failure(&self, trial: usize) -> Option<Failure> {
        let planned = &self.plan.trials[trial];
        self.store
            .failure(&planned.key)
            .filter(|failure| planned.failed_before.as_ref() != Some(failure))
    }

    fn leave_rest(&mut self) {
        self.summary.left += self.ready.len() + self.elsewhere.len();
        self.ready.clear();
        self.elsewhere.clear();
    }

    /// Ends what still runs and throws its unfinished work away; what turns out to be whole is kept.
    fn abandon_all(&mut self, signals: &Receiver<(usize, Signal)>) {
        for active in self.running.values_mut() {
            active.process.stop();
        }
        while !self.running.is_empty() {
            let Ok((trial, signal)) = signals.recv_timeout(Duration::from_secs(5)) else {
                break;
            };
            let (Signal::Ended(_), Some(active)) = (signal, self.running.remove(&trial)) else {
                continue;
            };
            let key = &self.plan.trials[trial].key;
            if active.staged.is_whole() {
                // The run is ending already; a trial that cannot be kept now is done again by the next run.
                let _ = self.store.commit(active.claim, key, &active.staged);
            } else {
                Store::abandon(active.claim, &active.staged);
            }
        }
    }
}
