//! Near duplicates: texts of two sets that are almost the same.
//!
//! A text's shingles (Broder 1997) are the pairs of words that follow one another in it, in lower case; a word is a run of
//! alphanumeric characters. A text of one word has that word as its only shingle, one without words itself. Two texts are
//! near duplicates where the Jaccard similarity of their shingles, |A ∩ B| / |A ∪ B|, is at least 4/5: one word in twenty
//! may differ.
//!
//! The join is exact. Two sets that are so similar share at least ⌈4n/5⌉ shingles of n in either, so they have one in common
//! among the n − ⌈4n/5⌉ + 1 that are rarest (prefix filter: Bayardo, Ma & Srikant 2007); only texts that share such a
//! shingle are compared.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering as Memory};

use rayon::prelude::*;

/// The least similarity of near duplicates.
pub const THRESHOLD: f64 = 0.8;

/// Pairs that are shown of all that are found.
const EXAMPLES: usize = 5;

/// Two texts and how similar they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    /// The indices of the texts in the first and in the second set.
    pub(super) texts: [usize; 2],
    /// Shingles that both have.
    shared: usize,
    /// Shingles that either has.
    either: usize,
}

impl Pair {
    /// The Jaccard similarity, from [`THRESHOLD`] to 1.
    pub(super) fn similarity(&self) -> f64 {
        self.shared as f64 / self.either as f64
    }

    /// The more similar first, then in the order of the sets.
    fn order(&self, other: &Self) -> Ordering {
        let (own, others) = (self.shared * other.either, other.shared * self.either);
        others.cmp(&own).then(self.texts.cmp(&other.texts))
    }
}

/// The near duplicates between two sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Join {
    /// How many pairs there are.
    pub(super) pairs: u64,
    /// How many texts of the first and of the second set are in one.
    pub(super) texts: [u64; 2],
    /// The most similar pairs.
    pub(super) examples: Vec<Pair>,
}

/// The shingles of each text of some sets, as numbers: the rarer a shingle, the smaller its number.
#[derive(Debug)]
pub(super) struct Shingled(Vec<Vec<Vec<u32>>>);

impl Shingled {
    /// The shingles of the texts of `sets`.
    pub(super) fn new<T: AsRef<str>>(sets: &[Vec<T>]) -> Self {
        let mut words = HashMap::new();
        let mut sets: Vec<Vec<Vec<(u32, u32)>>> = sets
            .iter()
            .map(|texts| {
                let shingled = texts.iter().map(|text| shingles(text.as_ref(), &mut words));
                shingled.collect()
            })
            .collect();
        let mut counts: HashMap<(u32, u32), u32> = HashMap::new();
        for &shingle in sets.iter().flatten().flatten() {
            *counts.entry(shingle).or_default() += 1;
        }
        let mut ranked: Vec<(u32, (u32, u32))> = counts
            .into_iter()
            .map(|(shingle, count)| (count, shingle))
            .collect();
        ranked.sort_unstable();
        let ranks: HashMap<(u32, u32), u32> = (0..)
            .zip(ranked)
            .map(|(rank, (_, shingle))| (shingle, rank))
            .collect();
        let rank = |shingles: &mut Vec<(u32, u32)>| {
            let mut ranks: Vec<u32> = shingles.drain(..).map(|shingle| ranks[&shingle]).collect();
            ranks.sort_unstable();
            ranks
        };
        Self(
            sets.iter_mut()
                .map(|texts| texts.iter_mut().map(rank).collect())
                .collect(),
        )
    }

    /// The near duplicates between two of the sets.
    pub(super) fn join(&self, first: usize, second: usize) -> Join {
        let (first, second) = (&self.0[first], &self.0[second]);
        let mut holders: HashMap<u32, Vec<u32>> = HashMap::new();
        for (index, text) in (0..).zip(second) {
            for &shingle in &text[..prefix(text.len())] {
                holders.entry(shingle).or_default().push(index);
            }
        }
        let seen: Vec<AtomicBool> = second.iter().map(|_| AtomicBool::new(false)).collect();
        let found = first.par_iter().enumerate().map(|(index, text)| {
            let pairs = near(index, text, second, &holders);
            for pair in &pairs {
                seen[pair.texts[1]].store(true, Memory::Relaxed);
            }
            Join {
                pairs: pairs.len() as u64,
                texts: [u64::from(!pairs.is_empty()), 0],
                examples: best(pairs),
            }
        });
        let mut join = found.reduce(Join::default, |mut join, more| {
            join.pairs += more.pairs;
            join.texts[0] += more.texts[0];
            join.examples.extend(more.examples);
            join.examples = best(join.examples);
            join
        });
        join.texts[1] = seen
            .iter()
            .filter(|seen| seen.load(Memory::Relaxed))
            .count() as u64;
        join
    }
}

/// How many of a text's `shingles` are looked up.
fn prefix(shingles: usize) -> usize {
    shingles - (4 * shingles).div_ceil(5) + 1
}

