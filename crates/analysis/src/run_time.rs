//! The estimated duration of a run.

use serde::Serialize;

use super::stored_view::StoredView;
use fsl_core::runner::{self, Forecast};
use fsl_core::trial::Record;

/// Records of other trials that are read to learn how long trials take.
const MOST_RECORDS: usize = 1000;

/// How long a run will take, and what that rests on.
#[derive(Debug, Serialize)]
pub(crate) struct RunTime {
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

impl RunTime {
    pub(crate) fn estimate(view: StoredView, jobs: usize) -> Self {
        let plan = view.plan;
        let mut forecast = runner::forecast(plan, &[]);
        if forecast.by_sizes > 0 {
            let past: Vec<Record> = view.store.records().take(MOST_RECORDS).collect();
            forecast = runner::forecast(plan, &past);
        }
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
    pub(crate) fn sentence(&self) -> String {
        let grounds = [
            (self.trials_by_row, "from stored trials of their row"),
            (
                self.trials_by_method,
                "from stored trials of their method and encoder",
            ),
            (self.trials_by_sizes, "estimated from file sizes"),
            (self.trials_unknown, "not counted (not fetched yet)"),
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
        let time = RunTime {
            jobs: 2,
            total_secs: 7200.0,
            wall_secs: 3600.0,
            trials_by_row: 10,
            trials_by_method: 2,
            trials_by_sizes: 0,
            trials_unknown: 1,
        };
        insta::assert_snapshot!(time.sentence(), @"time: about 60 min with 2 at a time (2 h 0 min one after the other); 10 from stored trials of their row, 2 from stored trials of their method and encoder, 1 not counted (not fetched yet)");
    }
}
