//! How much memory trials need, and whether there is room for one more.

use super::estimate::Estimates;

/// Left to the system and to this program.
const RESERVE: u64 = 256 << 20;

/// Repeated trials differ a little in their peak; one in so many parts is added to what was seen.
const MARGIN: u64 = 16;

/// What each kind of trial needs, as far as that is known.
pub(super) struct Room {
    /// By kind: what its trials are taken to need before one was seen, in bytes.
    guesses: Vec<u64>,
    /// By kind: the largest peak that was seen.
    seen: Vec<Option<u64>>,
    /// By kind: its family, trials of one method and encoder.
    families: Vec<usize>,
    /// By family: the largest peak that was seen.
    seen_in_family: Vec<Option<u64>>,
    told: bool,
}

impl Room {
    pub(super) fn new(estimates: &Estimates) -> Self {
        let families = estimates.families.clone();
        let mut room = Self {
            seen: vec![None; families.len()],
            seen_in_family: vec![None; families.iter().max().map_or(0, |most| most + 1)],
            guesses: estimates.guesses.clone(),
            families,
            told: false,
        };
        for &(kind, peak) in &estimates.peaks {
            room.learn(kind, peak);
        }
        room
    }

    /// A trial of this kind held so much at once.
    pub(super) fn learn(&mut self, kind: usize, peak: u64) {
        let known = [
            &mut self.seen[kind],
            &mut self.seen_in_family[self.families[kind]],
        ];
        for known in known {
            *known = Some(known.map_or(peak, |most| most.max(peak)));
        }
    }

    /// What a trial of this kind is taken to need, in bytes: the peak of its like, else of its method and encoder, else a
    /// guess.
    pub(super) fn needs(&self, kind: usize) -> u64 {
        let seen = self.seen[kind].or(self.seen_in_family[self.families[kind]]);
        seen.map_or(self.guesses[kind], |peak| peak + peak / MARGIN)
    }

    /// What of `available` bytes is left for one more trial; `running` has the kind of each trial that runs and what it
    /// holds by now, as far as that is known.
    pub(super) fn left(
        &self,
        available: u64,
        running: impl Iterator<Item = (usize, Option<u64>)>,
    ) -> u64 {
        let still = running.map(|(kind, used)| self.needs(kind).saturating_sub(used.unwrap_or(0)));
        available.saturating_sub(RESERVE + still.sum::<u64>())
    }

    /// True the first time.
    pub(super) fn tell(&mut self) -> bool {
        !std::mem::replace(&mut self.told, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three kinds, the first two of one family, guessed at 1600 each.
    fn room(peaks: Vec<(usize, u64)>) -> Room {
        Room::new(&Estimates {
            secs: Vec::new(),
            kinds: Vec::new(),
            families: vec![0, 0, 1],
            guesses: vec![1600; 3],
            grounds: Vec::new(),
            peaks,
        })
    }

    #[test]
    fn a_peak_counts_for_its_kind_then_for_its_family_and_else_the_guess() {
        let mut room = room(vec![(0, 160), (0, 320)]);
        assert_eq!([0, 1, 2].map(|kind| room.needs(kind)), [340, 340, 1600]);
        room.learn(1, 3200);
        assert_eq!([0, 1, 2].map(|kind| room.needs(kind)), [340, 3400, 1600]);
    }

    #[test]
    fn what_running_trials_will_still_take_is_kept_for_them() {
        let room = room(Vec::new());
        let running = [(0, Some(600)), (1, None), (2, Some(9999))];
        assert_eq!(
            room.left(RESERVE + 10_000, running.into_iter()),
            10_000 - 1000 - 1600
        );
        assert_eq!(room.left(RESERVE, running.into_iter()), 0);
    }
}
