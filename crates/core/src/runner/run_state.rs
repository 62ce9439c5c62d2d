//! The state of a run, and how it changes when trials finish, fail, run elsewhere or are dropped.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use tracing::{debug, info};

use super::event::{Event, Summary};
use super::executor::{Ended, ProcessEvent, Running};
use super::memory_budget::MemoryBudget;
use super::plan::Plan;
use super::queue::ReadyQueue;
use crate::store::{Claim, Failure, FailureKind, Staged, Store, StoreError};

/// How long a killed trial may take to end: on a busy machine, a disk keeps a process for seconds.
const LAST_WORDS: Duration = Duration::from_secs(60);

/// The state of a run: trials that wait, that run here or elsewhere, and what came of the others.
pub(super) struct RunState<'a> {
    pub(super) plan: &'a Plan,
    pub(super) store: &'a Store,
    pub(super) queue: ReadyQueue,
    pub(super) memory: MemoryBudget,
    /// By trial: its row group.
    pub(super) row_groups: Vec<usize>,
    pub(super) running: BTreeMap<usize, Active>,
    pub(super) running_elsewhere: VecDeque<usize>,
    pub(super) summary: Summary,
    pub(super) on_event: &'a mut dyn FnMut(Event),
}

/// A trial running in this run.
pub(super) struct Active {
    pub(super) claim: Claim,
    pub(super) staged: Staged,
    pub(super) process: Box<dyn Running>,
    pub(super) started: Instant,
}

impl RunState<'_> {
    /// The trial's readable name.
    pub(super) fn name(&self, trial: usize) -> String {
        self.plan.name_of(&self.plan.trials[trial])
    }

    pub(super) fn process_event(
        &mut self,
        trial: usize,
        event: ProcessEvent,
    ) -> Result<(), StoreError> {
        match event {
            ProcessEvent::Progress(progress) => {
                (self.on_event)(Event::Progress { trial, progress });
                Ok(())
            }
            ProcessEvent::Ended(ended) => self.ended(trial, ended),
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
        if staged.is_complete() {
            let key = &self.plan.trials[trial].key;
            if self.store.has_lost_record(key, &staged)? {
                let failure = Failure {
                    kind: FailureKind::Transient,
                    message: "its stored result was lost meanwhile".to_owned(),
                    hint: Some("run the same command again".to_owned()),
                };
                return self.failed(trial, claim, &staged, failure);
            }
            self.store.commit(claim, key, &staged)?;
            return self.finished(trial, Some(started.elapsed()));
        }
        let crash = |how: String| {
            Failure {
            kind: FailureKind::Crash,
            message: format!("its process {how}"),
            hint: Some("see the log; a kill without output usually means out of memory: try fewer `--jobs`. The same command tries it again".to_owned()),
        }
        };
        let failure = staged.failure().unwrap_or_else(|| match ended {
            Ended::Crashed(how) => crash(how),
            Ended::Exited => crash("ended without a result".to_owned()),
        });
        self.failed(trial, claim, &staged, failure)
    }

    pub(super) fn finished(
        &mut self,
        trial: usize,
        took: Option<Duration>,
    ) -> Result<(), StoreError> {
        self.queue.done(trial);
        if let Some(record) = self.store.record(&self.plan.trials[trial].key)? {
            if let Some(peak) = record.peak_memory_bytes {
                self.memory.observe(self.row_groups[trial], peak);
            }
            self.summary.finished += usize::from(took.is_some());
            info!(
                ?took,
                peak_memory = record.peak_memory_bytes,
                "finished {}",
                self.name(trial)
            );
            (self.on_event)(Event::Finished {
                trial,
                metrics: record.metrics,
                took,
            });
        }
        Ok(())
    }

    pub(super) fn failed(
        &mut self,
        trial: usize,
        claim: Claim,
        staged: &Staged,
        failure: Failure,
    ) -> Result<(), StoreError> {
        let key = &self.plan.trials[trial].key;
        let log = if failure.kind == FailureKind::Transient {
            Store::abandon(claim, staged);
            None
        } else {
            self.store.fail(claim, key, staged, &failure)?;
            Some(self.store.failure_log(key))
        };
        self.report_failure(trial, failure, log);
        Ok(())
    }

    pub(super) fn report_failure(&mut self, trial: usize, failure: Failure, log: Option<PathBuf>) {
        self.summary.failed += 1;
        info!(kind = ?failure.kind, reason = failure.message, "failed: {}", self.name(trial));
        (self.on_event)(Event::Failed {
            trial,
            failure,
            log,
        });
        self.cancel_students(trial);
    }

    /// Cancels the students of a failed trial, and their students.
    fn cancel_students(&mut self, teacher: usize) {
        let mut lost = vec![teacher];
        while let Some(teacher) = lost.pop() {
            for trial in self.queue.cancel_dependents(teacher) {
                self.summary.blocked += 1;
                info!(
                    "cancelled {}: its teacher, {}, failed",
                    self.name(trial),
                    self.name(teacher)
                );
                (self.on_event)(Event::Blocked { trial, by: teacher });
                lost.push(trial);
            }
        }
    }

    /// Checks on trials of other runs: takes over results and failures, and reruns those that were abandoned.
    pub(super) fn poll_other_runs(&mut self) -> Result<(), StoreError> {
        for _ in 0..self.running_elsewhere.len() {
            let Some(trial) = self.running_elsewhere.pop_front() else {
                break;
            };
            let key = &self.plan.trials[trial].key;
            if self.plan.trials[trial].is_stored(self.store) {
                self.finished(trial, None)?;
            } else if let Some(failure) = self.new_failure(trial) {
                let log = Some(self.store.failure_log(key));
                self.report_failure(trial, failure, log);
            } else if let Some(claim) = self.store.claim(key)? {
                debug!("the other run abandoned {}", self.name(trial));
                claim.release();
                self.queue.push(trial);
            } else {
                self.running_elsewhere.push_back(trial);
            }
        }
        Ok(())
    }

    /// A failure that another run recorded since the plan was made.
    pub(super) fn new_failure(&self, trial: usize) -> Option<Failure> {
        let planned = &self.plan.trials[trial];
        self.store
            .failure(&planned.key)
            .filter(|failure| planned.failed_before.as_ref() != Some(failure))
    }

    /// Drops all trials that have not started.
    pub(super) fn drop_pending(&mut self) {
        self.summary.left += self.queue.clear() + self.running_elsewhere.len();
        self.running_elsewhere.clear();
    }

    /// Kills running trials and discards their unfinished work; complete results are kept and count as finished.
    pub(super) fn abandon_all(&mut self, events: &Receiver<(usize, ProcessEvent)>) {
        for active in self.running.values_mut() {
            active.process.stop();
        }
        while !self.running.is_empty() {
            let Ok((trial, event)) = events.recv_timeout(LAST_WORDS) else {
                break;
            };
            let (ProcessEvent::Ended(_), Some(active)) = (event, self.running.remove(&trial))
            else {
                continue;
            };
            let key = &self.plan.trials[trial].key;
            if active.staged.is_complete() {
                // The run is ending; the next run repeats a trial that cannot be stored now.
                if self.store.commit(active.claim, key, &active.staged).is_ok() {
                    self.summary.finished += 1;
                } else {
                    self.summary.left += 1;
                }
            } else {
                self.summary.left += 1;
                Store::abandon(active.claim, &active.staged);
            }
        }
        self.summary.left += self.running.len();
    }
}
