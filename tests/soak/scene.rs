//! One disturbed run: an experiment whose commands are disturbed, repeated until they are done, and held against the
//! undisturbed run.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::soak::attempt::{Attempt, Ended, Outcome};
use crate::soak::baseline::{self, Baseline, Step};
use crate::soak::checks;
use crate::soak::damage::{self, Damage};
use crate::soak::disturbance::Disturbance;
use crate::soak::draw::Draw;
use crate::soak::ledger::Ledger;
use crate::soak::machine::Mount;
use crate::soak::processes;
use crate::soak::shim::Shim;
use crate::soak::summary::Report;
use crate::support::{Workplace, files_below};

/// How often a command is repeated until it must be done. Once should do.
const MOST_RESUMES: u64 = 3;
/// By then every process of a finished run is gone.
const LAST_BREATH: Duration = Duration::from_secs(10);

/// What is done before a command is started.
#[derive(Debug, Clone, Copy)]
enum Before {
    Nothing,
    Damage(usize),
    Removal,
    Litter,
}

/// A disturbed attempt as it was drawn.
struct Planned {
    before: Before,
    disturbance: Disturbance,
    runners: usize,
    jobs: usize,
    choice: usize,
}

impl Planned {
    fn draw(draw: &mut Draw) -> Self {
        Self {
            before: Before::draw(draw),
            disturbance: Disturbance::draw(draw),
            runners: if draw.once_in(4) {
                draw.between(2, 8)
            } else {
                1
            },
            jobs: draw.between(1, 3),
            choice: draw.below(1000),
        }
    }
}

impl Before {
    fn draw(draw: &mut Draw) -> Self {
        match draw.below(10) {
            0..=2 => Self::Damage(1),
            3 => Self::Damage(draw.between(2, 4)),
            4 => Self::Removal,
            5 => Self::Litter,
            _ => Self::Nothing,
        }
    }
}

/// The state of a disturbed run.
struct Scene<'a> {
    shim: &'a Shim,
    baseline: &'a Baseline,
    place: Workplace,
    books: TempDir,
    draw: Draw,
    mount: Option<Mount>,
    ledger: Ledger,
    planted: Vec<PathBuf>,
    format_is_damaged: bool,
    has_other_trials: bool,
    report: Report,
}

/// Disturbs an experiment as the seed says.
pub(super) fn disturbed_run(seed: u64, shim: &Shim, baselines: &[Baseline]) -> Report {
    let mut draw = Draw::new(seed);
    let baseline = draw.pick(baselines);
    let last = baseline.steps.len() - 1;
    let plan: Vec<(Vec<Planned>, Before)> = (0..=last)
        .map(|step| {
            let count = draw.between(usize::from(step == last), 2);
            let attempts = (0..count).map(|_| Planned::draw(&mut draw)).collect();
            (attempts, Before::draw(&mut draw))
        })
        .collect();
    let place = baseline::place();
    let needs_mount = |planned: &Planned| {
        let disturbance = planned.disturbance;
        matches!(
            disturbance,
            Disturbance::FullDisk { .. } | Disturbance::ReadOnly
        )
    };
    let mount = if plan
        .iter()
        .any(|(attempts, _)| attempts.iter().any(needs_mount))
    {
        fs::create_dir(place.join("results")).unwrap();
        Mount::if_possible(&place.join("results"))
    } else {
        None
    };
    let mut scene = Scene {
        shim,
        baseline,
        place,
        books: tempfile::tempdir().unwrap(),
        draw,
        mount,
        ledger: Ledger::default(),
        planted: Vec::new(),
        format_is_damaged: false,
        has_other_trials: false,
        report: Report {
            seed,
            experiment: baseline.name,
            ..Report::default()
        },
    };
    for ((attempts, last), step) in plan.into_iter().zip(&baseline.steps) {
        for planned in attempts {
            scene.disturb(&planned, step);
        }
        scene.prepare(last);
        if !scene.finish(step) {
            break;
        }
    }
    scene.end()
}