/// The pairs of one text with those of `others` that are near duplicates of it.
fn near(
    index: usize,
    text: &[u32],
    others: &[Vec<u32>],
    holders: &HashMap<u32, Vec<u32>>,
) -> Vec<Pair> {
    let mut candidates: Vec<u32> = text[..prefix(text.len())]
        .iter()
        .filter_map(|shingle| holders.get(shingle))
        .flatten()
        .copied()
        .collect();
    candidates.sort_unstable();
    candidates.dedup();
    let pairs = candidates.into_iter().filter_map(|candidate| {
        let other = &others[candidate as usize];
        let shared = shared(text, other);
        let either = text.len() + other.len() - shared;
        (5 * shared >= 4 * either).then_some(Pair {
            texts: [index, candidate as usize],
            shared,
            either,
        })
    });
    pairs.collect()
}

/// How many numbers two ascending lists share; a number is in a list once.
fn shared(a: &[u32], b: &[u32]) -> usize {
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.cmp(y) {
            Ordering::Less => i += 1,
            Ordering::Greater => j += 1,
            Ordering::Equal => {
                shared += 1;
                i += 1;
                j += 1;
            }
        }
    }
    shared
}

fn best(mut pairs: Vec<Pair>) -> Vec<Pair> {
    pairs.sort_unstable_by(Pair::order);
    pairs.truncate(EXAMPLES);
    pairs
}

/// The shingles of a text, each once, at least one; words become the numbers that `words` gives them.
fn shingles(text: &str, words: &mut HashMap<String, u32>) -> Vec<(u32, u32)> {
    let mut number = |word: &str| {
        if let Some(&known) = words.get(word) {
            return known;
        }
        let next = words.len() as u32;
        words.insert(word.to_owned(), next);
        next
    };
    let lower = text.to_lowercase();
    let numbers: Vec<u32> = lower
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(&mut number)
        .collect();
    let mut shingles: Vec<(u32, u32)> = match numbers.as_slice() {
        // No word is a text without alphanumeric characters, so the two never share a number.
        [] => vec![(number(&lower), u32::MAX)],
        [word] => vec![(*word, u32::MAX)],
        words => words.windows(2).map(|pair| (pair[0], pair[1])).collect(),
    };
    shingles.sort_unstable();
    shingles.dedup();
    shingles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Table;

    /// Witness: Jaccard similarities of all pairs by scikit-learn's CountVectorizer, `tests/golden/split/generate.py`.
    fn table(name: &str) -> Table {
        let path = fsl_test_support::golden(&format!("split/{name}.csv"));
        Table::parse(&path, &std::fs::read(&path).unwrap(), b',').unwrap()
    }

    #[test]
    fn the_join_finds_what_comparing_all_pairs_finds() {
        let texts = table("near_texts");
        let mut sets = vec![Vec::new(), Vec::new()];
        for ((_, set), (_, text)) in texts
            .column("set")
            .unwrap()
            .zip(texts.column("text").unwrap())
        {
            sets[usize::from(set == "b")].push(text.to_owned());
        }
        let expected = table("near_pairs");
        let column = |name| expected.column(name).unwrap().map(|(_, field)| field);
        let expected: Vec<(usize, usize, f64)> = column("a")
            .zip(column("b"))
            .zip(column("similarity"))
            .map(|((a, b), similarity)| {
                (
                    a.parse().unwrap(),
                    b.parse().unwrap(),
                    similarity.parse().unwrap(),
                )
            })
            .collect();
        let shingled = Shingled::new(&sets);
        let join = shingled.join(0, 1);
        assert_eq!(join.pairs, expected.len() as u64);
        let distinct = |side: fn(&(usize, usize, f64)) -> usize| {
            let found: std::collections::HashSet<usize> = expected.iter().map(side).collect();
            found.len() as u64
        };
        assert_eq!(
            join.texts,
            [distinct(|pair| pair.0), distinct(|pair| pair.1)]
        );
        let shown: Vec<(usize, usize, f64)> = join
            .examples
            .iter()
            .map(|pair| (pair.texts[0], pair.texts[1], pair.similarity()))
            .collect();
        assert_eq!(shown, expected[..EXAMPLES]);
        let mut all: Vec<(usize, usize)> = Vec::new();
        for a in 0..sets[0].len() {
            for b in 0..sets[1].len() {
                let (x, y) = (&shingled.0[0][a], &shingled.0[1][b]);
                let shared = shared(x, y);
                if 5 * shared >= 4 * (x.len() + y.len() - shared) {
                    all.push((a, b));
                }
            }
        }
        let mut wanted: Vec<(usize, usize)> =
            expected.iter().map(|pair| (pair.0, pair.1)).collect();
        wanted.sort_unstable();
        assert_eq!(all, wanted);
        let mirrored = shingled.join(1, 0);
        assert_eq!(
            (mirrored.pairs, mirrored.texts[1]),
            (join.pairs, join.texts[0])
        );
    }

    #[test]
    fn short_texts_are_near_only_to_the_same_words() {
        let first = vec!["Yes!", "...", "no no no no", "", "url"];
        let second = vec!["yes", "!!!", "no no", "yes yes", "...", ""];
        let join = Shingled::new(&[first, second]).join(0, 1);
        let pairs: Vec<[usize; 2]> = join.examples.iter().map(|pair| pair.texts).collect();
        assert_eq!(pairs, [[0, 0], [1, 4], [2, 2], [3, 5]]);
        assert_eq!((join.pairs, join.texts), (4, [4, 4]));
    }
}
