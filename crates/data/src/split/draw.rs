//! The draws: the texts of each set.
//!
//! Every set draws from generators of its own: ChaCha8 with the seed as its key (`seed_from_u64`) and stream 3·s + c for the
//! texts of label c, 3·s + 2 for the order, where s is 0 for the test set, 1 for training, 2 for transfer.

use std::collections::HashSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::first_pass::{Candidate, Fingerprint};
use super::{Set, Settings, Size, SplitError};
use fsl_common::random::below;

/// The sets in the order in which they draw; the one that has the rest is moved to the end.
const ORDER: [Set; 3] = [Set::Test, Set::Train, Set::Transfer];

/// A set and the candidates in it, by their index, in the order in which they are written.
pub(super) type Drawn = (Set, Vec<usize>);

/// Draws the sets that the settings ask for. No text is in two of them.
pub(super) fn draw(
    candidates: &[Candidate],
    settings: &Settings,
) -> Result<Vec<Drawn>, SplitError> {
    let mut wanted: Vec<(Set, Size)> = ORDER
        .into_iter()
        .filter_map(|set| Some((set, settings.size(set)?)))
        .collect();
    wanted.sort_by_key(|(_, size)| *size == Size::Rest);
    let all = count(candidates, 0..candidates.len());
    let mut left: Vec<usize> = (0..candidates.len()).collect();
    let mut drawn: Vec<Drawn> = Vec::with_capacity(wanted.len());
    for (set, size) in wanted {
        let remaining = count(candidates, left.iter().copied());
        let counts = size.counts(all).unwrap_or(remaining);
        if counts == [0, 0] {
            return Err(SplitError::NothingLeft { set });
        }
        for class in [0, 1] {
            let (wanted, left) = (counts[class], remaining[class]);
            if wanted > left {
                return Err(SplitError::TooFew {
                    set,
                    class: class as u8,
                    wanted,
                    left,
                    all: all[class],
                });
            }
        }
        let chosen = choose(candidates, &left, set, counts, settings.seed);
        let texts: HashSet<Fingerprint> =
            chosen.iter().map(|&index| candidates[index].text).collect();
        left.retain(|&index| !texts.contains(&candidates[index].text));
        drawn.push((set, chosen));
    }
    drawn.sort_by_key(|(set, _)| *set);
    Ok(drawn)
}

/// How many of the candidates there are of each label.
fn count(candidates: &[Candidate], indices: impl IntoIterator<Item = usize>) -> [u64; 2] {
    let mut counts = [0; 2];
    for index in indices {
        counts[usize::from(candidates[index].label)] += 1;
    }
    counts
}

/// Draws `counts` texts of each label out of `left`, and puts them in a random order. A smaller number draws a part of what
/// a larger one does.
fn choose(
    candidates: &[Candidate],
    left: &[usize],
    set: Set,
    counts: [u64; 2],
    seed: u64,
) -> Vec<usize> {
    let first = 3 * ORDER.iter().take_while(|other| **other != set).count() as u64;
    let random = |stream| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(first + stream);
        random
    };
    let mut chosen = Vec::new();
    for (class, count) in (0..).zip(counts) {
        let mut pool: Vec<usize> = left
            .iter()
            .copied()
            .filter(|&index| candidates[index].label == class)
            .collect();
        shuffle_first(&mut pool, count as usize, &mut random(u64::from(class)));
        pool.truncate(count as usize);
        chosen.extend(pool);
    }
    let all = chosen.len();
    shuffle_first(&mut chosen, all, &mut random(2));
    chosen
}

/// Fisher-Yates from the start: brings `count` random items to the front, in random order.
fn shuffle_first(items: &mut [usize], count: usize, random: &mut ChaCha8Rng) {
    for place in 0..count {
        let other = place + below((items.len() - place) as u64, random) as usize;
        items.swap(place, other);
    }
}
