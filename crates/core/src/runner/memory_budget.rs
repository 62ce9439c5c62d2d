//! The memory that trials need, and how much of the available memory remains.

use super::estimate::Estimates;

/// Reserved for the system and this program, in bytes.
const RESERVE: u64 = 256 << 20;

/// Peaks of repeated trials differ slightly, so an observed peak is raised by one part in `MARGIN`.
const MARGIN: u64 = 16;

/// Memory needs by row group, estimated until observed.
pub(super) struct MemoryBudget {
    /// By row group: the estimate used before a peak is observed, in bytes.
    estimates: Vec<u64>,
    /// By row group: the largest observed peak.
    row_peaks: Vec<Option<u64>>,
    /// By row group: its method group (trials of one method and encoder).
    method_groups: Vec<usize>,
    /// By method group: the largest observed peak.
    method_peaks: Vec<Option<u64>>,
    warned: bool,
}

impl MemoryBudget {
    pub(super) fn new(estimates: &Estimates) -> Self {
        let method_groups = estimates.method_groups.clone();
        let mut budget = Self {
            row_peaks: vec![None; method_groups.len()],
            method_peaks: vec![None; method_groups.iter().max().map_or(0, |most| most + 1)],
            estimates: estimates.memory.clone(),
            method_groups,
            warned: false,
        };
        for &(row_group, peak) in &estimates.peaks {
            budget.observe(row_group, peak);
        }
        budget
    }

    /// Records the peak memory of a finished trial, in bytes.
    pub(super) fn observe(&mut self, row_group: usize, peak: u64) {
        let known = [
            &mut self.row_peaks[row_group],
            &mut self.method_peaks[self.method_groups[row_group]],
        ];
        for known in known {
            *known = Some(known.map_or(peak, |most| most.max(peak)));
        }
    }

    /// The estimated need of a trial, in bytes: the peak of its row, else of its method and encoder, else the estimate.
    pub(super) fn needs(&self, row_group: usize) -> u64 {
        let peak = self.row_peaks[row_group].or(self.method_peaks[self.method_groups[row_group]]);
        peak.map_or(self.estimates[row_group], |peak| peak + peak / MARGIN)
    }

    /// What remains of `available` bytes for one more trial. `running` has the row group and current memory of each running trial;
    /// the rest of what they need is reserved.
    pub(super) fn remaining(
        &self,
        available: u64,
        running: impl Iterator<Item = (usize, Option<u64>)>,
    ) -> u64 {
        let still = running
            .map(|(row_group, used)| self.needs(row_group).saturating_sub(used.unwrap_or(0)));
        available.saturating_sub(RESERVE + still.sum::<u64>())
    }

    /// True on the first call only.
    pub(super) fn warn_once(&mut self) -> bool {
        !std::mem::replace(&mut self.warned, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three row groups, the first two of one method group, estimated at 1600 each.
    fn budget(peaks: Vec<(usize, u64)>) -> MemoryBudget {
        MemoryBudget::new(&Estimates {
            secs: Vec::new(),
            row_groups: Vec::new(),
            method_groups: vec![0, 0, 1],
            memory: vec![1600; 3],
            bases: Vec::new(),
            peaks,
        })
    }

    #[test]
    fn needs_come_from_the_row_then_the_method_then_the_estimate() {
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
    fn memory_that_running_trials_will_still_take_is_reserved() {
        let budget = budget(Vec::new());
        let running = [(0, Some(600)), (1, None), (2, Some(9999))];
        assert_eq!(
            budget.remaining(RESERVE + 10_000, running.into_iter()),
            10_000 - 1000 - 1600
        );
        assert_eq!(budget.remaining(RESERVE, running.into_iter()), 0);
    }
}
