//! The runner with an executor that needs no processes: how many at a time, in which order, what becomes of failures.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use fsl_exp::fsio::Sums;
use fsl_exp::runner::{
    self, DataFiles, Ended, Event, Executor, Options, Plan, Resources, Running, Signal,
};
use fsl_exp::spec::{self, DataSource, Names};
use fsl_exp::store::{Failure, FailureKind, Staged, Store};
use fsl_exp::trial;

use crate::support::{CHEAP_ROWS, Workplace, spec as spec_text};

/// What a made-up trial does.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Succeed,
    Fail,
    Crash,
    NeverStart,
}

/// Runs trials in threads; each takes 30 ms and meets the fate that `fate` gives to its number in the order of starts.
struct Threads {
    fate: fn(usize) -> Fate,
    started: Mutex<Vec<String>>,
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Threads {
    fn new(fate: fn(usize) -> Fate) -> Self {
        Self {
            fate,
            started: Mutex::default(),
            running: Arc::default(),
            most: Arc::default(),
        }
    }
}

struct Thread;

impl Running for Thread {
    fn stop(&mut self) {}
}

impl Executor for Threads {
    fn start(
        &self,
        staged: &Staged,
        claim: File,
        signals: Box<dyn Fn(Signal) + Send>,
    ) -> io::Result<Box<dyn Running>> {
        let request = staged.request().unwrap();
        let mut started = self.started.lock().unwrap();
        let fate = (self.fate)(started.len());
        started.push(request.name.clone());
        if fate == Fate::NeverStart {
            return Err(io::Error::other("no more processes"));
        }
        let (staged, running, most) = (
            staged.clone(),
            Arc::clone(&self.running),
            Arc::clone(&self.most),
        );
        thread::spawn(move || {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(30));
            match fate {
                Fate::Succeed => {
                    let finished = trial::run(&request, &staged.model(), &mut |progress| {
                        signals(Signal::Progress(progress));
                    })
                    .unwrap();
                    staged.put_result(&finished).unwrap();
                }
                Fate::Fail => {
                    let failure = Failure {
                        kind: FailureKind::Error,
                        message: "made up".to_owned(),
                        hint: None,
                    };
                    staged.put_failure(&failure).unwrap();
                }
                _ => {}
            }
            running.fetch_sub(1, Ordering::SeqCst);
            drop(claim);
            let ended = if fate == Fate::Crash {
                Ended::Crashed("was made to".to_owned())
            } else {
                Ended::Exited
            };
            signals(Signal::Ended(ended));
        });
        Ok(Box::new(Thread))
    }
}

/// A plan of eight trials of `random`, and their store.
fn planned(place: &Workplace) -> (Plan, Store) {
    let text = spec_text(
        "s",
        "count = 8",
        CHEAP_ROWS
            .split("[[row]]")
            .take(2)
            .collect::<Vec<_>>()
            .join("[[row]]")
            .as_str(),
    );
    let experiment = spec::parse(&place.join("s.toml"), &text, &[], &Names::default()).unwrap();
    let (train, test) = (place.join("train.csv"), place.join("test.csv"));
    let mut resources = Resources::default();
    let source = DataSource::Files {
        train: train.clone(),
        test: test.clone(),
        transfer: None,
    };
    resources
        .datasets
        .insert(source, DataFiles::own(&train, &test, &Sums::forgetful()));
    let store = Store::open_for_writing(Path::new(&place.join("results"))).unwrap();
    let plan = runner::plan(&[experiment], &resources, &store, false).unwrap();
    assert_eq!(plan.trials.len(), 8);
    (plan, store)
}

fn run(
    place: &Workplace,
    executor: &Threads,
    options: Options,
) -> (runner::RunSummary, Vec<Event>) {
    let (plan, store) = planned(place);
    let mut events = Vec::new();
    let never = AtomicBool::new(false);
    let summary = runner::run(&plan, &store, executor, options, &never, &mut |event| {
        events.push(event);
    })
    .unwrap();
    (summary, events)
}

#[test]
fn so_many_at_a_time_and_each_once_in_order() {
    let place = Workplace::new();
    let executor = Threads::new(|_| Fate::Succeed);
    let (summary, events) = run(
        &place,
        &executor,
        Options {
            jobs: 3,
            fail_fast: false,
        },
    );
    assert_eq!((summary.finished, summary.failed, summary.left), (8, 0, 0));
    assert_eq!(executor.most.load(Ordering::SeqCst), 3);
    let names: Vec<String> = (1..=8)
        .map(|number| format!("s/random trial {number}"))
        .collect();
    assert_eq!(*executor.started.lock().unwrap(), names);
    let finished = events
        .iter()
        .filter(|event| matches!(event, Event::Finished { took: Some(_), .. }));
    assert_eq!(finished.count(), 8);
    assert_eq!(place.stored_predictions("results").len(), 8);
}

#[test]
fn failures_of_every_kind_cost_one_trial_each() {
    let place = Workplace::new();
    let executor = Threads::new(|number| match number {
        1 => Fate::Fail,
        3 => Fate::Crash,
        5 => Fate::NeverStart,
        _ => Fate::Succeed,
    });
    let (summary, events) = run(
        &place,
        &executor,
        Options {
            jobs: 2,
            fail_fast: false,
        },
    );
    assert_eq!((summary.finished, summary.failed, summary.left), (5, 3, 0));
    let mut told: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::Failed { failure, .. } => Some(failure.message.clone()),
            _ => None,
        })
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "its process could not be started: no more processes",
            "its process was made to",
            "made up"
        ]
    );
}

#[test]
fn fail_fast_begins_nothing_more() {
    let place = Workplace::new();
    let executor = Threads::new(|number| {
        if number == 2 {
            Fate::Fail
        } else {
            Fate::Succeed
        }
    });
    let (summary, _) = run(
        &place,
        &executor,
        Options {
            jobs: 1,
            fail_fast: true,
        },
    );
    assert_eq!((summary.finished, summary.failed, summary.left), (2, 1, 5));
}

#[test]
fn a_request_to_stop_is_heard() {
    let place = Workplace::new();
    let (plan, store) = planned(&place);
    let stop = AtomicBool::new(false);
    let executor = Threads::new(|_| Fate::Succeed);
    let options = Options {
        jobs: 1,
        fail_fast: false,
    };
    let summary = runner::run(&plan, &store, &executor, options, &stop, &mut |event| {
        if matches!(event, Event::Finished { .. }) {
            stop.store(true, Ordering::Relaxed);
        }
    })
    .unwrap();
    assert!(summary.interrupted);
    assert!(summary.finished <= 2, "{summary:?}");
}
