//! The progress of a run: bars on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::console;
use fsl_core::runner::{Event, Plan, TrialState};
use fsl_core::store::FailureKind;
use fsl_methods::Progress;
use fsl_metrics::{Metric, RecordMetrics, summarize};
use fsl_report::percent;

/// Units of a trial's bar: progress inside a trial is told in thousandths of it.
const UNITS: u64 = 1000;

/// The share of a trial that its fit is taken to be, for the bar only.
const FIT_SHARE: f64 = 0.6;

/// Shows a run's events on standard error.
pub(super) struct Reporter<'a> {
    plan: &'a Plan,
    quiet: bool,
    bars: Option<Bars>,
    /// Thousandths of each trial that are done.
    done: BTreeMap<usize, u64>,
    /// F1 of the finished trials of each row.
    f1: BTreeMap<usize, Vec<f64>>,
    finished: usize,
    total: usize,
}

/// One bar per row that has something to run, and one for the whole.
struct Bars {
    rows: BTreeMap<usize, ProgressBar>,
    whole: ProgressBar,
    all: MultiProgress,
}

impl<'a> Reporter<'a> {
    /// A reporter for the trials of the plan that are to run.
    pub(super) fn new(plan: &'a Plan, jobs: usize, quiet: bool) -> Self {
        let to_run = plan.trials.iter().filter(|trial| trial.can_run()).count();
        let bars = (!quiet && io::stderr().is_terminal()).then(|| Bars::new(plan, to_run));
        let reuse = plan.count(|state| *state == TrialState::Reuse);
        if !quiet && bars.is_none() {
            let trials = if to_run == 1 { "trial" } else { "trials" };
            console::say(&format!(
                "running {to_run} {trials}, {jobs} at a time; {reuse} already done"
            ));
        }
        Self {
            plan,
            quiet,
            bars,
            done: BTreeMap::new(),
            f1: BTreeMap::new(),
            finished: 0,
            total: to_run,
        }
    }

    /// Shows what happened.
    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::Started { .. } => {}
            Event::Progress { trial, progress } => self.advance(trial, units(progress)),
            Event::Finished {
                trial,
                metrics,
                took,
            } => {
                self.advance(trial, UNITS);
                self.finished += 1;
                let took = took.map_or_else(|| "by another run".to_owned(), seconds);
                self.finish_trial(trial, &metrics, &took);
            }
            Event::Failed {
                trial,
                failure,
                log,
            } => {
                self.advance(trial, UNITS);
                self.finished += 1;
                let name = self.plan.name_of(&self.plan.trials[trial]);
                let log = log
                    .map(|log| format!(" (log: {})", log.display()))
                    .unwrap_or_default();
                self.print_always(&format!("failed: {name}: {}{log}", failure.message));
                if let Some(hint) = failure
                    .hint
                    .filter(|_| failure.kind == FailureKind::Transient)
                {
                    self.print_always(&format!("  hint: {hint}"));
                }
            }
            Event::Blocked { trial, by } => {
                self.advance(trial, UNITS);
                self.finished += 1;
                let name = |trial: usize| self.plan.name_of(&self.plan.trials[trial]);
                self.print_always(&format!(
                    "blocked: {}: its teacher, {}, failed",
                    name(trial),
                    name(by)
                ));
            }
            Event::MemoryLimited {
                trial,
                running,
                required,
                available,
            } => self.warn_memory(trial, running, (required, available)),
            Event::RunningElsewhere { trial } => {
                let name = self.plan.name_of(&self.plan.trials[trial]);
                self.line(&format!(
                    "{name}: another run is computing it; waiting for its result"
                ));
            }
        }
    }

    /// Shows the metric by which tables of the trial's classes are ranked.
    fn finish_trial(&mut self, trial: usize, metrics: &RecordMetrics, took: &str) {
        let planned = &self.plan.trials[trial];
        let classes = &planned.inputs.data.classes;
        let metric = Metric::primary_of(classes);
        let value = metric.from_record(metrics).unwrap_or_default();
        let (name, heading) = (self.plan.name_of(planned), metric.heading_of(classes));
        self.note_f1(trial, value);
        self.line(&format!("{name}: {heading} {} ({took})", percent(value)));
    }

    fn warn_memory(&self, trial: usize, running: usize, (required, available): (u64, u64)) {
        if self.quiet {
            return;
        }
        let name = self.plan.name_of(&self.plan.trials[trial]);
        self.print_always(&format!(
            "not enough memory to run more than {running} at a time: {name} needs about {}, {} available",
            gigabytes(required),
            gigabytes(available)
        ));
    }

    /// Removes the bars, so that the table stands alone.
    pub(super) fn finish(self) {
        if let Some(bars) = self.bars {
            // A terminal that went away needs no clearing.
            let _ = bars.all.clear();
        }
    }

    fn advance(&mut self, trial: usize, units: u64) {
        let before = self.done.insert(trial, units).unwrap_or(0);
        let Some(bars) = &self.bars else { return };
        let more = units.saturating_sub(before);
        bars.whole.inc(more);
        for used in &self.plan.trials[trial].uses {
            if let Some(bar) = bars.rows.get(&used.row) {
                bar.inc(more);
            }
        }
    }

    fn note_f1(&mut self, trial: usize, f1: f64) {
        for used in &self.plan.trials[trial].uses {
            let values = self.f1.entry(used.row).or_default();
            values.push(f1);
            let bar = self.bars.as_ref().and_then(|bars| bars.rows.get(&used.row));
            let Some((bar, summary)) = bar.zip(summarize(values, 1)) else {
                continue;
            };
            let spread = summary.sd.map_or_else(|| "–".to_owned(), percent);
            bar.set_message(format!(
                "F1 {} ± {spread}, n = {}",
                percent(summary.mean),
                summary.n
            ));
        }
    }

    /// A line that only a log needs: bars show the same.
    fn line(&self, text: &str) {
        if !self.quiet && self.bars.is_none() {
            console::say(&format!("[{}/{}] {text}", self.finished, self.total));
        }
    }

    /// A line that must not be missed.
    fn print_always(&self, text: &str) {
        match &self.bars {
            Some(bars) => bars.all.suspend(|| console::say(text)),
            None => console::say(&format!("[{}/{}] {text}", self.finished, self.total)),
        }
    }
}

