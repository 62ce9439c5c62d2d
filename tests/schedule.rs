//! The runner with an executor that needs no processes: how many at a time, in which order, what becomes of failures.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use fsl_common::fsio::ChecksumCache;
use fsl_core::runner::{
    self, DataFiles, Ended, Event, Executor, Options, Plan, ProcessEvent, Resources, Running,
};
use fsl_core::spec::{self, CatalogIndex, DataSource};
use fsl_core::store::{Failure, FailureKind, Staged, Store};
use fsl_core::trial::{self, TrialRequest};
use fsl_methods::NoEncoders;

use crate::support::{Workplace, spec as spec_text};

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
    available: Option<u64>,
    started: Mutex<Vec<String>>,
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Threads {
    fn new(fate: fn(usize) -> Fate) -> Self {
        Self {
            fate,
            available: None,
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
        request: &TrialRequest,
        claim: File,
        on_event: Box<dyn Fn(ProcessEvent) + Send>,
    ) -> io::Result<Box<dyn Running>> {
        let mut started = self.started.lock().unwrap();
        let fate = (self.fate)(started.len());
        started.push(request.name.clone());
        if fate == Fate::NeverStart {
            return Err(io::Error::other("no more processes"));
        }
        let (staged, request, running, most) = (
            staged.clone(),
            request.clone(),
            Arc::clone(&self.running),
            Arc::clone(&self.most),
        );
        thread::spawn(move || {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(30));
            match fate {
                Fate::Succeed => {
                    let finished =
                        trial::run(&request, &staged.model(), &NoEncoders, &mut |progress| {
                            on_event(ProcessEvent::Progress(progress));
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
            on_event(ProcessEvent::Ended(ended));
        });
        Ok(Box::new(Thread))
    }

    fn available_memory(&self) -> Option<u64> {
        self.available
    }
}

/// A row of `random`, eight trials of which make up most tests' plan.
const COINS: &str = "[[row]]\nid = \"random\"\nmethod.random = { draws = 1001 }\n";

fn planned(place: &Workplace, trials: &str, rows: &str) -> (Plan, Store) {
    let text = spec_text("s", trials, rows);
    let experiment =
        spec::parse(&place.join("s.toml"), &text, &[], &CatalogIndex::default()).unwrap();
    let (train, test) = (place.join("train.csv"), place.join("test.csv"));
    let mut resources = Resources::default();
    let source = DataSource::Files {
        train: train.clone(),
        test: test.clone(),
        transfer: None,
    };
    resources.datasets.insert(
        source,
        DataFiles::own(&train, &test, &ChecksumCache::disabled()),
    );
    let store = Store::open_for_writing(Path::new(&place.join("results"))).unwrap();
    resources
        .read_classes(std::slice::from_ref(&experiment))
        .unwrap();
    let plan = runner::plan(&[experiment], &resources, &store, false).unwrap();
    (plan, store)
}

fn run(
    place: &Workplace,
    executor: &Threads,
    options: Options,
) -> (runner::RunSummary, Vec<Event>) {
    let planned = planned(place, "count = 8", COINS);
    assert_eq!(planned.0.trials.len(), 8);
    run_plan(planned, executor, options)
}

fn run_plan(
    (plan, store): (Plan, Store),
    executor: &Threads,
    options: Options,
) -> (runner::RunSummary, Vec<Event>) {
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
    let (plan, store) = planned(&place, "count = 8", COINS);
    let stop = AtomicBool::new(false);
    let executor = Threads::new(|_| Fate::Succeed);
    let options = Options {
        jobs: 2,
        fail_fast: false,
    };
    let summary = runner::run(&plan, &store, &executor, options, &stop, &mut |event| {
        if matches!(event, Event::Finished { .. }) {
            stop.store(true, Ordering::Relaxed);
        }
    })
    .unwrap();
    assert!(summary.interrupted);
    // The trial that ended while the run stopped is stored and counts as finished.
    assert_eq!((summary.finished, summary.left), (2, 6));
    assert_eq!(place.stored_predictions("results").len(), 2);
}

const THREE: Options = Options {
    jobs: 3,
    fail_fast: false,
};

fn told_of_memory(events: &[Event]) -> usize {
    let narrow = |event: &&Event| matches!(event, Event::MemoryLimited { .. });
    events.iter().filter(narrow).count()
}

#[test]
fn without_memory_for_one_trial_each_still_runs_alone_and_it_is_told_once() {
    let place = Workplace::new();
    let mut executor = Threads::new(|_| Fate::Succeed);
    executor.available = Some(1);
    let (summary, events) = run(&place, &executor, THREE);
    assert_eq!((summary.finished, summary.failed, summary.left), (8, 0, 0));
    assert_eq!(executor.most.load(Ordering::SeqCst), 1);
    assert_eq!(told_of_memory(&events), 1);

    let (place, mut executor) = (Workplace::new(), Threads::new(|_| Fate::Succeed));
    executor.available = Some(1 << 40);
    let (_, events) = run(&place, &executor, THREE);
    assert_eq!(executor.most.load(Ordering::SeqCst), 3);
    assert_eq!(told_of_memory(&events), 0);
}

#[test]
fn the_longest_row_goes_first_and_the_order_changes_no_byte() {
    let rows: Vec<String> = [1001, 9_000_001, 90_001]
        .iter()
        .map(|draws| format!("[[row]]\nid = \"r{draws}\"\nmethod.random = {{ draws = {draws} }}\n"))
        .collect();
    let backwards: Vec<String> = rows.iter().rev().cloned().collect();
    let mut outcomes = Vec::new();
    for (rows, jobs) in [(rows, 1), (backwards, 3)] {
        let place = Workplace::new();
        let executor = Threads::new(|_| Fate::Succeed);
        let options = Options { jobs, ..THREE };
        run_plan(
            planned(&place, "count = 2", &rows.concat()),
            &executor,
            options,
        );
        let started = executor.started.lock().unwrap().join(", ");
        assert_eq!(
            started,
            "s/r9000001 trial 1, s/r9000001 trial 2, s/r90001 trial 1, s/r90001 trial 2, s/r1001 trial 1, s/r1001 trial 2"
        );
        outcomes.push(place.stored_predictions("results"));
    }
    assert_eq!(outcomes[0].len(), 6);
    assert_eq!(outcomes[0], outcomes[1]);
}

#[test]
fn stored_trials_tell_how_long_their_like_take() {
    let place = Workplace::new();
    let rows = "[[row]]\nid = \"a\"\nmethod.random = { draws = 11 }\n[[row]]\nid = \"b\"\nmethod.random = { draws = 13 }\n";
    let one = Options { jobs: 1, ..THREE };
    let executor = Threads::new(|_| Fate::Succeed);
    run_plan(planned(&place, "count = 1", rows), &executor, one);
    assert_eq!(
        *executor.started.lock().unwrap(),
        ["s/a trial 1", "s/b trial 1"]
    );
    for shelf in crate::support::entries(&place.join("results/store/trials")) {
        for trial in crate::support::entries(&shelf) {
            let path = trial.join("record.json");
            let record = std::fs::read_to_string(&path).unwrap();
            let mut json: serde_json::Value = serde_json::from_str(&record).unwrap();
            json.as_object_mut().unwrap().remove("checksum");
            let slow = json["inputs"]["method"]["random"]["draws"] == 13;
            json["timings"]["total-secs"] = if slow { 3600.0 } else { 1.0 }.into();
            std::fs::write(&path, json.to_string()).unwrap();
        }
    }
    let executor = Threads::new(|_| Fate::Succeed);
    run_plan(planned(&place, "count = 2", rows), &executor, one);
    // Row `a` comes first, but row `b` took longer.
    assert_eq!(
        *executor.started.lock().unwrap(),
        ["s/b trial 2", "s/a trial 2"]
    );
}
