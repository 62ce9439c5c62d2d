//! The draws: the texts of each set.
//!
//! Every set draws from generators of its own: ChaCha8 with the seed as its key (`seed_from_u64`) and stream 3·s + c for the
//! texts of the first two classes c = 0 and 1, 3·s + 2 for the order, 3·(c + 1) + s for the texts of every further class, where s
//! is 0 for the test set, 1 for training, 2 for transfer. A random set takes all of its texts from the stream for the order.

use std::collections::HashSet;

use fsl_common::classes::{Classes, Label};
use fsl_common::random::below;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::error::ShortOfTexts;
use super::first_pass::{Candidate, Fingerprint};
use super::wanted::{Wanted, wanted};
use super::{Set, Settings, Size, SplitError};

/// The sets in the order in which they draw; the one that has the rest is moved to the end.
const ORDER: [Set; 3] = [Set::Test, Set::Train, Set::Transfer];

/// A set and the candidates in it, by their index, in the order in which they are written.
pub(super) type Drawn = (Set, Vec<usize>);

/// Draws the sets that the settings ask for. No text is in two of them.
pub(super) fn draw(
    candidates: &[Candidate],
    classes: &Classes,
    settings: &Settings,
) -> Result<Vec<Drawn>, SplitError> {
    let mut sizes: Vec<(Set, &Size)> = ORDER
        .into_iter()
        .filter_map(|set| Some((set, settings.size(set)?)))
        .collect();
    sizes.sort_by_key(|(_, size)| **size == Size::Rest);
    let mut left: Vec<usize> = (0..candidates.len()).collect();
    let pools = Pools::new(candidates, &left, classes);
    let all = pools.counts();
    let mut drawn: Vec<Drawn> = Vec::with_capacity(sizes.len());
    for (set, size) in sizes {
        let pools = Pools::new(candidates, &left, classes);
        let wanted = wanted(set, size, &all, classes)?;
        pools.check(set, &wanted, &all, classes)?;
        let random = Random {
            set,
            seed: settings.seed,
        };
        let chosen = match wanted {
            Wanted::Rest => random.of_classes(pools.0, None),
            Wanted::OfClasses(counts) => random.of_classes(pools.0, Some(&counts)),
            Wanted::OfAll(count) => random.of_all(&left, count),
        };
        let texts: HashSet<Fingerprint> =
            chosen.iter().map(|&index| candidates[index].text).collect();
        left.retain(|&index| !texts.contains(&candidates[index].text));
        drawn.push((set, chosen));
    }
    drawn.sort_by_key(|(set, _)| *set);
    Ok(drawn)
}

/// Candidates by class, each class in their order.
struct Pools(Vec<Vec<usize>>);

impl Pools {
    fn new(candidates: &[Candidate], indices: &[usize], classes: &Classes) -> Self {
        let mut pools = vec![Vec::new(); classes.count()];
        for &index in indices {
            pools[usize::from(candidates[index].label)].push(index);
        }
        Self(pools)
    }

    /// How many candidates of each class there are.
    fn counts(&self) -> Vec<u64> {
        self.0.iter().map(|pool| pool.len() as u64).collect()
    }

    /// Refuses a set for which these are too few.
    fn check(
        &self,
        set: Set,
        wanted: &Wanted,
        all: &[u64],
        classes: &Classes,
    ) -> Result<(), SplitError> {
        let left = self.counts();
        let texts_left = left.iter().sum();
        match wanted {
            Wanted::Rest if texts_left == 0 => Err(SplitError::NothingLeft { set }),
            Wanted::OfAll(texts) if *texts > texts_left => Err(SplitError::TooFewTexts {
                set,
                wanted: *texts,
                left: texts_left,
                all: all.iter().sum(),
            }),
            Wanted::OfClasses(counts) => {
                let short: Vec<ShortOfTexts> = (0..classes.count())
                    .filter(|&class| counts[class] > left[class])
                    .map(|class| ShortOfTexts {
                        class: classes.names()[class].clone(),
                        wanted: counts[class],
                        left: left[class],
                        all: all[class],
                    })
                    .collect();
                match short.as_slice() {
                    [] => Ok(()),
                    _ => Err(SplitError::TooFew { set, short }),
                }
            }
            Wanted::Rest | Wanted::OfAll(_) => Ok(()),
        }
    }
}

/// The generators of a set.
struct Random {
    set: Set,
    seed: u64,
}

impl Random {
    /// The place of the set among all.
    fn place(&self) -> u64 {
        ORDER.iter().take_while(|set| **set != self.set).count() as u64
    }

    fn stream(&self, stream: u64) -> ChaCha8Rng {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(stream);
        random
    }

    /// The generator for the texts of a class.
    fn class(&self, class: Label) -> ChaCha8Rng {
        let class = u64::from(class);
        self.stream(match class {
            0 | 1 => 3 * self.place() + class,
            _ => 3 * (class + 1) + self.place(),
        })
    }

    /// The generator for the order of the texts.
    fn order(&self) -> ChaCha8Rng {
        self.stream(3 * self.place() + 2)
    }

    /// Draws `counts` texts of each class out of its pool, all without counts, and puts them in a random order. A smaller number
    /// draws a part of what a larger one does.
    fn of_classes(&self, pools: Vec<Vec<usize>>, counts: Option<&[u64]>) -> Vec<usize> {
        let mut chosen = Vec::new();
        for (class, mut pool) in pools.into_iter().enumerate() {
            let count = counts.map_or(pool.len(), |counts| counts[class] as usize);
            shuffle_first(&mut pool, count, &mut self.class(class as Label));
            chosen.extend_from_slice(&pool[..count]);
        }
        let all = chosen.len();
        shuffle_first(&mut chosen, all, &mut self.order());
        chosen
    }

    /// Draws `count` texts, whatever their classes, in a random order. A smaller number draws the first of what a larger one does.
    fn of_all(&self, pool: &[usize], count: u64) -> Vec<usize> {
        let mut chosen = pool.to_vec();
        shuffle_first(&mut chosen, count as usize, &mut self.order());
        chosen.truncate(count as usize);
        chosen
    }
}

/// Fisher-Yates from the start: brings `count` random items to the front, in random order.
fn shuffle_first(items: &mut [usize], count: usize, random: &mut ChaCha8Rng) {
    for place in 0..count {
        let other = place + below((items.len() - place) as u64, random) as usize;
        items.swap(place, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No two draws of a split share a stream, and those of two classes are 0 to 8.
    #[test]
    fn streams_are_distinct_and_those_of_two_classes_come_first() {
        let mut streams = HashSet::new();
        for set in ORDER {
            let random = Random { set, seed: 5 };
            streams.insert(random.order().get_stream());
            streams.extend((0..1_000).map(|class| random.class(class).get_stream()));
        }
        assert_eq!(streams.len(), 3 * 1_001);
        let random = Random {
            set: Set::Train,
            seed: 5,
        };
        let of_classes = [0, 1, 2, 3].map(|class| random.class(class).get_stream());
        assert_eq!(of_classes, [3, 4, 10, 13]);
        assert_eq!(random.order().get_stream(), 5);
    }
}
