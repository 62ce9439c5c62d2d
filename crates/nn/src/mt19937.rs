//! The Mersenne Twister, many numbers at a time.
//!
//! Paper: Matsumoto and Nishimura 1998, doi 10.1145/272991.272995. libtorch draws dropout from it, number by number, which takes 8 %
//! of a training step. The recurrence reaches back 227 words and more, so that whole vectors of words can be made at once: that is why
//! it is written here instead of taken from a crate, all of which return one word per call.

/// Words of the state.
const WORDS: usize = 624;
/// How far ahead the recurrence reads.
const AHEAD: usize = 397;
const BEHIND: usize = WORDS - AHEAD;
const TWIST: u32 = 0x9908_b0df;

/// One more than the largest number that [`Mt19937::masks`] draws.
pub(super) const RANGE: u64 = 1 << 53;

/// A stream of 53-bit numbers.
pub(super) struct Mt19937 {
    state: [u32; WORDS],
    /// The state's words, tempered.
    drawn: [u32; WORDS],
    /// How many of `drawn` are spent: an even number, as two make one number.
    spent: usize,
}

impl Mt19937 {
    /// The reference's `init_genrand`. Of the seed, the lower 32 bits count.
    pub(super) fn new(seed: u64) -> Self {
        let mut state = [seed as u32; WORDS];
        for word in 1..WORDS {
            let last = state[word - 1];
            state[word] = (last ^ (last >> 30))
                .wrapping_mul(1_812_433_253)
                .wrapping_add(word as u32);
        }
        Self {
            state,
            drawn: [0; WORDS],
            spent: WORDS,
        }
    }

    /// For every value, one number is drawn: `kept` where it is below `limit` (at most [`RANGE`]), else 0.
    pub(super) fn masks(&mut self, limit: u64, kept: f32, values: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            #[expect(
                unsafe_code,
                reason = "the same code in wider vectors, which the processor has"
            )]
            return unsafe { self.masks_avx2(limit, kept, values) };
        }
        self.masks_portable(limit, kept, values);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn masks_avx2(&mut self, limit: u64, kept: f32, values: &mut [f32]) {
        self.masks_portable(limit, kept, values);
    }

    #[expect(
        clippy::inline_always,
        reason = "it has to be compiled for wider vectors with its caller"
    )]
    #[inline(always)]
    fn masks_portable(&mut self, limit: u64, kept: f32, mut values: &mut [f32]) {
        while !values.is_empty() {
            if self.spent == WORDS {
                self.draw();
            }
            let left = &self.drawn[self.spent..];
            let (now, later) = values.split_at_mut(values.len().min(left.len() / 2));
            for (value, words) in now.iter_mut().zip(left.chunks_exact(2)) {
                let number = ((u64::from(words[0]) << 32) | u64::from(words[1])) & (RANGE - 1);
                *value = if number < limit { kept } else { 0.0 };
            }
            self.spent += 2 * now.len();
            values = later;
        }
    }

    /// Makes the next words.
    #[expect(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    fn draw(&mut self) {
        let state = &mut self.state;
        for word in 0..BEHIND {
            state[word] = state[word + AHEAD] ^ twist(state[word], state[word + 1]);
        }
        for word in BEHIND..WORDS - 1 {
            state[word] = state[word - BEHIND] ^ twist(state[word], state[word + 1]);
        }
        state[WORDS - 1] = state[AHEAD - 1] ^ twist(state[WORDS - 1], state[0]);
        for (drawn, &word) in self.drawn.iter_mut().zip(&self.state) {
            let word = word ^ (word >> 11);
            let word = word ^ ((word << 7) & 0x9d2c_5680);
            let word = word ^ ((word << 15) & 0xefc6_0000);
            *drawn = word ^ (word >> 18);
        }
        self.spent = 0;
    }
}

#[inline]
fn twist(high: u32, low: u32) -> u32 {
    let word = (high & 0x8000_0000) | (low & 0x7fff_ffff);
    (word >> 1) ^ ((word & 1).wrapping_neg() & TWIST)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: C++'s `std::mt19937`, whose 10,000th number from the seed 5489 the standard states (ISO C++ \[rand.predef\]).
    #[test]
    fn the_ten_thousandth_word_is_that_of_the_standard() {
        let mut stream = Mt19937::new(5489);
        for _ in 0..10_000_usize.div_ceil(WORDS) {
            stream.draw();
        }
        assert_eq!(stream.drawn[(10_000 - 1) % WORDS], 4_123_659_995);
    }

    #[test]
    fn masks_do_not_depend_on_how_many_are_asked_for_at_a_time() {
        let mut whole = vec![0.0; 5_000];
        Mt19937::new(1).masks(RANGE / 2, 2.0, &mut whole);
        let mut parts = vec![0.0; 5_000];
        let (mut stream, mut rest) = (Mt19937::new(1), parts.as_mut_slice());
        for length in [0, 1, 311, 312, 313, 4_063] {
            let (now, later) = rest.split_at_mut(length);
            stream.masks(RANGE / 2, 2.0, now);
            rest = later;
        }
        assert!(rest.is_empty() && whole == parts);
        let mut portable = vec![0.0; 5_000];
        Mt19937::new(1).masks_portable(RANGE / 2, 2.0, &mut portable);
        assert_eq!(portable, whole);
    }
}
