//! Sizes of experiments: rows, points of their sweeps, and arms.

use serde::Serialize;

use super::stored_view::StoredView;
use fsl_core::spec::Experiment;
use fsl_report::counted;

/// How large an experiment is.
#[derive(Debug, Serialize)]
pub(crate) struct ExperimentSize<'a> {
    name: &'a str,
    /// Points of its sweeps; 0 without a sweep.
    points: usize,
    /// Rows as declared.
    rows: usize,
    /// Rows as run, one for each point that bears on them.
    arms: usize,
}

/// How many rows an experiment has, and where it is swept how many points and arms.
pub fn size(experiment: &Experiment) -> String {
    let count = |number: usize, noun| counted(number as u64, noun);
    let arms = experiment.rows.len();
    if experiment.points == 0 {
        return count(arms, "row");
    }
    let sizes = [
        count(experiment.points, "point"),
        count(declared(experiment), "row"),
        count(arms, "arm"),
    ];
    sizes.join(", ")
}

/// How many rows an experiment has as its spec declares them.
fn declared(experiment: &Experiment) -> usize {
    let rows = experiment.rows.iter();
    let mut rows: Vec<&str> = rows.map(|row| row.arm_of.as_str()).collect();
    rows.dedup();
    rows.len()
}

/// A line for each experiment that is swept.
pub(crate) fn swept(view: StoredView) -> String {
    let mut lines = String::new();
    for (_, experiment) in view.requested().filter(|(_, one)| one.points > 0) {
        lines += &format!("{}: {}\n", experiment.name, size(experiment));
    }
    lines
}

/// How large the experiments are.
pub(crate) fn sizes(view: StoredView<'_>) -> Vec<ExperimentSize<'_>> {
    let sizes = view.requested().map(|(_, experiment)| ExperimentSize {
        name: &experiment.name,
        points: experiment.points,
        rows: declared(experiment),
        arms: experiment.rows.len(),
    });
    sizes.collect()
}
