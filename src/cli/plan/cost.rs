//! What a plan amounts to: points and arms, and how long a run of it will take.

use serde::Serialize;

use crate::cli::run::default_jobs;
use crate::cli::specs::{self, Stored};
use fsl_core::runner::{self, Forecast};
use fsl_core::spec::Experiment;
use fsl_core::trial::Record;

/// Records of other trials that are read to learn how long trials take.
const MOST_RECORDS: usize = 1000;

/// How long a run will take, and what that rests on.
#[derive(Debug, Serialize)]
pub(super) struct Cost {
    /// Trials at a time.
    jobs: usize,
    /// Of one core, in seconds.
    total_secs: f64,
    /// Until the end, in seconds.
    wall_secs: f64,
    trials_by_row: usize,
    trials_by_method: usize,
    trials_by_sizes: usize,
    trials_unknown: usize,
}

/// How large an experiment is.
#[derive(Debug, Serialize)]
pub(super) struct Size<'a> {
    name: &'a str,
    /// Points of its sweeps; 0 without a sweep.
    points: usize,
    /// Rows as declared.
    rows: usize,
    /// Rows as run, one for each point that bears on them.
    arms: usize,
}

impl Cost {
    pub(super) fn of(stored: &Stored, devices: &[String]) -> Self {
        let plan = &stored.plan;
        let mut forecast = runner::forecast(plan, &[]);
        if forecast.by_sizes > 0 {
            let past: Vec<Record> = stored.store.records().take(MOST_RECORDS).collect();
            forecast = runner::forecast(plan, &past);
        }
        let jobs = default_jobs(devices);
        let Forecast {
            secs: total_secs,
            by_row: trials_by_row,
            by_method: trials_by_method,
            by_sizes: trials_by_sizes,
            unknown: trials_unknown,
            ..
        } = forecast;
        Self {
            jobs,
            total_secs,
            wall_secs: forecast.wall_secs(jobs),
            trials_by_row,
            trials_by_method,
            trials_by_sizes,
            trials_unknown,
        }
    }

    /// One line; none where nothing is to run.
    pub(super) fn sentence(&self) -> String {
        let grounds = [
            (self.trials_by_row, "as stored ones of their row took"),
            (
                self.trials_by_method,
                "as stored ones of their method and encoder took",
            ),
            (self.trials_by_sizes, "guessed from sizes"),
            (
                self.trials_unknown,
                "not counted, as what they read is not here yet",
            ),
        ];
        let grounds: Vec<String> = grounds
            .iter()
            .filter(|(trials, _)| *trials > 0)
            .map(|(trials, ground)| format!("{trials} {ground}"))
            .collect();
        if grounds.is_empty() {
            return String::new();
        }
        let time = if self.total_secs < 60.0 {
            "less than a minute".to_owned()
        } else {
            let (jobs, all) = (self.jobs, duration(self.total_secs));
            let wall = duration(self.wall_secs);
            format!("about {wall} with {jobs} at a time ({all} one after the other)")
        };
        format!("time: {time}; {}\n", grounds.join(", "))
    }
}

/// Minutes below two hours, then hours and tens of minutes: no estimate is better than that.
fn duration(secs: f64) -> String {
    let minutes = (secs / 60.0).ceil() as u64;
    if minutes < 120 {
        return format!("{minutes} min");
    }
    let tens = minutes.div_ceil(10);
    format!("{} h {} min", tens / 6, tens % 6 * 10)
}

/// A line for each experiment that is swept.
pub(super) fn swept(experiments: &[Experiment]) -> String {
    let swept = experiments
        .iter()
        .filter(|experiment| experiment.points > 0 && !experiment.support);
    let mut lines = String::new();
    for experiment in swept {
        lines += &format!("{}: {}\n", experiment.name, specs::size(experiment));
    }
    lines
}

/// How large the experiments are.
pub(super) fn sizes(experiments: &[Experiment]) -> Vec<Size<'_>> {
    let shown = experiments.iter().filter(|experiment| !experiment.support);
    shown
        .map(|experiment| Size {
            name: &experiment.name,
            points: experiment.points,
            rows: specs::declared(experiment),
            arms: experiment.rows.len(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_as_rough_as_they_are() {
        let said = [61.0, 7140.0, 7201.0, 36_000.0].map(duration);
        assert_eq!(said, ["2 min", "119 min", "2 h 10 min", "10 h 0 min"]);
    }

    #[test]
    fn the_time_says_what_it_rests_on() {
        let cost = Cost {
            jobs: 2,
            total_secs: 7200.0,
            wall_secs: 3600.0,
            trials_by_row: 10,
            trials_by_method: 2,
            trials_by_sizes: 0,
            trials_unknown: 1,
        };
        insta::assert_snapshot!(cost.sentence(), @"time: about 60 min with 2 at a time (2 h 0 min one after the other); 10 as stored ones of their row took, 2 as stored ones of their method and encoder took, 1 not counted, as what they read is not here yet");
    }
}
