//! How much memory trials need, and whether there is room for one more.

use super::estimate::Estimates;

/// Left to the system and to this program.
const RESERVE: u64 = 256 << 20;

/// Repeated trials differ a little in their peak; one in so many parts is added to what was seen.
const MARGIN: u64 = 16;

/// What each row group of trial needs, as far as that is known.
pub(super) struct MemoryBudget {
    /// By row group: what its trials are taken to need before one was seen, in bytes.
    guesses: Vec<u64>,
    /// By row group: the largest peak that was seen.
    seen: Vec<Option<u64>>,
    /// By row group: its method group, trials of one method and encoder.
    method_groups: Vec<usize>,
    /// By method group: the largest peak that was seen.
    seen_in_method_group: Vec<Option<u64>>,
    warned: bool,
}

impl MemoryBudget {
    pub(super) fn new(estimates: &Estimates) -> Self {
        let method_groups = estimates.method_groups.clone();
        let mut budget = Self {
            seen: vec![None; method_groups.len()],
            seen_in_method_group: vec![None; method_groups.iter().max().map_or(0, |most| most + 1)],
            guesses: estimates.guesses.clone(),
            method_groups,
            warned: false,
        };
        for &(row_group, peak) in &estimates.peaks {
            budget.observe(row_group, peak);
        }
        budget
    }

    /// A trial of this row group held so much at once.
    pub(super) fn observe(&mut self, row_group: usize, peak: u64) {
        let known = [
            &mut self.seen[row_group],
            &mut self.seen_in_method_group[self.method_groups[row_group]],
        ];
        for known in known {
            *known = Some(known.map_or(peak, |most| most.max(peak)));
        }
    }

    /// What a trial of this row group is taken to need, in bytes: the peak of its like, else of its method and encoder, else a
    /// guess.
    pub(super) fn needs(&self, row_group: usize) -> u64 {
        let seen =
            self.seen[row_group].or(self.seen_in_method_group[self.method_groups[row_group]]);
        seen.map_or(self.guesses[row_group], |peak| peak + peak / MARGIN)
    }

    /// What of `available` bytes is left for one more trial; `running` has the row group of each trial that runs and what it
    /// holds by now, as far as that is known.
    pub(super) fn remaining(
        &self,
        available: u64,
        running: impl Iterator<Item = (usize, Option<u64>)>,
    ) -> u64 {
        let still = running
            .map(|(row_group, used)| self.needs(row_group).saturating_sub(used.unwrap_or(0)));
        available.saturating_sub(RESERVE + still.sum::<u64>())
    }

    /// True the first time.
    pub(super) fn warn_once(&mut self) -> bool {
        !std::mem::replace(&mut self.warned, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three row groups, the first two of one method group, guessed at 1600 each.
    fn budget(peaks: Vec<(usize, u64)>) -> MemoryBudget {
        MemoryBudget::new(&Estimates {
            secs: Vec::new(),
            row_groups: Vec::new(),
            method_groups: vec![0, 0, 1],
            guesses: vec![1600; 3],
            bases: Vec::new(),
            peaks,
        })
    }

    #[test]
    fn a_peak_counts_for_its_kind_then_for_its_family_and_else_the_guess() {
        let mut budget = budget(vec![(0, 160), (0, 320)]);
        assert_eq!(
            [0, 1, 2].map(|row_group| budget.needs(row_group)),
            [340, 340, 1600]
        );
        budget.observe(1, 3200);
        assert_eq!(
            [0, 1, 2].map(|row_group| budget.needs(row_group)),
            [340, 3400, 1600]
        );
    }

    #[test]
    fn what_running_trials_will_still_take_is_kept_for_them() {
        let budget = budget(Vec::new());
        let running = [(0, Some(600)), (1, None), (2, Some(9999))];
        assert_eq!(
            budget.remaining(RESERVE + 10_000, running.into_iter()),
            10_000 - 1000 - 1600
        );
        assert_eq!(budget.remaining(RESERVE, running.into_iter()), 0);
    }
}