/// More rows than this have one bar together.
const MOST_BARS: usize = 16;

impl Bars {
    fn new(plan: &Plan, to_run: usize) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let width = plan
            .rows
            .iter()
            .map(|row| row.name.chars().count())
            .max()
            .unwrap_or(0)
            .min(40);
        let can_run = |&&trial: &&usize| plan.trials[trial].can_run();
        let waiting = plan
            .rows
            .iter()
            .map(|row| row.trials.iter().filter(can_run).count());
        let waiting: Vec<usize> = waiting.collect();
        // The arms of a sweep would scroll one another off the screen.
        let few = waiting.iter().filter(|&&trials| trials > 0).count() <= MOST_BARS;
        let mut rows = BTreeMap::new();
        for (index, row) in plan.rows.iter().enumerate() {
            if few && waiting[index] > 0 {
                let bar = all.add(ProgressBar::new(waiting[index] as u64 * UNITS));
                bar.set_style(style(&format!(
                    "{{prefix:{width}}} {{bar:24}} {{percent:>3}} %  {{msg}}"
                )));
                bar.set_prefix(row.name.clone());
                rows.insert(index, bar);
            }
        }
        let whole = all.add(ProgressBar::new(to_run as u64 * UNITS));
        whole.set_style(style(&format!(
            "{{prefix:{width}}} {{bar:24}} {{percent:>3}} %  {{elapsed}} elapsed, about {{eta}} left"
        )));
        whole.set_prefix("all");
        whole.enable_steady_tick(Duration::from_millis(500));
        Self { rows, whole, all }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn units(progress: Progress) -> u64 {
    let share = |done: u64, total: u64| {
        if total == 0 {
            1.0
        } else {
            done as f64 / total as f64
        }
    };
    let done = match progress {
        Progress::Fit { done, total, .. } => FIT_SHARE * share(done, total),
        Progress::Predict { done, total } => FIT_SHARE + (1.0 - FIT_SHARE) * share(done, total),
    };
    (done * UNITS as f64) as u64
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}
