//! The progress of a run: bars on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::console;
use fsl_common::classes::Classes;
use fsl_core::runner::{Event, Plan, TrialState};
use fsl_core::spec::Experiment;
use fsl_core::store::FailureKind;
use fsl_methods::Progress;
use fsl_metrics::{Metric, RecordMetrics};
use fsl_report::{metric_value, one_line};

/// Units of a trial's bar: progress inside a trial is told in thousandths of it.
const UNITS: u64 = 1000;

/// The share of a trial that its fit is taken to be, for the bar only.
const FIT_SHARE: f64 = 0.6;

/// Shows a run's events on standard error.
pub(super) struct Reporter<'a> {
    plan: &'a Plan,
    experiments: &'a [Experiment],
    quiet: bool,
    bars: Option<Bars>,
    /// Thousandths of each trial that are done.
    done: BTreeMap<usize, u64>,
    /// The metric of the finished trials of each row.
    values: BTreeMap<usize, RunningFigures>,
    finished: usize,
    total: usize,
    /// When a finished trial was last told of.
    told: Option<Instant>,
}

/// Of more trials than this, not every one that finishes is told of in a line of its own.
const MANY: usize = 500;

/// How often one of many is.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Mean and sample standard deviation of values of which one more comes with every trial (Welford 1962).
#[derive(Debug, Default)]
struct RunningFigures {
    n: u32,
    mean: f64,
    squares: f64,
}

impl RunningFigures {
    fn add(&mut self, value: f64) {
        self.n += 1;
        let off = value - self.mean;
        self.mean += off / f64::from(self.n);
        self.squares += off * (value - self.mean);
    }

    fn sd(&self) -> Option<f64> {
        (self.n > 1).then(|| (self.squares / f64::from(self.n - 1)).sqrt())
    }
}

/// One bar per row that has something to run, and one for the whole.
struct Bars {
    rows: BTreeMap<usize, ProgressBar>,
    whole: ProgressBar,
    all: MultiProgress,
}

impl<'a> Reporter<'a> {
    /// A reporter for the trials of the experiments' plan that are to run.
    pub(super) fn new(
        plan: &'a Plan,
        experiments: &'a [Experiment],
        jobs: usize,
        quiet: bool,
    ) -> Self {
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
            experiments,
            quiet,
            bars,
            done: BTreeMap::new(),
            values: BTreeMap::new(),
            finished: 0,
            total: to_run,
            told: None,
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

    /// Whether a finished trial is told of: each one, of many the last one and one a second.
    fn is_time(&mut self) -> bool {
        let just_told = self.told.is_some_and(|told| told.elapsed() < TELL_EVERY);
        if self.total > MANY && just_told && self.finished < self.total {
            return false;
        }
        self.told = Some(Instant::now());
        true
    }

    /// Shows the metric by which the trial's rows are ranked.
    fn finish_trial(&mut self, trial: usize, metrics: &RecordMetrics, took: &str) {
        let plan = self.plan;
        let planned = &plan.trials[trial];
        let mut said = None;
        for used in &planned.uses {
            let (metric, value) = self.shown(used.row, &planned.inputs.data.classes, metrics);
            let heading = metric.heading_of(&planned.inputs.data.classes);
            said.get_or_insert_with(|| format!("{heading} {}", metric_value(metric, value)));
            self.note(used.row, metric, heading, value);
        }
        if !self.is_time() {
            return;
        }
        let (name, said) = (plan.name_of(planned), said.unwrap_or_default());
        self.line(&format!("{name}: {said} ({took})"));
    }

    /// The metric that a row's table is ranked by, or that of its classes where a record does not have the former.
    fn shown(
        &self,
        row: usize,
        classes: &Classes,
        metrics: &RecordMetrics,
    ) -> (&'static Metric, f64) {
        let experiment = &self.experiments[self.plan.rows[row].experiment];
        let chosen = experiment.table.metrics.first();
        let value = chosen.and_then(|metric| Some((*metric, metric.from_record(metrics)?)));
        value.unwrap_or_else(|| {
            let metric = Metric::primary_of(classes);
            (metric, metric.from_record(metrics).unwrap_or_default())
        })
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

    fn note(&mut self, row: usize, metric: &'static Metric, heading: &str, value: f64) {
        let figures = self.values.entry(row).or_default();
        figures.add(value);
        let bar = self.bars.as_ref().and_then(|bars| bars.rows.get(&row));
        let Some(bar) = bar else { return };
        let shown = |value| metric_value(metric, value);
        let spread = figures.sd().map_or_else(|| "–".to_owned(), shown);
        bar.set_message(format!(
            "{heading} {} ± {spread}, n = {}",
            shown(figures.mean),
            figures.n
        ));
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
                bar.set_prefix(one_line(&row.name).into_owned());
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: NumPy, `np.mean` and `np.std(ddof=1)` of these.
    #[test]
    fn figures_grow_with_every_trial() {
        let mut figures = RunningFigures::default();
        assert!(figures.sd().is_none());
        for value in [0.5, 0.75, 0.6, 0.9] {
            figures.add(value);
        }
        assert!((figures.mean - 0.6875).abs() < 1e-12);
        assert!((figures.sd().unwrap() - 0.175).abs() < 1e-12);
    }
}
