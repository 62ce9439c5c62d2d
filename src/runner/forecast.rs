//! How long a run of a plan will take, and what that rests on.

use super::estimate::{EstimateBasis, Estimates};
use super::plan::{Plan, TrialState};
use crate::trial::Record;

/// How long the trials that are to run will take.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Forecast {
    /// All of them one after the other, in seconds.
    pub secs: f64,
    /// The longest of them, in seconds.
    pub longest_secs: f64,
    /// Those that are taken to last as stored trials of their row did.
    pub by_row: usize,
    /// Those that are taken to last as stored trials of their method and encoder did, scaled by sizes.
    pub by_method: usize,
    /// Those whose time is guessed from sizes.
    pub by_sizes: usize,
    /// Those of which nothing can be said, because what they read is not here yet.
    pub unknown: usize,
}

/// How long the trials that are to run will take, from the stored trials of the plan and from `past`: records of any trials.
pub fn forecast(plan: &Plan, past: &[Record]) -> Forecast {
    let estimates = Estimates::new(plan, past);
    let mut forecast = Forecast::default();
    for (index, trial) in plan.trials.iter().enumerate() {
        if trial.state != TrialState::Run {
            continue;
        }
        let basis = estimates.bases[index];
        if trial.files.is_none() {
            forecast.unknown += 1;
            continue;
        }
        let secs = estimates.secs[index];
        forecast.secs += secs;
        forecast.longest_secs = forecast.longest_secs.max(secs);
        match basis {
            EstimateBasis::Row => forecast.by_row += 1,
            EstimateBasis::Method => forecast.by_method += 1,
            EstimateBasis::Sizes => forecast.by_sizes += 1,
        }
    }
    forecast
}

impl Forecast {
    /// Trials that are to run.
    pub fn trials(&self) -> usize {
        self.by_row + self.by_method + self.by_sizes + self.unknown
    }

    /// How long a run of `jobs` at a time takes at least, in seconds: no less than its longest trial.
    pub fn wall_secs(&self, jobs: usize) -> f64 {
        (self.secs / jobs.max(1) as f64).max(self.longest_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::test_plans::{planned, stored, trial};

    #[test]
    fn trials_are_counted_by_what_their_time_rests_on() {
        let mut plan = planned([&[][..]; 4].map(trial));
        plan.trials[0].state = TrialState::Reuse;
        plan.trials[0].stored = Some(stored(60.0, None));
        plan.trials[2].uses[0].row = 1;
        plan.trials[3].files = None;
        let found = forecast(&plan, &[]);
        let counts = (found.by_row, found.by_method, found.by_sizes, found.unknown);
        assert_eq!((counts, found.trials()), ((1, 1, 0, 1), 3));
        assert!((found.secs - 120.0).abs() < 1e-6, "{found:?}");
        assert!((found.wall_secs(2) - 60.0).abs() < 1e-6);
        assert!((found.wall_secs(8) - 60.0).abs() < 1e-6);
    }
}
