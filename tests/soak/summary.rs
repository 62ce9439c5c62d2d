//! What a soak did and found, as text and JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

/// What one disturbed run did and found.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) seed: u64,
    pub(super) experiment: &'static str,
    /// What was done, in order.
    pub(super) story: Vec<String>,
    /// What should not have been.
    pub(super) problems: Vec<String>,
    /// By kind: the disturbances that took place.
    pub(super) disturbances: BTreeMap<String, u64>,
    pub(super) attempts: u64,
    pub(super) runners: u64,
    pub(super) resumes: u64,
    pub(super) trials: u64,
    pub(super) reruns: u64,
    /// Disturbances that this machine does not allow.
    pub(super) skipped: u64,
    /// Where everything was left, if there are problems.
    pub(super) kept: Option<String>,
}

/// All runs of a soak.
#[derive(Debug, Default)]
pub(super) struct Summary {
    runs: u64,
    totals: BTreeMap<&'static str, u64>,
    disturbances: BTreeMap<String, u64>,
    experiments: BTreeMap<&'static str, u64>,
    pub(super) failures: Vec<Report>,
    took: Duration,
}

impl Summary {
    pub(super) fn add(&mut self, report: Report) {
        self.runs += 1;
        *self.experiments.entry(report.experiment).or_default() += 1;
        for (name, count) in [
            ("attempts", report.attempts),
            ("runners", report.runners),
            ("resumes", report.resumes),
            ("trials stored", report.trials),
            ("trials computed again after damage", report.reruns),
            ("disturbances not possible on this machine", report.skipped),
        ] {
            *self.totals.entry(name).or_default() += count;
        }
        for (kind, count) in &report.disturbances {
            *self.disturbances.entry(kind.clone()).or_default() += count;
        }
        if !report.problems.is_empty() {
            self.failures.push(report);
        }
    }

    pub(super) fn finish(&mut self, took: Duration) {
        self.took = took;
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "{} disturbed runs in {:.0} s, {} with mismatches\n",
            self.runs,
            self.took.as_secs_f64(),
            self.failures.len()
        );
        for (name, count) in &self.totals {
            let _ = writeln!(text, "  {count:>6}  {name}");
        }
        text += "by experiment\n";
        for (name, count) in &self.experiments {
            let _ = writeln!(text, "  {count:>6}  {name}");
        }
        text += "disturbances that took place\n";
        for (kind, count) in &self.disturbances {
            let _ = writeln!(text, "  {count:>6}  {kind}");
        }
        for failure in &self.failures {
            text += &failure.text();
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let failures = self.failures.iter().map(|failure| {
            json!({
                "seed": failure.seed, "experiment": failure.experiment, "story": failure.story,
                "problems": failure.problems, "kept": failure.kept,
            })
        });
        json!({
            "runs": self.runs, "mismatches": self.failures.len(), "seconds": self.took.as_secs_f64(),
            "totals": self.totals, "experiments": self.experiments, "disturbances": self.disturbances,
            "failures": failures.collect::<Vec<_>>(),
        })
    }
}

impl Report {
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "\nmismatch: `make soak RUNS=1 SEED={}` repeats it ({})\n",
            self.seed, self.experiment
        );
        for line in &self.story {
            let _ = writeln!(text, "  {line}");
        }
        if let Some(kept) = &self.kept {
            let _ = writeln!(text, "  left in {kept}");
        }
        text
    }
}