impl Scene<'_> {
    fn tell(&mut self, line: String) {
        self.report.story.push(line);
    }

    fn complain(&mut self, problems: Vec<String>) {
        for problem in problems {
            self.tell(format!("! {problem}"));
            self.report.problems.push(problem);
        }
    }

    fn count(&mut self, kind: String, times: u64) {
        if times > 0 {
            *self.report.disturbances.entry(kind).or_default() += 1;
        }
    }

    /// Runs the step's command while the disturbance takes place.
    fn disturb(&mut self, planned: &Planned, step: &Step) {
        self.prepare(planned.before);
        let mut disturbance = planned.disturbance;
        let needs_mount = matches!(
            disturbance,
            Disturbance::FullDisk { .. } | Disturbance::ReadOnly
        );
        if needs_mount && self.mount.is_none() {
            self.report.skipped += 1;
            disturbance = Disturbance::Nothing;
        }
        let outcome = self.attempt(
            step,
            disturbance,
            planned.runners,
            planned.jobs,
            planned.choice,
        );
        self.report.attempts += 1;
        self.count(disturbance.kind(), outcome.hits);
        if planned.runners > 1 {
            self.count("several runners".to_owned(), 1);
        }
        self.has_other_trials |= matches!(disturbance, Disturbance::Changed { .. });
        if disturbance.is_harmless() && !self.format_is_damaged {
            self.complain(checks::undisturbed(&outcome.ended, &step.stdout));
        }
    }

    /// One attempt, and the checks that hold after every attempt.
    fn attempt(
        &mut self,
        step: &Step,
        disturbance: Disturbance,
        runners: usize,
        jobs: usize,
        choice: usize,
    ) -> Outcome {
        let attempt = Attempt {
            shim: self.shim,
            place: &self.place,
            books: self.books.path(),
            step,
            runners,
            jobs,
            disturbance,
            mount: self.mount.as_ref(),
        };
        let outcome = attempt.run(choice);
        self.report.runners += runners as u64;
        let ends: Vec<String> = outcome.ended.iter().map(ending).collect();
        self.tell(format!(
            "{} x run {} --jobs {jobs}, {disturbance:?}, took place {} times: {}",
            runners,
            step.spec,
            outcome.hits,
            ends.join(", ")
        ));
        for ended in &outcome.ended {
            if ended.code != Some(0) {
                self.report
                    .story
                    .push(format!("    {}", checks::end_of(&ended.stderr)));
            }
        }
        let mut problems = checks::endings(&outcome, disturbance);
        problems.extend(self.ledger.read(self.books.path(), &outcome.ended));
        problems.extend(checks::whole(
            &self.place,
            self.baseline,
            &self.ledger.damaged(),
        ));
        self.complain(problems);
        outcome
    }

    /// Does to the store what is to be done before a command.
    fn prepare(&mut self, before: Before) {
        match before {
            Before::Nothing => {}
            Before::Damage(times) => (0..times).for_each(|_| self.damage()),
            Before::Removal => self.remove_trial(),
            Before::Litter => {
                let planted = damage::litter(&self.place, self.baseline, &mut self.draw);
                self.tell(format!("{} stale locks and half a trial", planted.len()));
                self.planted.extend(planted);
                self.count("stale locks and half trials".to_owned(), 1);
            }
        }
    }

    fn damage(&mut self) {
        let Some(mut damage) = damage::damage(&self.place, &mut self.draw) else {
            return;
        };
        // A trial of inputs that were changed for a while is nobody's any more.
        let is_needed = |key: &String| self.baseline.keys.contains(key);
        damage.spoils &= damage.key.as_ref().is_some_and(is_needed);
        let Damage { file, how, .. } = &damage;
        self.tell(format!("{} {how}", file.display()));
        self.count(format!("{} {how}", damage.name()), 1);
        self.format_is_damaged |= damage.is_format();
        let is_transfer = file.iter().any(|part| part == "transfer");
        let problems = self.ledger.damage(&self.place, damage);
        self.complain(problems);
        if is_transfer && self.draw.once_in(2) {
            self.remove_trial();
        }
    }

    fn remove_trial(&mut self) {
        if let Some(key) = damage::remove_trial(&self.place, self.baseline, &mut self.draw) {
            self.tell(format!("trial {key} removed"));
            self.count("trial removed".to_owned(), 1);
            let problems = self.ledger.removed(&key);
            self.complain(problems);
        }
    }

    /// Repeats the command undisturbed until it is done; false if it never is.
    fn finish(&mut self, step: &Step) -> bool {
        for number in 0..=MOST_RESUMES {
            let jobs = self.draw.between(1, 3);
            let outcome = self.attempt(step, Disturbance::Nothing, 1, jobs, 0);
            let ended = &outcome.ended[0];
            self.report.resumes += 1;
            if ended.code == Some(0) {
                let mut problems = self.ledger.settle();
                if ended.stdout != step.stdout {
                    problems.push(format!("another table: {}", ended.stdout));
                }
                if baseline::table(&self.place, step.spec) != step.table {
                    problems.push("another table as JSON".to_owned());
                }
                self.report.reruns = self.ledger.reruns;
                self.complain(problems);
                return true;
            }
            if self.format_is_damaged && ended.code == Some(6) && ended.stderr.contains("store`") {
                self.place.write("results/store/format", "1\n");
                self.tell("format mended, as the hint says".to_owned());
                self.format_is_damaged = false;
            } else {
                let said = checks::end_of(&ended.stderr);
                let code = ended.code;
                self.complain(vec![format!("resume {number} ended with {code:?}: {said}")]);
            }
        }
        self.complain(vec!["it is never done".to_owned()]);
        false
    }

    /// The checks of the end.
    fn end(mut self) -> Report {
        let mut problems = self.last_processes();
        self.clear();
        problems.extend(checks::complete(
            &self.place,
            self.baseline,
            &self.ledger,
            self.has_other_trials,
        ));
        problems.extend(checks::leftovers(&self.place, &self.planted));
        problems.extend(checks::logs(&self.place));
        problems.extend(self.ledger.counted_wrong(self.baseline));
        self.report.trials = self.ledger.stored();
        self.complain(problems);
        if !self.report.problems.is_empty() && std::env::var_os("SOAK_KEEP").is_some() {
            let copy = tempfile::Builder::new()
                .prefix("soak-")
                .tempdir()
                .unwrap()
                .keep();
            for file in files_below(self.place.path()) {
                let target = copy.join(file.strip_prefix(self.place.path()).unwrap());
                fs::create_dir_all(target.parent().unwrap()).unwrap();
                fs::copy(&file, target).unwrap();
            }
            self.report.kept = Some(copy.display().to_string());
        }
        self.report
    }

    /// Runs the last command once more: trials that outlived their runner have left their folders meanwhile.
    fn clear(&mut self) {
        let step = &self.baseline.steps[self.baseline.steps.len() - 1];
        if !checks::leftovers(&self.place, &self.planted).is_empty() {
            self.tell("once more, to clear what trials left that outlived their run".to_owned());
            self.attempt(step, Disturbance::Nothing, 1, 1, 0);
            self.report.resumes += 1;
        }
    }

    /// Waits for processes that have outlived their runs; they must end by themselves.
    fn last_processes(&self) -> Vec<String> {
        let started = Instant::now();
        loop {
            let left = processes::marked(self.books.path());
            if left.is_empty() {
                return Vec::new();
            }
            if started.elapsed() > LAST_BREATH {
                for process in &left {
                    processes::send(process.id, Signal::SIGKILL);
                }
                return vec![format!("processes were left: {left:?}")];
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn ending(ended: &Ended) -> String {
    match (ended.code, ended.signal) {
        (Some(code), _) => format!("exit {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "no end".to_owned(),
    }
}

/// Builds the library, runs every experiment undisturbed, and then disturbs one for every seed; `told` gets each
/// report.
pub(super) fn soak(seeds: impl Iterator<Item = u64>, mut told: impl FnMut(Report)) {
    let shim = Shim::build();
    let baselines: Vec<Baseline> = baseline::EXPERIMENTS
        .iter()
        .map(|experiment| Baseline::new(experiment, &shim))
        .collect();
    for seed in seeds {
        told(disturbed_run(seed, &shim, &baselines));
    }
}
